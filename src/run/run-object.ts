/**
 * One Durable Object per run: the only source of truth for its run. This is the shell around the
 * engine: load → plan → one transaction (events, outputs, alarm) → perform the effect → feed the
 * outcome back. It serialises everything that happens to the run, because each command is planned
 * and committed without awaiting anything.
 *
 * - An intent is durable before its effect is sent; an intent without an outcome is recovered from
 *   the log, never from memory.
 * - Quick effects run in the request that caused them, slow ones in the alarm; either way the run
 *   continues without the caller.
 * - `alarm()` first arms a watchdog if the run has work, catches everything and never throws: the
 *   platform stops retrying after six failures, and then the run would be stranded.
 */
import { createServiceLogger } from "#ports/service-logger.ts";
import type { AnswerView } from "#model/answer-view.ts";
import type { ResumeClaims } from "#model/resume-claims.ts";
import type { Context, History, Run } from "#model/run.ts";
import { DurableObject } from "cloudflare:workers";
import { stillUnderWay, timersOf } from "#engine/advance.ts";
import type { Command, Refusal } from "#engine/command.ts";
import { isTerminal } from "#engine/state.ts";
import type { Env } from "#env.ts";
import { type JsonText, toJsonText } from "#model/json-text.ts";
import { LIMITS } from "#model/limits.ts";
import type { Logger } from "#telemetry/logger.ts";
import { type Due, nextAlarm, WATCHDOG_MS } from "./alarm/plan.ts";
import { viewAnswer } from "./views/answer-view.ts";
import { cancelCommand, now, resumeCommand, startCommand } from "./commands.ts";
import { type Carrier, EffectRunner } from "./effects/runner.ts";
import { createLiveLog, LiveStream } from "./live/stream.ts";
import { LoadedRun } from "./loaded-run.ts";
import { createPorts, serverSecret, settingsProblem } from "#ports/ports.ts";
import { inNativeSpan } from "./sinks/native-span.ts";
import { Projector } from "./sinks/projector.ts";
import { refusalProblem, keyReused, refuse, runNotFound } from "./refusals.ts";
import type {
  CancelRequest,
  Reply,
  RunResult,
  RunRpc,
  RequestKey,
  ResumeRequest,
  StartRequest,
  TokenRights,
  Viewer,
} from "#model/run-rpc.ts";
import { findKey } from "./known-key.ts";
import { checkToken, showRun } from "./views/resume-tokens.ts";
import { approvalsNeeded } from "./views/wait-rights.ts";
import { Settlement } from "./settlement.ts";
import { type Commit, RunStore } from "./store.ts";
import { readStreamRequest } from "./live/request.ts";
import { TraceExporter } from "./sinks/trace-exporter.ts";
import { maskOf, viewContext, viewHistory, viewProgress } from "./views/run-view.ts";

/** A run that is not settled after this time is projected too, so that lists show it. */
const SLOW_EFFECT_MS = 1_000;
/** The caller's answer goes first. */
const SOON_MS = 25;

/** Which view of the run the caller gets. */
interface Shown {
  tokens?: TokenRights | undefined;
  /** Only its progress. */
  isProgress?: boolean;
  /** The request was carried out before. */
  isReplay?: boolean;
}

export class RunObject extends DurableObject<Env> implements RunRpc {
  readonly #store: RunStore;
  readonly #settlement = new Settlement();
  readonly #logger: Logger;
  readonly #projector: Projector;
  readonly #traces: TraceExporter;
  readonly #stream: LiveStream;
  readonly #effects: EffectRunner;
  #run: LoadedRun | null = null;
  /** Time of the alarm that is set, epoch ms. */
  #armedAt: number | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new RunStore(ctx.storage);
    this.#logger = createServiceLogger(env);
    this.#projector = new Projector(this.#store, env.DB, this.#logger, () => this.#armAgain());
    this.#traces = new TraceExporter(this.#store, env, this.#logger);
    const log = createLiveLog(ctx.storage, this.#store, () => this.#load());
    const fields = { run_id: ctx.id.name ?? "" };
    this.#stream = new LiveStream(log, (error) =>
      this.#logger.defect("live stream failed", error, fields),
    );
    this.#effects = new EffectRunner(
      {
        load: () => this.#load(),
        apply: (run, command, carrier) => void this.#apply(run, command, carrier),
        committed: () => this.committed(),
        isReady: () => settingsProblem(env) === null,
        ports: (run) => ({
          ...createPorts(env, run.start, run.templates),
          answerMask: () => maskOf(run),
        }),
        sync: () => ctx.storage.sync(),
        watchSlow: () => this.#projectIn(SLOW_EFFECT_MS),
      },
      this.#store,
      this.#logger,
    );
    if (this.#store.exists) void ctx.blockConcurrencyWhile(() => this.#wake());
  }

  /** Starts the run, or returns the one that the same key started. */
  async start({ record, tokens, waitMs }: StartRequest): Promise<Reply<RunResult>> {
    if (this.#store.exists) return this.replay(record.fingerprint, tokens);
    this.#effects.allowInline(waitMs);
    this.#apply(new LoadedRun(record, null), startCommand(record), "request", { start: record });
    await this.#span("run.start", () => this.#goOn(waitMs));
    return this.#showRun({ tokens });
  }

  /** The run that this key started, if the body was the same. */
  async replay(fingerprint: string, tokens?: TokenRights): Promise<Reply<RunResult>> {
    const run = this.#load();
    if (!run) return runNotFound();
    if (run.start.fingerprint !== fingerprint) return keyReused();
    return this.#showRun({ tokens, isReplay: true });
  }

  /** The current state, when a key is repeated with the same body. */
  #earlier(key: RequestKey | null, shown: Shown): Promise<Reply<RunResult>> | null {
    const known = key && findKey(this.#store, key);
    if (!known) return null;
    if (known !== key.fingerprint) return Promise.resolve(keyReused());
    return this.#showRun({ ...shown, isReplay: true });
  }

  /** The run, with the resume tokens that this caller may see. */
  async get({ only, tokens }: Viewer): Promise<Reply<JsonText<Run>>> {
    const run = this.#visible(only);
    if (!run) return runNotFound();
    return { ok: true, value: await showRun(run, tokens, () => serverSecret(this.env)) };
  }

  /** The wait that a token belongs to, while it can be answered. Changes nothing. */
  showAnswer(token: ResumeClaims): Reply<JsonText<AnswerView>> {
    const run = this.#load();
    if (!run) return runNotFound();
    const checked = checkToken(run, token, now(run));
    if (!checked.ok) return refuse(checked.problem);
    return { ok: true, value: toJsonText(viewAnswer(run, checked.caller)) };
  }

  history(only: string | null): Reply<JsonText<History>> {
    return this.#show(only, (run) => viewHistory(run, this.#store.events(0)));
  }

  context(only: string | null): Reply<JsonText<Context>> {
    return this.#show(only, viewContext);
  }

  /** The live stream of events; `stream-request.ts` defines request and response. */
  override fetch(request: Request): Response {
    const { only, afterSeq } = readStreamRequest(request);
    const run = this.#visible(only);
    if (!run) return new Response(null, { status: 404 });
    const { state } = run;
    const isComplete = isTerminal(state.status) && stillUnderWay(state).length === 0;
    return this.#stream.respond(afterSeq, isComplete);
  }

  /** Answers the current wait. Invalid answers change nothing, and the run stays waiting. */
  async resume(request: ResumeRequest): Promise<Reply<RunResult>> {
    const run = this.#visible(request.only);
    if (!run) return runNotFound();
    const shown = { tokens: request.tokens, isProgress: request.token !== undefined };
    const earlier = this.#earlier(request.key, shown);
    if (earlier) return earlier;
    const asked = resumeCommand(run, request);
    if (!asked.ok) return refuse(asked.problem);
    this.#effects.allowInline(request.waitMs);
    const refusal = this.#apply(run, asked.command, "request", { key: request.key });
    if (refusal) return refuse(refusalProblem(refusal));
    const { wait } = run.state;
    await this.#span("run.resume", () => this.#goOn(request.waitMs));
    const reply = await this.#showRun(shown);
    const needed = wait ? approvalsNeeded(this.#load() ?? run, wait.number) : null;
    if (!reply.ok || needed === null) return reply;
    return { ok: true, value: { ...reply.value, approvalsNeeded: needed } };
  }

  /** A fence: once this returns no step starts, and late results change nothing. */
  async cancel(request: CancelRequest): Promise<Reply<RunResult>> {
    const run = this.#visible(request.only);
    if (!run) return runNotFound();
    const earlier = this.#earlier(request.key, {});
    if (earlier) return earlier;
    const command = cancelCommand(run, request, this.#effects.isBegun(run));
    const refusal = this.#apply(run, command, "request", { key: request.key });
    if (refusal) return refuse(refusalProblem(refusal));
    this.#effects.cancel();
    this.#effects.settleLost();
    // The alarm that would do it waits for the effect in flight.
    if (stillUnderWay(run.state).length > 0) this.#projectIn(SOON_MS);
    return this.#showRun({});
  }

  override alarm(): Promise<void> {
    return this.#span("run.alarm", () => this.#work());
  }

  /** Runs everything that is due. */
  async #work(): Promise<void> {
    this.#armedAt = null;
    try {
      if (!this.#store.exists) return;
      if (this.#hasWork()) {
        this.#warnOfSettings();
        await this.#setAlarm(Date.now() + WATCHDOG_MS);
        await this.#effects.runDue();
      }
      await this.#projector.project(this.#load(), this.#nextTimer());
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

  #span<T>(name: string, work: () => T): T {
    return inNativeSpan(name, { run_id: this.ctx.id.name ?? "" }, work);
  }

  /** Called after each transaction; tests evict the object here. */
  protected async committed(): Promise<void> {}

  /** A run with pending work and no alarm would be stranded. */
  async #wake(): Promise<void> {
    this.#armedAt = await this.ctx.storage.getAlarm();
    const run = this.#load();
    if (!run) return;
    try {
      this.#effects.settleLost();
    } catch (error) {
      // The alarm retries, and counts how often; the run can be read until then.
      this.#run = null;
      this.#logger.defect("late results not recorded", error, { run_id: this.ctx.id.name ?? "" });
    }
    if (this.#armedAt === null) this.#armAgain();
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

  #show<T extends {}>(only: string | null, view: (run: LoadedRun) => T): Reply<JsonText<T>> {
    const run = this.#visible(only);
    return run ? { ok: true, value: toJsonText(view(run)) } : runNotFound();
  }

  async #showRun({ tokens, isProgress, isReplay = false }: Shown): Promise<Reply<RunResult>> {
    const run = this.#load();
    if (!run) return runNotFound();
    const text =
      isProgress === true
        ? toJsonText(viewProgress(run))
        : await showRun(run, tokens, () => serverSecret(this.env));
    return { ok: true, value: { run: text, isReplay } };
  }

  /** Plans and commits in one turn: nothing else happens to the run in between. */
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
    // The alarm that has to continue with this may be waiting for D1 or a collector.
    this.#projector.nudge();
    this.#traces.nudge();
    this.#settlement.notify();
    this.#stream.publish(commit.events);
    return null;
  }

  /** After a request's command: performs what is quick, then waits for the run to settle. */
  async #goOn(waitMs: number): Promise<void> {
    const deadline = Date.now() + waitMs;
    await this.committed();
    await this.#effects.runInline();
    await this.#settlement.wait(() => this.#run?.isSettled ?? true, deadline);
  }

  /** After a defect in an alarm: the watchdog retries a few times, then the run fails. */
  #survive(): void {
    this.#run = null;
    const run = this.#load();
    if (!run || this.#store.countDefect() < LIMITS.entriesWithoutProgress) return;
    const seen = `The run failed ${LIMITS.entriesWithoutProgress} times because of a defect in the service.`;
    const isBegun = this.#effects.isBegun(run);
    this.#apply(run, { kind: "quarantine", at: now(run), seen, isBegun }, "alarm");
    this.#effects.cancel();
    this.#effects.settleLost();
  }

  /**
   * Whether the run itself needs this alarm. The projection alone needs no watchdog: the platform
   * delivers an alarm again after a crash, and a run that is opened with a backlog arms one.
   */
  #hasWork(): boolean {
    const run = this.#load();
    if (run === null) return false;
    const { state } = run;
    return (
      run.pendingStep !== null || timersOf(state).length > 0 || stillUnderWay(state).length > 0
    );
  }

  /** Without settings no effect can be performed: it stays pending until they can be read. */
  #warnOfSettings(): void {
    const reason = this.#load()?.pendingStep ? settingsProblem(this.env) : null;
    if (reason === null) return;
    const fields = { run_id: this.ctx.id.name ?? "", reason };
    this.#logger.log("ERROR", "effect waits for settings", fields);
  }

  /** Lists show a run that is long at one step too. */
  #projectIn(delayMs: number): () => void {
    const timer = setTimeout(
      () => this.ctx.waitUntil(this.#projector.project(this.#load())),
      delayMs,
    );
    return () => clearTimeout(timer);
  }

  /** After the projection, and never beyond the run's own next timer. */
  async #exportTraces(): Promise<void> {
    const run = this.#load();
    if (!run || run.pendingStep) return;
    await this.#traces.export(run, this.#nextTimer());
  }

  /** Epoch ms; Infinity: none is set. */
  #nextTimer(): number {
    const run = this.#load();
    return Math.min(...(run ? timersOf(run.state) : []).map((timer) => Date.parse(timer.at)));
  }

  /** An effect that is still running after the end needs a watchdog like one before it. */
  #dueEffect(run: LoadedRun, carrier: Carrier): Due["effect"] {
    const step = run.pendingStep;
    if (!step && stillUnderWay(run.state).length === 0) return "none";
    if (this.#effects.isLive) return "live";
    if (!step) return "carry";
    if (carrier === "alarm" || this.#effects.carrierOf(step) === "request") return "live";
    return this.#effects.isReady ? "carry" : "blocked";
  }

  #nextAlarm(run: LoadedRun, carrier: Carrier): number | null {
    const mark = this.#store.readProjection();
    return nextAlarm({
      now: Date.now(),
      effect: this.#dueEffect(run, carrier),
      timers: timersOf(run.state).map((timer) => Date.parse(timer.at)),
      isProjectionDue: mark.seq < run.state.seq,
      isProjecting: this.#projector.isBusy,
      projectionRetryAt: mark.retryAt,
      tracesDueAt: this.#traces.dueAt(run),
    });
  }

  /** Makes sure that the object is woken in time; an earlier alarm stays. */
  #arm(run: LoadedRun, carrier: Carrier): void {
    const at = this.#nextAlarm(run, carrier);
    if (at === null || (this.#armedAt !== null && this.#armedAt <= at)) return;
    void this.#setAlarm(at);
  }

  /** The alarm that would have checked for more has ended. */
  #armAgain(): void {
    const run = this.#load();
    if (run) this.#arm(run, "request");
  }

  /** At the end of an alarm: an alarm without work would wake a sleeping object for nothing. */
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
