/**
 * The cron: a list of named tasks, each of which takes a bounded turn when it is due. Owns when a
 * task is due, the claim of its turn, and what happens when it fails; the tasks own the rest.
 *
 * 1. One turn of a task at a time, in all of the service: the claim is a row in D1.
 * 2. A turn is bounded, and goes on where the last one ended: `state` is what it left.
 * 3. A task that fails does not keep the others from their turns. It goes on a little later, from
 *    the state of its last good turn.
 */
import { claimTurn, type ClaimedTurn, endTurn, tasksNotDue } from "#db/cron-tasks.ts";
import { type Database, openDatabase } from "#db/database.ts";
import { addToCounters } from "#db/metrics.ts";
import type { Env } from "#env.ts";
import type { JsonObject } from "#model/json.ts";
import { createServiceLogger } from "#ports/service-logger.ts";
import { readSettings, type Settings } from "#settings.ts";
import type { Logger } from "#telemetry/logger.ts";
import type { CronEvent, CronTask } from "#telemetry/metrics.ts";

/** Longer than the platform lets a turn run. */
const LEASE_MS = 16 * 60_000;
/** A task begins nothing new after this time: the next minute has a turn too. */
const TURN_MS = 45_000;
/** Pause of a task that failed. */
const FAILED_MS = 5 * 60_000;

export interface Task {
  /** Persisted, and the label of its metrics. */
  readonly name: CronTask;
  /** One bounded turn. A throw counts as failed, and its state is not kept. */
  turn(turn: Turn): Promise<TurnResult>;
}

export interface Turn {
  env: Env;
  db: Database;
  settings: Settings;
  logger: Logger;
  /** Epoch ms: by it ages are measured. */
  now: number;
  /** Epoch ms of the clock: nothing new is begun after it. */
  until: number;
  /** What the last turn left; null: there was none. */
  state: JsonObject | null;
}

interface TurnResult {
  state: JsonObject | null;
  /** Until the next turn; 0: there is more to do. */
  pauseMs: number;
  counts?: Partial<Record<CronEvent, number>>;
}

/**
 * The handler of the Worker. A cron expression that is the name of a task takes a turn of that task
 * alone, due or not: `/cdn-cgi/handler/scheduled?cron=retention` of a local copy.
 */
export function createScheduled(tasks: readonly Task[]) {
  return async function scheduled(
    { cron, scheduledTime }: Pick<ScheduledController, "cron" | "scheduledTime">,
    env: Env,
  ): Promise<void> {
    const logger = createServiceLogger(env);
    const read = readSettings(env);
    if (!read.ok) {
      logger.log("ERROR", "cron without settings", { problems: read.problems });
      return;
    }
    const db = openDatabase(env.DB);
    const common = { env, db, settings: read.settings, logger, now: scheduledTime };
    const named = tasks.find(({ name }) => name === cron);
    const due = named ? [named] : await dueTasks(db, tasks);
    for (const task of due) await takeTurn(task, common);
  };
}

async function dueTasks(db: Database, tasks: readonly Task[]): Promise<Task[]> {
  const notDue = await tasksNotDue(db, new Date().toISOString());
  return tasks.filter(({ name }) => !notDue.has(name));
}

async function takeTurn(task: Task, common: Omit<Turn, "state" | "until">): Promise<void> {
  const { db, logger } = common;
  const begun = Date.now();
  const times = { now: isoTime(begun), leaseUntil: isoTime(begun + LEASE_MS) };
  const claimed = await claimTurn(db, task.name, times);
  if (!claimed) return;
  try {
    const { state } = claimed;
    const result = await task.turn({ ...common, state, until: begun + TURN_MS });
    await endTurn(db, claimed, { state: result.state, nextAt: after(result.pauseMs) });
    if (result.counts) await addToCounters(db, countsOf(result.counts));
  } catch (error) {
    logger.defect("cron task failed", error, { task: task.name });
    await endFailed(task, claimed, common);
  }
}

/** D1 may be what failed: then the claim ends by its lease. */
async function endFailed(
  { name }: Task,
  claimed: ClaimedTurn,
  { db, logger }: Pick<Turn, "db" | "logger">,
): Promise<void> {
  try {
    await endTurn(db, claimed, { state: claimed.state, nextAt: after(FAILED_MS) });
    await addToCounters(db, { [`cron_failures|${name}`]: 1 });
  } catch (error) {
    logger.defect("cron task not ended", error, { task: name });
  }
}

function countsOf(counts: NonNullable<TurnResult["counts"]>): Record<string, number> {
  const changed = Object.entries(counts).filter(([, amount]) => amount > 0);
  return Object.fromEntries(changed);
}

function after(pauseMs: number): string | null {
  return pauseMs === 0 ? null : isoTime(Date.now() + pauseMs);
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
