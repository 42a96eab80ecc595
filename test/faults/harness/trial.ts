/**
 * One trial: kills under load by a plan, restarts, and the audits. Owns the order of things; what is
 * checked is in the modules beside.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { z } from "zod";
import { seed as seedExamples } from "#cli/seed.ts";
import type { FormField, WorkflowDefinition } from "#model/workflow.ts";
import { TraceReceiver } from "../../support/trace-receiver.ts";
import { auditRuns, replayKeys, type Witnesses } from "./audit.ts";
import { checkKeys, countRepeats } from "./audit-effects.ts";
import { auditObjects } from "./audit-objects.ts";
import type { Finding } from "./audit-run.ts";
import { buildWorker, type Edit } from "./build.ts";
import { Clients } from "./clients.ts";
import { EventWitness } from "./event-witness.ts";
import { Ledger, type WriteKind } from "./ledger.ts";
import { Outside } from "./outside.ts";
import { JWT_SECRET, KEY } from "./people.ts";
import { type Kill, makePlan, type Plan, planLines } from "./plan.ts";
import { KillableService } from "./service.ts";
import { untilSettled } from "./settle.ts";
import { type TrialWorkflow, trialWorkflows } from "./workflows.ts";

export interface TrialOptions {
  seed: string;
  kills: number;
  /** The fault of a self-test. */
  planted?: readonly Edit[];
  /** Ends at the first audit that finds something. */
  stopsEarly?: boolean;
  log(line: string): void;
}

export interface TrialReport {
  plan: Plan;
  kills: number;
  /** Kills while the witness held a call. */
  inFlight: number;
  writes: Record<WriteKind, number>;
  /** Further kills, in the middle of a recovery. */
  again: number;
  /** The least between two kills. */
  leastWrites: number;
  runs: number;
  events: number;
  calls: number;
  /** Calls made again with the same key, since a kill took the answer. */
  repeats: number;
  /** Steps that ended as `outcome_unknown`. */
  unknown: number;
  /** Results of calls that were under way when their run was canceled. */
  late: number;
  replayed: number;
  restartMs: number[];
  settledMs: number[];
  found: Finding[];
  seconds: number;
}

/** Kills between two audits of everything. */
const ROUND = 20;
/** Without so many writes within it, the load has come to a halt. */
const NO_PROGRESS_MS = 60_000;
const IN_FLIGHT_WITHIN_MS = 3_000;
/** Findings that are shown as soon as they are made; the report has more. */
const LOGGED = 10;
/** Keys that are sent again in an audit. */
const REPLAYS = 300;

export async function runTrial(options: TrialOptions): Promise<TrialReport> {
  const folder = mkdtempSync(`${tmpdir()}/workflow-faults-`);
  const outside = await Outside.start(options.seed);
  const events = await EventWitness.start();
  const spans = await TraceReceiver.start();
  let service: KillableService | null = null;
  try {
    const worker = await buildWorker(folder, events.url, options.planted ?? []);
    service = await KillableService.create(folder, worker, bindings(outside, spans));
    return await new Trial(options, service, { outside, events, spans }).run();
  } finally {
    await service?.dispose();
    await Promise.all([outside.close(), events.close(), spans.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

function bindings(outside: Outside, spans: TraceReceiver): Record<string, string> {
  return {
    ENVIRONMENT: "development",
    SERVER_SECRET: "a-server-secret-of-at-least-32-characters",
    DEV_API_KEY: KEY,
    JWT_SECRET,
    LOG_LEVEL: "ERROR",
    RATE_LIMITS: "off",
    API_CALL_ALLOW_HTTP_HOSTS: outside.host,
    OTEL_EXPORTER_OTLP_ENDPOINT: spans.url,
    TRACE_REQUEST_RATIO: "0",
  };
}

type Receivers = Pick<Witnesses, "outside" | "events" | "spans">;

class Trial {
  readonly #options: TrialOptions;
  readonly #service: KillableService;
  readonly #receivers: Receivers;
  readonly #ledger = new Ledger();
  readonly #killedAt: number[] = [];
  readonly #audited = new Map<string, number>();
  readonly #found: Finding[] = [];
  #workflows: Witnesses["workflows"] = new Map();
  #inFlight = 0;
  #again = 0;
  #leastWrites = Infinity;
  #startedAt = 0;
  #replayed = 0;
  #replayedFrom = 0;
  readonly #restartMs: number[] = [];
  readonly #settledMs: number[] = [];

  constructor(options: TrialOptions, service: KillableService, receivers: Receivers) {
    this.#options = options;
    this.#service = service;
    this.#receivers = receivers;
  }

  async run(): Promise<TrialReport> {
    const { seed, kills } = this.#options;
    const begunAt = Date.now();
    await this.#start();
    const workflows = trialWorkflows(this.#receivers.outside.host);
    this.#workflows = await this.#store(workflows);
    const plan = makePlan(
      seed,
      kills,
      workflows.map(({ id }) => id),
    );
    for (const line of planLines(plan)) this.#options.log(line);
    const clients = new Clients(this.#service, this.#ledger, plan, inputsOf(workflows));
    for (const [index, kill] of plan.kills.entries()) {
      const isGoing = await this.#kill(clients, index, kill);
      const isRoundOver = (index + 1) % ROUND === 0 || index + 1 === kills || !isGoing;
      if (isRoundOver) await this.#audit(index + 1);
      if (!isGoing || (this.#options.stopsEarly === true && this.#found.length > 0)) break;
    }
    return await this.#finish(plan, begunAt);
  }

  async #start(): Promise<void> {
    this.#restartMs.push(await this.#service.start());
    this.#startedAt = Date.now();
  }

  /** The examples and their templates as users get them; then everything that the trial runs. */
  async #store(workflows: readonly TrialWorkflow[]): Promise<Witnesses["workflows"]> {
    await seedExamples({ url: this.#service.url, key: KEY });
    const stored = new Map<string, { trial: TrialWorkflow; definition: WorkflowDefinition }>();
    for (const trial of workflows) {
      const path = `/v1/workflows/${trial.id}`;
      const known = await this.#service.call("GET", path, KEY);
      const put =
        known.status === 200
          ? await this.#service.call("PUT", path, KEY, trial)
          : await this.#service.call("POST", "/v1/workflows", KEY, trial);
      if (put.status >= 300) throw new Error(`${trial.id}: ${put.status} ${put.text}`);
      const { text } = await this.#service.call("GET", path, KEY);
      const { definition } = storedSchema.parse(JSON.parse(text));
      stored.set(trial.id, { trial, definition });
    }
    return stored;
  }

  /** false: the load came to a halt. */
  async #kill(clients: Clients, index: number, kill: Kill): Promise<boolean> {
    this.#ledger.epoch = index;
    const isDue = new Promise<boolean>((resolve) => {
      const halted = setTimeout(() => resolve(false), NO_PROGRESS_MS);
      this.#ledger.watch((writes) => {
        if (writes < kill.after) return;
        clearTimeout(halted);
        resolve(true);
      });
    });
    clients.open();
    const isGoing = await isDue;
    await new Promise((resolve) => setTimeout(resolve, kill.delayMs));
    if (kill.inFlight) await this.#untilInFlight();
    if (this.#receivers.outside.inFlight > 0) this.#inFlight += 1;
    await this.#killNow();
    this.#leastWrites = Math.min(this.#leastWrites, this.#ledger.sinceKill);
    await clients.close();
    await this.#start();
    if (kill.againMs !== null) await this.#killAgain(kill.againMs);
    if (!isGoing) {
      const what = `${this.#ledger.sinceKill} acknowledged writes in ${NO_PROGRESS_MS} ms`;
      this.#found.push({ kind: "stuck", runId: "all", what: `${what} before kill ${index + 1}` });
    }
    return isGoing;
  }

  async #killNow(): Promise<void> {
    await this.#service.kill();
    this.#killedAt.push(Date.now());
    this.#receivers.outside.epoch += 1;
  }

  /** What the restart found is being repeated, recorded and delivered. */
  async #killAgain(afterMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await this.#killNow();
    this.#again += 1;
    await this.#start();
  }

  async #untilInFlight(): Promise<void> {
    const deadline = Date.now() + IN_FLIGHT_WITHIN_MS;
    while (this.#receivers.outside.inFlight === 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Everything settles without a request, then everything is read. */
  async #audit(kills: number): Promise<void> {
    const { outside, events, spans } = this.#receivers;
    outside.isQuiet = true;
    const ids = new Set(this.#ledger.writes.map(({ runId }) => runId));
    const delivered = () => events.posts + spans.posts.length;
    const settled = await untilSettled(this.#service, ids, this.#startedAt, delivered);
    this.#settledMs.push(settled.settledMs);
    const witnesses: Witnesses = {
      ...this.#receivers,
      service: this.#service,
      writes: this.#ledger.writes,
      workflows: this.#workflows,
      killedAt: this.#killedAt,
    };
    const { found, runs } = await auditRuns(witnesses, this.#audited);
    const isKnown = (runId: string) => this.#audited.has(runId);
    const keys = checkKeys(outside.calls, isKnown);
    const fresh = this.#ledger.writes.slice(this.#replayedFrom, this.#replayedFrom + REPLAYS);
    this.#replayedFrom = this.#ledger.writes.length;
    this.#replayed += fresh.filter(({ key }) => key !== null).length;
    const replays = await replayKeys(this.#service, fresh);
    const faults = [...events.faults, ...spans.faults.splice(0)].map((what): Finding => ({
      kind: "repeated",
      runId: "",
      what,
    }));
    events.faults.length = 0;
    const unexpected = this.#ledger.unexpected
      .splice(0)
      .map((what): Finding => ({ kind: "unexpected", runId: "", what }));
    const all = [...settled.found, ...found, ...keys, ...replays, ...faults, ...unexpected];
    this.#found.push(...all.map((one) => ({ ...one, kill: kills })));
    this.#options.log(
      `${kills} kills: ${this.#ledger.writes.length} acknowledged writes, ${runs} runs audited, settled after ${settled.settledMs} ms, ${all.length} findings`,
    );
    for (const one of all.slice(0, LOGGED)) {
      this.#options.log(`  ${one.kind} · ${one.runId} · ${one.what}`);
      if (one.evidence !== undefined) this.#options.log(`    ${one.evidence}`);
    }
    outside.isQuiet = false;
  }

  async #finish(plan: Plan, begunAt: number): Promise<TrialReport> {
    const rows = await this.#service.rows("SELECT id, status FROM runs");
    const [stored] = await this.#service.rows("SELECT value FROM metrics WHERE name = 'counters'");
    await this.#service.kill();
    const statuses = new Map(rows.map(({ id, status }) => [String(id), String(status)]));
    const counters = countersSchema.parse(JSON.parse(stored?.["value"] as string));
    const audit = auditObjects(this.#service.state, statuses, counters);
    const { calls } = this.#receivers.outside;
    return {
      plan,
      kills: this.#killedAt.length - this.#again,
      inFlight: this.#inFlight,
      again: this.#again,
      writes: this.#ledger.byKind(),
      leastWrites: this.#leastWrites,
      runs: audit.objects,
      events: audit.events,
      calls: calls.length,
      repeats: countRepeats(calls),
      unknown: audit.unknown,
      late: audit.late,
      replayed: this.#replayed,
      restartMs: this.#restartMs.slice(1),
      settledMs: this.#settledMs,
      found: [...this.#found, ...audit.found],
      seconds: Math.round((Date.now() - begunAt) / 1000),
    };
  }
}

const countersSchema = z.record(z.string(), z.number());
const storedSchema = z.object({
  definition: z.custom<WorkflowDefinition>((value) => typeof value === "object" && value !== null),
});

function inputsOf(workflows: readonly TrialWorkflow[]): Map<string, readonly FormField[]> {
  return new Map(workflows.map(({ id, inputs = [] }) => [id, inputs]));
}
