/**
 * One Durable Object per run: it owns the truth about its run. This is the shell around the engine:
 * load → plan → one transaction (events, outputs, alarm) → perform the effect → feed the outcome
 * back. It serialises everything that happens to the run, because each command is planned and
 * committed without awaiting anything.
 *
 * - An intent is durable before its effect leaves; an intent without an outcome is found again
 *   from the log, never from memory.
 * - Quick effects run in the request that caused them, slow ones in the alarm; either way the run
 *   goes on without the caller.
 * - `alarm()` first arms a watchdog if the run has work, catches everything and never throws: the
 *   platform gives up after six failures, and then the run would be stranded.
 */
import type { AttemptOutcome } from "../model/attempt.ts";
import { DurableObject } from "cloudflare:workers";
import { timersOf } from "../engine/advance.ts";
import type { Command, Refusal } from "../engine/command.ts";
import { isTerminal } from "../engine/state.ts";
import type { Env } from "../env.ts";
import { carriageOf, type EffectStep, mayRepeat } from "../executors/registry.ts";
import type { Ports } from "../executors/executor.ts";
import { LIMITS } from "../model/limits.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { ResumeClaims } from "../security/resume-token.ts";
import { nextAlarm, WATCHDOG_MS } from "./alarm-plan.ts";
import { viewAnswer } from "./answer-view.ts";
import { cancelCommand, now, outcomeUnknown, resumeCommand, startCommand } from "./commands.ts";
import { createLiveLog, LiveStream } from "./live-stream.ts";
import { LoadedRun } from "./loaded-run.ts";
import { performAttempt } from "./perform.ts";
import { createPorts, createServiceLogger, serverSecret } from "./ports.ts";
import { Projector } from "./projector.ts";
import { refusalProblem } from "./refusals.ts";
import type {
  CancelRequest,
  Reply,
  RequestKey,
  ResumeRequest,
  StartRequest,
  TokenRights,
  Viewer,
} from "./requests.ts";
import { keyReused, refuse, runNotFound } from "./replies.ts";
import { checkToken, showRun } from "./resume-tokens.ts";
import { Settlement } from "./settlement.ts";
import { type Commit, RunStore } from "./store.ts";
import { readStreamRequest } from "./stream-request.ts";
import { TraceExporter } from "./trace-exporter.ts";
import { viewContext, viewHistory, viewProgress } from "./view.ts";

/** Requests perform quick effects themselves for this long, then hand over to the alarm. */
const INLINE_MS = 1_000;
/** An alarm handler has 15 minutes; effects that might not end in time go to the next one. */
const ALARM_BUDGET_MS = 14 * 60_000;
/** A run that is not settled after this long is projected all the same, so that lists show it. */
const SLOW_EFFECT_MS = 1_000;
/** Beyond its time limit, a live attempt is taken for lost after this long. */
const LIVE_SLACK_MS = 5_000;

interface LiveAttempt {
  stepId: string;
  attempt: number;
  abort: AbortController;
  /** Epoch ms; an attempt that has said nothing by then will never. */
  lostAt: number;
}

/** How a run is shown to whoever asked for something. */
interface Shown {
  tokens?: TokenRights | undefined;
  /** Only how far it is. */
  isProgress?: boolean;
  /** What was asked for had been done before. */
  isReplay?: boolean;
}

/** Who performs the effect that a command leads to. */
type Carrier = "request" | "alarm";

export class RunObject extends DurableObject<Env> {
  readonly #store: RunStore;
  readonly #settlement = new Settlement();
  readonly #logger: Logger;
  readonly #projector: Projector;
  readonly #traces: TraceExporter;
  readonly #stream: LiveStream;
  #run: LoadedRun | null = null;
  #live: LiveAttempt | null = null;
  /** Until then (epoch ms), requests perform quick effects themselves. */
  #inlineUntil = 0;
  /** Time of the alarm that is set, epoch ms. */
  #armedAt: number | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new RunStore(ctx.storage);
    this.#logger = createServiceLogger(env);
    this.#projector = new Projector(this.#store, env.DB, this.#logger);
    this.#traces = new TraceExporter(this.#store, env, this.#logger);
    const log = createLiveLog(ctx.storage, this.#store, () => this.#load());
    const fields = { run_id: ctx.id.name ?? "" };
    this.#stream = new LiveStream(log, (error) =>
      this.#logger.defect("live stream failed", error, fields),
    );
    if (this.#store.exists) void ctx.blockConcurrencyWhile(() => this.#wake());
  }

  /** Starts the run, or answers with the one that the same key started. */
  async start({ record, tokens, waitMs }: StartRequest): Promise<Reply> {
    if (this.#store.exists) return this.replay(record.fingerprint, tokens);
    this.#inlineUntil = Date.now() + Math.min(waitMs, INLINE_MS);
    this.#apply(new LoadedRun(record, null), startCommand(record), "request", { start: record });
    await this.#goOn(waitMs);
    return this.#showRun({ tokens });
  }

  /** The run that a key started, if the body was the same. */
  async replay(fingerprint: string, tokens?: TokenRights): Promise<Reply> {
    const run = this.#load();
    if (!run) return runNotFound();
    if (run.start.fingerprint !== fingerprint) return keyReused();
    return this.#showRun({ tokens, isReplay: true });
  }

  /** The present state, when a key comes again with the body that it was used with. */
  #earlier(key: RequestKey | null, shown: Shown): Promise<Reply> | null {
    const known = key && this.#store.readKey(key.name);
    if (!known) return null;
    if (known !== key.fingerprint) return Promise.resolve(keyReused());
    return this.#showRun({ ...shown, isReplay: true });
  }

  /** The run, with the resume tokens that this caller is shown. */
  async get({ only, tokens }: Viewer): Promise<Reply> {
    return this.#visible(only) ? this.#showRun({ tokens }) : runNotFound();
  }

  /** What a token that we signed stands for, while it can be answered. Changes nothing. */
  showAnswer(token: ResumeClaims): Reply {
    const run = this.#load();
    if (!run) return runNotFound();
    const checked = checkToken(run, token, now(run));
    if (!checked.ok) return refuse(checked.problem);
    return { ok: true, body: JSON.stringify(viewAnswer(run, checked.caller.email ?? null)) };
  }

  history(only: string | null): Reply {
    return this.#show(only, (run) => viewHistory(run, this.#store.events(0)));
  }

  context(only: string | null): Reply {
    return this.#show(only, (run) => viewContext(run, { withSteps: true }));
  }

  /** The live stream of events; what is asked and answered: `stream-request.ts`. */
  override fetch(request: Request): Response {
    const { only, afterSeq } = readStreamRequest(request);
    const run = this.#visible(only);
    if (!run) return new Response(null, { status: 404 });
    return this.#stream.respond(afterSeq, isTerminal(run.state.status));
  }

  /** Answers the present wait. Wrong answers change nothing, and the run stays waiting. */
  async resume(request: ResumeRequest): Promise<Reply> {
    const run = this.#visible(request.only);
    if (!run) return runNotFound();
    const shown = { tokens: request.tokens, isProgress: request.token !== undefined };
    const earlier = this.#earlier(request.key, shown);
    if (earlier) return earlier;
    const asked = resumeCommand(run, request);
    if (!asked.ok) return refuse(asked.problem);
    this.#inlineUntil = Date.now() + Math.min(request.waitMs, INLINE_MS);
    const refusal = this.#apply(run, asked.command, "request", { key: request.key });
    if (refusal) return refuse(refusalProblem(refusal));
    await this.#goOn(request.waitMs);
    return this.#showRun(shown);
  }

  /** Fences: once this has answered no step starts, and late results change nothing. */
  async cancel(request: CancelRequest): Promise<Reply> {
    const run = this.#visible(request.only);
    if (!run) return runNotFound();
    const earlier = this.#earlier(request.key, {});
    if (earlier) return earlier;
    const refusal = this.#apply(run, cancelCommand(run, request), "request", { key: request.key });
    if (refusal) return refuse(refusalProblem(refusal));
    this.#live?.abort.abort();
    return this.#showRun({});
  }

  override async alarm(): Promise<void> {
    this.#armedAt = null;
    try {
      if (!this.#store.exists) return;
      if (this.#hasWork()) {
        await this.#setAlarm(Date.now() + WATCHDOG_MS);
        await this.#carryEffects();
      }
      await this.#projector.project(this.#load());
      await this.#exportTraces();
      await this.committed();
      await this.#rearm();
      this.#store.clearDefects();
    } catch (error) {
      this.#logger.defect("alarm failed", error, { run_id: this.ctx.id.name ?? "" });
      await this.#setAlarm(Date.now() + WATCHDOG_MS);
      this.#survive();
    }
  }

  /** Called after each transaction; tests cut the object off here. */
  protected async committed(): Promise<void> {}

  /** A run with something to do and no alarm would be stranded. */
  async #wake(): Promise<void> {
    this.#armedAt = await this.ctx.storage.getAlarm();
    const run = this.#load();
    if (run && this.#armedAt === null) this.#arm(run, "request");
  }

  #load(): LoadedRun | null {
    if (!this.#run && this.#store.exists) {
      const start = this.#store.readStart();
      const state = this.#store.readState();
      const outputBytes = this.#store.outputBytes();
      const readOutput = (stepId: string) => this.#store.readOutput(stepId);
      this.#run = new LoadedRun(start, { state, outputBytes, readOutput });
    }
    return this.#run;
  }

  #visible(only: string | null): LoadedRun | null {
    const run = this.#load();
    return only === null || run?.state.workflow_id === only ? run : null;
  }

  #show(only: string | null, view: (run: LoadedRun) => object): Reply {
    const run = this.#visible(only);
    return run ? { ok: true, body: JSON.stringify(view(run)) } : runNotFound();
  }

  async #showRun({ tokens, isProgress, isReplay }: Shown): Promise<Reply> {
    const run = this.#load();
    if (!run) return runNotFound();
    const replayed = isReplay === true ? { replayed: true } : {};
    if (isProgress === true) {
      return { ok: true, body: JSON.stringify(viewProgress(run)), ...replayed };
    }
    const body = await showRun(run, tokens, serverSecret(this.env));
    return { ok: true, body, ...replayed };
  }

  /** Plans and commits, in one turn: nothing else happens to the run in between. */
  #apply(
    run: LoadedRun,
    command: Command,
    carrier: Carrier,
    beside: Pick<Commit, "start" | "key"> = {},
  ): Refusal | null {
    this.#run = null;
    const result = run.plan(command);
    if (!result.ok) {
      this.#run = run;
      return result.refusal;
    }
    const { commit } = result.plan;
    if (commit.events.length > 0 || beside.key) this.#store.commit({ ...commit, ...beside });
    run.accept(result.plan);
    this.#run = run;
    this.#arm(run, carrier);
    // The alarm that is to go on with this may be waiting for a collector.
    this.#traces.hurry();
    this.#settlement.notify();
    this.#stream.publish(commit.events);
    return null;
  }

  /** After a request's command: performs what is quick, then waits for the run to settle. */
  async #goOn(waitMs: number): Promise<void> {
    const deadline = Date.now() + waitMs;
    await this.committed();
    for (;;) {
      const step = this.#load()?.pendingStep;
      if (!step || this.#isLive() || this.#carrierOf(step) === "alarm") break;
      await this.#perform(step, "request");
    }
    await this.#settlement.wait(() => this.#run?.isSettled ?? true, deadline);
  }

  #isLive(): boolean {
    if (this.#live && Date.now() > this.#live.lostAt) this.#live = null;
    return this.#live !== null;
  }

  #carrierOf(step: EffectStep): Carrier {
    const run = this.#load();
    if (!run || Date.now() >= this.#inlineUntil) return "alarm";
    const { mock, provider } = run.start;
    const carriage = carriageOf(step, { mock, defaultProvider: provider });
    return carriage === "inline" ? "request" : "alarm";
  }

  async #perform(step: EffectStep, carrier: Carrier): Promise<void> {
    const run = this.#load();
    if (!run) return;
    const attempt = run.attemptOf(step);
    const live: LiveAttempt = {
      stepId: step.id,
      attempt: attempt.attempt,
      abort: new AbortController(),
      lostAt: Date.now() + step.config.timeout_s * 1000 + LIVE_SLACK_MS,
    };
    this.#live = live;
    // A fetch leaves only when the intent is durable; an effect in the process has no such gate.
    await this.ctx.storage.sync();
    const outcome = await performAttempt(
      attempt,
      this.#ports(run),
      live.abort.signal,
      this.#logger,
    ).finally(() => {
      if (this.#live === live) this.#live = null;
    });
    if (outcome) this.#report(step.id, live.attempt, run.limited(outcome), carrier);
    await this.committed();
  }

  #report(stepId: string, attempt: number, outcome: AttemptOutcome, carrier: Carrier): void {
    const run = this.#load();
    if (!run) return;
    const at = now(run);
    this.#apply(run, { kind: "outcome", at, step_id: stepId, attempt, outcome }, carrier);
  }

  #ports(run: LoadedRun): Omit<Ports, "signal"> {
    return createPorts(this.env, run.start, run.templates);
  }

  /** After a defect in an alarm: the watchdog tries again, a few times, then the run is given up. */
  #survive(): void {
    this.#run = null;
    const run = this.#load();
    if (!run || this.#store.countDefect() < LIMITS.entriesWithoutProgress) return;
    const seen = `The run failed ${LIMITS.entriesWithoutProgress} times by a defect of the service.`;
    this.#apply(run, { kind: "quarantine", at: now(run), seen }, "alarm");
  }

  /**
   * Whether the run itself needs this alarm. The projection alone needs no watchdog: the platform
   * delivers an alarm again after a crash, and a run that is opened with a backlog arms one.
   */
  #hasWork(): boolean {
    const run = this.#load();
    return run !== null && (run.pendingStep !== null || timersOf(run.state).length > 0);
  }

  /** Everything that is due in an alarm: timers, then effects, one after the other. */
  async #carryEffects(): Promise<void> {
    const handOverAt = Date.now() + ALARM_BUDGET_MS;
    for (;;) {
      if (this.#fireTimers()) await this.committed();
      const step = this.#load()?.pendingStep;
      if (!step || this.#isLive()) return;
      if (Date.now() + step.config.timeout_s * 1000 > handOverAt) return;
      const isBegun = this.#beginCarrying(step);
      await this.committed();
      if (!isBegun) continue;
      const slow = setTimeout(
        () => this.ctx.waitUntil(this.#projector.project(this.#load())),
        SLOW_EFFECT_MS,
      );
      await this.#perform(step, "alarm").finally(() => clearTimeout(slow));
    }
  }

  /** After the projection, and never beyond the run's own next timer. */
  async #exportTraces(): Promise<void> {
    const run = this.#load();
    if (!run || run.pendingStep) return;
    const timers = timersOf(run.state).map((timer) => Date.parse(timer.at));
    await this.#traces.export(run, Math.min(...timers));
  }

  #fireTimers(): boolean {
    const run = this.#load();
    if (!run) return false;
    const at = now(run);
    const timer = timersOf(run.state).find((set) => set.at <= at);
    if (timer) this.#apply(run, { kind: "timer", at, timer }, "alarm");
    return timer !== undefined;
  }

  /**
   * Marks the attempt as begun before it leaves. An attempt that was begun before has no known
   * outcome: it is repeated with the same idempotency key if that is safe, else given up.
   */
  #beginCarrying(step: EffectStep): boolean {
    const run = this.#load();
    const attempt = run?.state.steps[step.id]?.attempt;
    if (!run || attempt === undefined) return false;
    const mark = this.#store.readCarry();
    const isOrphan = mark?.stepId === step.id && mark.attempt === attempt;
    const entries = isOrphan ? mark.entries + 1 : 1;
    if (isOrphan && !mayRepeat(step)) {
      this.#report(step.id, attempt, outcomeUnknown(), "alarm");
      return false;
    }
    if (entries > LIMITS.entriesWithoutProgress) {
      const seen = `No outcome of attempt ${attempt} after ${LIMITS.entriesWithoutProgress} entries.`;
      this.#apply(run, { kind: "quarantine", at: now(run), seen }, "alarm");
      return false;
    }
    this.#store.writeCarry({ stepId: step.id, attempt, entries });
    return true;
  }

  #nextAlarm(run: LoadedRun, carrier: Carrier): number | null {
    const step = run.pendingStep;
    const isOurs = step && (carrier === "alarm" || this.#carrierOf(step) === "request");
    const mark = this.#store.readProjection();
    return nextAlarm({
      now: Date.now(),
      effect: step ? (isOurs || this.#isLive() ? "live" : "carry") : "none",
      timers: timersOf(run.state).map((timer) => Date.parse(timer.at)),
      isProjectionDue: mark.seq < run.state.seq,
      projectionRetryAt: mark.retryAt,
      tracesDueAt: this.#traces.dueAt(run),
    });
  }

  /** Makes sure that the object is woken in time; an alarm that is set for earlier stays. */
  #arm(run: LoadedRun, carrier: Carrier): void {
    const at = this.#nextAlarm(run, carrier);
    if (at === null || (this.#armedAt !== null && this.#armedAt <= at)) return;
    void this.#setAlarm(at);
  }

  /** At the end of an alarm: an alarm left armed for nothing would reopen a sleeping object. */
  async #rearm(): Promise<void> {
    const run = this.#load();
    const at = run && this.#nextAlarm(run, "request");
    if (at !== null) {
      await this.#setAlarm(at);
      return;
    }
    if (this.#armedAt === null) return;
    this.#armedAt = null;
    await this.ctx.storage.deleteAlarm();
  }

  async #setAlarm(at: number): Promise<void> {
    this.#armedAt = at;
    await this.ctx.storage.setAlarm(at);
  }
}
