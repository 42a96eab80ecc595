/**
 * The one alarm of the object: when it is set, and what protects the run from a defect in it.
 *
 * 1. A watchdog is set before any work begins: without it, an object that is cut off in the middle
 *    leaves the run stranded. It is one write with what the work writes first.
 * 2. The handler never throws: the platform stops retrying after six failures, and then nothing
 *    would wake the run any more.
 * 3. Failed entries are counted in storage, since the platform's own count restarts with the
 *    process; openings that find work of this process cut off are counted too. A run that fails
 *    each time ends as `poisoned`, with the reason.
 * 4. An alarm that is armed early enough is left as it is: to set, to move and to remove one is a
 *    write each, which waits for the disk. One that fires too early does what is due, and is armed
 *    again for the rest.
 * 5. An alarm that ends is the net of a settle, so it wakes an object at most once for each, and as a
 *    rule before it has gone to sleep. It is removed together with the writing of the cursors: as long
 *    as a cursor in storage is behind, an alarm is armed.
 */
import { stillUnderWay, timersOf } from "#engine/advance.ts";
import type { Command } from "#engine/command.ts";
import { isTerminal } from "#engine/state.ts";
import { LIMITS } from "#model/limits.ts";
import type { Logger } from "#telemetry/logger.ts";
import { now } from "../commands.ts";
import type { Carrier, EffectRunner } from "../effects/runner.ts";
import type { LoadedRun } from "../loaded-run.ts";
import type { SinkDue } from "../sinks/drain.ts";
import type { RunStore } from "../store.ts";
import { type Due, nextAlarm, SOON_MS, WATCHDOG_MS } from "./plan.ts";

/** What the alarm needs of the run object. */
interface AlarmHost {
  runId: string;
  load(): LoadedRun | null;
  /** Forgets the run in memory: after a defect it may differ from what is stored. */
  forget(): void;
  /** Plans and commits in one turn. */
  apply(run: LoadedRun, command: Command, carrier: Carrier): void;
  /** Restored and not released: nothing wakes the run. */
  isHeld(): boolean;
  sinksDue(run: LoadedRun): readonly SinkDue[];
}

type Storage = Pick<DurableObjectStorage, "getAlarm" | "setAlarm" | "deleteAlarm" | "sync">;

export class RunAlarm {
  readonly #host: AlarmHost;
  readonly #effects: EffectRunner;
  readonly #storage: Storage;
  readonly #store: RunStore;
  readonly #logger: Logger;
  /** Time of the alarm that is set, epoch ms. */
  #armedAt: number | null = null;
  /** Whether the object was opened with work and without an alarm, since this was asked last. */
  #wasUnarmed = false;

  constructor(
    host: AlarmHost,
    effects: EffectRunner,
    storage: Storage,
    store: RunStore,
    logger: Logger,
  ) {
    this.#host = host;
    this.#effects = effects;
    this.#storage = storage;
    this.#store = store;
    this.#logger = logger;
  }

  /** When the object is opened: a run with pending work and no alarm would be stranded. */
  async wake(isOpening: boolean): Promise<void> {
    this.#armedAt = await this.#storage.getAlarm();
    if (this.#host.isHeld() || !this.#host.load()) return;
    try {
      this.#effects.settleLost();
      await this.#noteOpening();
    } catch (error) {
      // The alarm retries, and counts how often; the run can be read until then.
      this.#host.forget();
      this.#defect("late results not recorded", error);
    }
    const run = this.#host.load();
    if (this.#armedAt !== null || !run) return;
    this.arm(run, "request");
    this.#wasUnarmed = isOpening && hasWork(run);
  }

  /**
   * A run that is opened in the middle of work that this process does alone was cut off in it: by a
   * restart, or because that work never ends and took the process along. Each opening that finds
   * the same work is counted, durably and before the work is done again; after some the run ends.
   */
  async #noteOpening(): Promise<void> {
    const run = this.#host.load();
    if (!run || !this.#effects.isInProcess(run)) return;
    const { seq, current_step: step } = run.state;
    const times = this.#store.countOpening(seq);
    if (times > LIMITS.openingsWithoutProgress) {
      const seen = `The process ended ${times} times during the step "${step}", without progress in between.`;
      const isBegun = this.#effects.isBegun(run);
      this.#host.apply(run, { kind: "quarantine", at: now(run), seen, isBegun }, "alarm");
    }
    await this.#storage.sync();
  }

  /** The handler. `work` performs everything that is due. */
  async ring(work: () => Promise<void>): Promise<void> {
    this.#armedAt = null;
    if (this.#host.isHeld()) return;
    try {
      const run = this.#host.load();
      if (!run) return;
      // Not waited for: what the work writes first then belongs to the same transaction.
      if (this.#isDue(run)) void this.#set(Date.now() + WATCHDOG_MS);
      await work();
      this.#store.clearDefects();
      await this.#rearm();
    } catch (error) {
      this.#defect("alarm failed", error);
      await this.#set(Date.now() + WATCHDOG_MS);
      this.#survive();
    }
  }

  /** Makes sure that the object is woken in time; an earlier alarm stays. */
  arm(run: LoadedRun, carrier: Carrier): void {
    if (this.#host.isHeld()) return;
    const at = this.#next(run, carrier);
    if (at === null || (this.#armedAt !== null && this.#armedAt <= at)) return;
    void this.#set(at);
  }

  /** Whether opening the object has rescued the run. Said once. */
  takeUnarmed(): boolean {
    const was = this.#wasUnarmed;
    this.#wasUnarmed = false;
    return was;
  }

  /** Wakes the run as soon as possible, before any alarm that is set. */
  async ringSoon(): Promise<void> {
    await this.#set(Date.now() + SOON_MS);
  }

  /** Every sink has everything: a run that has ended needs no alarm any more. */
  rest(run: LoadedRun): void {
    if (this.#armedAt === null || !isTerminal(run.state.status)) return;
    if (this.#next(run, "request") === null) void this.#remove();
  }

  async #rearm(): Promise<void> {
    const run = this.#host.load();
    const at = run && this.#next(run, "request");
    if (at === null) return this.#remove();
    this.#store.writeCursors();
    await this.#set(at);
  }

  /**
   * One transaction. Inside the handler too: left to the platform, the removal would be one of its
   * own after it.
   */
  async #remove(): Promise<void> {
    this.#armedAt = null;
    this.#store.writeCursors();
    await this.#storage.deleteAlarm();
  }

  async #set(at: number): Promise<void> {
    this.#armedAt = at;
    await this.#storage.setAlarm(at);
  }

  #next(run: LoadedRun, carrier: Carrier): number | null {
    return nextAlarm({
      now: Date.now(),
      effect: this.#dueEffect(run, carrier),
      timers: timerTimes(run),
      sinks: this.#host.sinksDue(run),
    });
  }

  /** An effect that is still running after the end needs a watchdog like one before it. */
  #dueEffect(run: LoadedRun, carrier: Carrier): Due["effect"] {
    if (run.isMidTurn) return carrier === "alarm" ? "live" : "carry";
    const step = run.pendingStep;
    if (!step && stillUnderWay(run.state).length === 0) return "none";
    if (this.#effects.isLive) return "live";
    if (!step) return "carry";
    if (carrier === "alarm" || this.#effects.carrierOf(step) === "request") return "live";
    return this.#effects.isReady ? "carry" : "blocked";
  }

  /**
   * Whether the run itself has work now. Sinks alone need no watchdog: the platform delivers an alarm
   * again after a crash, and a run that is opened with a backlog arms one.
   */
  #isDue(run: LoadedRun): boolean {
    const isPending = run.pendingStep !== null || run.isMidTurn;
    return isPending || stillUnderWay(run.state).length > 0 || nextTimer(run) <= Date.now();
  }

  /** After a defect: the watchdog retries a few times, then the run fails. */
  #survive(): void {
    this.#host.forget();
    const run = this.#host.load();
    if (!run || this.#store.countDefect() < LIMITS.entriesWithoutProgress) return;
    const seen = `The run failed ${LIMITS.entriesWithoutProgress} times because of a defect in the service.`;
    const isBegun = this.#effects.isBegun(run);
    this.#host.apply(run, { kind: "quarantine", at: now(run), seen, isBegun }, "alarm");
    this.#effects.abandon();
  }

  #defect(message: string, error: unknown): void {
    this.#logger.defect(message, error, { run_id: this.#host.runId });
  }
}

/** Whether the run itself needs an alarm, now or later. */
function hasWork(run: LoadedRun): boolean {
  const { state } = run;
  const isPending = run.pendingStep !== null || run.isMidTurn;
  return isPending || timersOf(state).length > 0 || stillUnderWay(state).length > 0;
}

/** When the run has its own work next, epoch ms; Infinity: no timer is set. */
export function nextTimer(run: LoadedRun): number {
  return Math.min(...timerTimes(run));
}

function timerTimes({ state }: LoadedRun): number[] {
  return timersOf(state).map((timer) => Date.parse(timer.at));
}
