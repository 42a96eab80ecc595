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
import { DurableObject } from "cloudflare:workers";
import type { Command, Refusal } from "#engine/command.ts";
import type { Env } from "#env.ts";
import type { AnswerView } from "#model/answer-view.ts";
import type { JsonText } from "#model/json-text.ts";
import type { ResumeClaims } from "#model/resume-claims.ts";
import type {
  ArchiveRequest,
  ArchiveResult,
  CancelRequest,
  Reply,
  ResumeRequest,
  RunResult,
  RunRpc,
  StartRequest,
  TokenRights,
  Viewer,
} from "#model/run-rpc.ts";
import type { Context, History, Run } from "#model/run.ts";
import type {
  CopyRequest,
  ImportRequest,
  ImportResult,
  RebuildResult,
  RunCopy,
  RunInspection,
  RunUpkeepRpc,
} from "#model/run-upkeep.ts";
import { Deployment } from "#ports/deployment.ts";
import { nextTimer, RunAlarm } from "./alarm/alarm.ts";
import { PromptDelivery } from "./alarm/prompt-delivery.ts";
import { ArchivedRun } from "./archive/archived-run.ts";
import { Archiver } from "./archive/archiver.ts";
import { Shelves } from "./archive/shelves.ts";
import type { Commit } from "./commit.ts";
import { cancelCommand, now, resumeCommand, startCommand } from "./commands.ts";
import { type Carrier, EffectRunner } from "./effects/runner.ts";
import { createLiveLog, LiveStream } from "./live/stream.ts";
import { LoadedRun, type Planned } from "./loaded-run.ts";
import { RunReads } from "./reads.ts";
import { keyReused, refusalProblem, refuse, runHeld, runNotFound } from "./refusals.ts";
import { Settlement } from "./settlement.ts";
import { inNativeSpan } from "./sinks/native-span.ts";
import { Sinks } from "./sinks/sinks.ts";
import { RunStore } from "./store.ts";
import { Upkeep } from "./upkeep/upkeep.ts";

/** A run that is not settled after this time is projected too, so that lists show it. */
const SLOW_EFFECT_MS = 1_000;

export class RunObject extends DurableObject<Env> implements RunRpc, RunUpkeepRpc {
  readonly #id: string;
  readonly #deployment: Deployment;
  readonly #store: RunStore;
  readonly #settlement = new Settlement();
  readonly #reads: RunReads;
  readonly #stream: LiveStream;
  readonly #sinks: Sinks;
  readonly #effects: EffectRunner;
  readonly #alarm: RunAlarm;
  readonly #archived: ArchivedRun;
  readonly #archiver: Archiver;
  readonly #upkeep: Upkeep;
  readonly #delivery: PromptDelivery;
  #run: LoadedRun | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#id = ctx.id.name ?? "";
    this.#deployment = new Deployment(env);
    this.#store = new RunStore(ctx.storage);
    const { logger, settings } = this.#deployment;
    const load = () => this.#load();
    this.#reads = new RunReads(load, this.#store, this.#deployment);
    this.#stream = new LiveStream(createLiveLog(ctx.storage, this.#store, load), (error) =>
      logger.defect("live stream failed", error, { run_id: this.#id }),
    );
    const receivers = { projections: env.PROJECTIONS, settings };
    this.#sinks = new Sinks(receivers, this.#store, logger, () => this.#follow());
    this.#effects = new EffectRunner(
      {
        load,
        apply: (run, command, carrier) => void this.#apply(run, command, carrier),
        proceed: (run) => void this.#commit(run, run.proceed(now(run)), "alarm"),
        committed: () => this.committed(),
        sync: () => ctx.storage.sync(),
        watchSlow: () => this.#projectIn(SLOW_EFFECT_MS),
      },
      this.#deployment,
      this.#store,
    );
    this.#alarm = new RunAlarm(
      {
        runId: this.#id,
        load,
        forget: () => (this.#run = null),
        apply: (run, command, carrier) => void this.#apply(run, command, carrier),
        isHeld: () => this.#store.heldBy !== null,
        sinksDue: (run) => this.#sinks.due(run),
      },
      this.#effects,
      ctx.storage,
      this.#store,
      logger,
    );
    const shelves = new Shelves(this.#id, env, this.#deployment);
    this.#archived = new ArchivedRun(this.#store, shelves, this.#deployment);
    this.#archiver = new Archiver(
      {
        load,
        forget: () => (this.#run = null),
        isBehind: (run) => this.#sinks.due(run).length > 0,
        isRead: () => this.#stream.isRead,
        committed: () => this.committed(),
      },
      this.#store,
      shelves,
    );
    this.#upkeep = new Upkeep(
      {
        runId: this.#id,
        archived: () => this.#archived.record(),
        load,
        forget: () => (this.#run = null),
        project: (run) => this.#sinks.project(run),
        wake: () => this.#wake(false),
        ring: () => this.#alarm.ringSoon(),
        takeUnarmed: () => this.#alarm.takeUnarmed(),
      },
      ctx.storage,
      this.#store,
      this.#deployment,
    );
    this.#delivery = new PromptDelivery(
      {
        load,
        mustWait: (run) => this.#mustWait(run),
        delivered: (run) => this.#alarm.rest(run),
        waitUntil: (work) => ctx.waitUntil(work),
      },
      this.#sinks,
    );
    if (this.#store.exists) void ctx.blockConcurrencyWhile(() => this.#wake(true));
  }

  async #wake(isOpening: boolean): Promise<void> {
    await this.#alarm.wake(isOpening);
    const run = this.#load();
    if (run) this.#delivery.schedule(run);
  }

  /** Held, or an effect is under way whose outcome follows and is delivered together with the rest. */
  #mustWait(run: LoadedRun): boolean {
    if (this.#store.heldBy !== null) return true;
    return !run.isSettled && (run.isMidTurn || this.#effects.isLive);
  }

  /** Sinks may be behind, and nothing else looks at them now. */
  #follow(): void {
    const run = this.#load();
    if (!run) return;
    this.#alarm.arm(run, "request");
    this.#delivery.schedule(run);
  }

  /** By now the object is open: its storage is, and what was stored is read. */
  open(): void {}

  /** Starts the run, or returns the one that the same key started. */
  async start({ record, tokens, waitMs }: StartRequest): Promise<Reply<RunResult>> {
    if (this.#store.exists) return this.replay(record.fingerprint, tokens);
    this.#effects.allowInline(waitMs);
    this.#apply(new LoadedRun(record, null), startCommand(record), "request", { start: record });
    await this.#span("run.start", () => this.#goOn(waitMs));
    return this.#reads.result({ tokens });
  }

  /** The run that this key started, if the body was the same. */
  async replay(fingerprint: string, tokens?: TokenRights): Promise<Reply<RunResult>> {
    if (this.#archived.isHere) return this.#archived.replay(fingerprint, tokens);
    const run = this.#load();
    if (!run) return runNotFound();
    if (run.start.fingerprint !== fingerprint) return keyReused();
    return this.#reads.result({ tokens, isReplay: true });
  }

  /** Reads the run where it is: here, or in its archive. */
  async #read<T>(
    workflowScope: string | null,
    view: (reads: RunReads) => Reply<T> | Promise<Reply<T>>,
  ): Promise<Reply<T>> {
    if (!this.#archived.isHere) return view(this.#reads);
    return this.#archived.read(workflowScope, ({ reads }) => view(reads));
  }

  get(viewer: Viewer): Promise<Reply<JsonText<Run>>> {
    return this.#read(viewer.workflowScope, (reads) => reads.run(viewer));
  }

  showAnswer(token: ResumeClaims): Promise<Reply<JsonText<AnswerView>>> {
    return this.#read(null, (reads) => reads.answer(token));
  }

  history(workflowScope: string | null): Promise<Reply<JsonText<History>>> {
    return this.#read(workflowScope, (reads) => reads.history(workflowScope));
  }

  context(workflowScope: string | null): Promise<Reply<JsonText<Context>>> {
    return this.#read(workflowScope, (reads) => reads.context(workflowScope));
  }

  override async fetch(request: Request): Promise<Response> {
    if (this.#archived.isHere) return this.#archived.events(request);
    return this.#reads.events(request, this.#stream);
  }

  archive(request: ArchiveRequest): Promise<Reply<ArchiveResult>> {
    return this.#archiver.archive(request);
  }

  /** Answers the current wait. Invalid answers change nothing, and the run stays waiting. */
  async resume(request: ResumeRequest): Promise<Reply<RunResult>> {
    if (this.#archived.isHere) return this.#archived.resume(request);
    const run = this.#reads.visible(request.workflowScope);
    if (!run) return runNotFound();
    const shown = { tokens: request.tokens, isProgress: request.token !== undefined };
    const earlier = this.#reads.earlier(request.key, shown);
    if (earlier) return earlier;
    if (this.#store.heldBy !== null) return runHeld();
    const asked = resumeCommand(run, request);
    if (!asked.ok) return refuse(asked.problem);
    this.#effects.allowInline(request.waitMs);
    const refusal = this.#apply(run, asked.command, "request", { key: request.key });
    if (refusal) return refuse(refusalProblem(refusal));
    const answered = run.state.wait;
    await this.#span("run.resume", () => this.#goOn(request.waitMs));
    return this.#reads.result({ ...shown, answered });
  }

  /** A fence: once this returns no step starts, and late results change nothing. */
  async cancel(request: CancelRequest): Promise<Reply<RunResult>> {
    if (this.#archived.isHere) return this.#archived.cancel(request);
    const run = this.#reads.visible(request.workflowScope);
    if (!run) return runNotFound();
    const earlier = this.#reads.earlier(request.key, {});
    if (earlier) return earlier;
    if (this.#store.heldBy !== null) return runHeld();
    const command = cancelCommand(run, request, this.#effects.isBegun(run));
    const refusal = this.#apply(run, command, "request", { key: request.key });
    if (refusal) return refuse(refusalProblem(refusal));
    this.#effects.abandon();
    return this.#reads.result({});
  }

  copy(request: CopyRequest): Promise<Reply<RunCopy>> {
    return this.#upkeep.copy(request);
  }

  importPiece(request: ImportRequest): Promise<Reply<ImportResult>> {
    return this.#upkeep.importPiece(request);
  }

  release(): Promise<Reply<{ wasHeld: boolean }>> {
    return this.#upkeep.release();
  }

  rebuild(): Promise<Reply<RebuildResult>> {
    return this.#upkeep.rebuild();
  }

  inspect(mend: boolean): Promise<Reply<RunInspection>> {
    return this.#upkeep.inspect(mend);
  }

  override alarm(): Promise<void> {
    return this.#span("run.alarm", () => this.#alarm.ring(() => this.#work()));
  }

  /** Everything that is due. */
  async #work(): Promise<void> {
    await this.#effects.runDue();
    const run = this.#load();
    if (run) await this.#sinks.drain(run, nextTimer(run));
    this.#store.writeCursors();
    await this.committed();
  }

  #span<T>(name: string, work: () => T): T {
    return inNativeSpan(name, { run_id: this.#id }, work);
  }

  /** Called after each transaction; tests evict the object here. */
  protected async committed(): Promise<void> {}

  #load(): LoadedRun | null {
    if (!this.#run && this.#store.exists && !this.#store.tombstone)
      this.#run = LoadedRun.from(this.#store);
    return this.#run;
  }

  /** Plans and commits in one turn: nothing else happens to the run in between. */
  #apply(
    run: LoadedRun,
    command: Command,
    carrier: Carrier,
    beside: Pick<Commit, "start" | "key"> = {},
  ): Refusal | null {
    this.#run = null;
    return this.#commit(run, run.plan(command), carrier, beside);
  }

  #commit(
    run: LoadedRun,
    result: Planned,
    carrier: Carrier,
    beside: Pick<Commit, "start" | "key"> = {},
  ): Refusal | null {
    // Until it is committed, the context in memory is ahead of the storage.
    this.#run = null;
    if (!result.ok) {
      this.#run = run;
      return result.refusal;
    }
    const { commit } = result.plan;
    if (commit.events.length > 0 || beside.key) this.#store.commit({ ...commit, ...beside });
    run.accept(result.plan);
    this.#run = run;
    this.#alarm.arm(run, carrier);
    this.#delivery.schedule(run);
    // The alarm that has to continue with this may be waiting for D1 or a collector.
    this.#sinks.nudge();
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

  /** Lists show a run that is long at one step too. The function it returns cancels it. */
  #projectIn(delayMs: number): () => void {
    const timer = setTimeout(() => {
      const run = this.#load();
      if (run) this.ctx.waitUntil(this.#sinks.project(run));
    }, delayMs);
    return () => clearTimeout(timer);
  }
}
