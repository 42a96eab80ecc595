/**
 * Performs the effects that a run waits for, one at a time: quick ones in the request that caused
 * them, the others in the alarm, together with the timers that are due. Owns the live attempt and
 * the mark of an effect that was begun; the run itself and its commits belong to the run object.
 *
 * - An intent is durable before its effect is sent.
 * - An attempt that was begun earlier and has no outcome is repeated only where that is safe.
 * - Without readable settings no effect is begun: a bad deployment must not fail runs.
 * - An attempt that was sent before its run was canceled is recorded with its outcome, or as
 *   unknown: after a crash too, and never by repeating the call.
 */
import { pendingEffect, stillUnderWay, timersOf } from "#engine/advance.ts";
import type { Command } from "#engine/command.ts";
import type { Ports } from "#executors/executor.ts";
import { carriageOf, type EffectStep, isPure, mayRepeat } from "#executors/registry.ts";
import { lateResult, lostResult } from "#executors/late-result.ts";
import type { AttemptOutcome, LateResult } from "#model/attempt.ts";
import { LIMITS } from "#model/limits.ts";
import { Work } from "#model/work.ts";
import { now, outcomeUnknown } from "../commands.ts";
import { LiveAttempt } from "./live-attempt.ts";
import type { LoadedRun } from "../loaded-run.ts";
import { inNativeSpan } from "../sinks/native-span.ts";
import { withExcerpt } from "../views/excerpt.ts";
import { performAttempt } from "./perform.ts";
import type { Deployment } from "#ports/deployment.ts";
import { mockPorts, tracePorts } from "#ports/run-ports.ts";
import type { RunStore } from "../store.ts";

/** Requests perform quick effects themselves for this long, then hand over to the alarm. */
const INLINE_MS = 1_000;
/** An alarm handler has 15 minutes; effects that might not end in time are left to the next one. */
const ALARM_BUDGET_MS = 14 * 60_000;

/** Who performs the effect that a command leads to. */
export type Carrier = "request" | "alarm";

/** What effects need of the run object. */
interface RunHost {
  load(): LoadedRun | null;
  /** Plans and commits in one turn. */
  apply(run: LoadedRun, command: Command, carrier: Carrier): void;
  /** Goes on with a run whose last turn ended before a step without an outside effect. */
  proceed(run: LoadedRun): void;
  /** After each transaction. */
  committed(): Promise<void>;
  /** Resolves when everything committed so far is durable. */
  sync(): Promise<void>;
  /** Called before an effect of the alarm; the function it returns is called after it. */
  watchSlow(): () => void;
}

export class EffectRunner {
  readonly #host: RunHost;
  readonly #deployment: Deployment;
  readonly #store: RunStore;
  #live: LiveAttempt | null = null;
  /** Until then (epoch ms), requests perform quick effects themselves. */
  #inlineUntil = 0;
  /**
   * Since it was opened, the object has served a request to its end. Then the intent and the outcome
   * of a quick effect in a request are one transaction: it reaches nothing outside, and cut off before
   * neither has happened. An object that was opened for this request may have been opened because
   * this very work took the process along: there the intent is durable first, so that such openings
   * are counted.
   */
  #hasServed = false;

  constructor(host: RunHost, deployment: Deployment, store: RunStore) {
    this.#host = host;
    this.#deployment = deployment;
    this.#store = store;
  }

  /** A request that waits this long, in ms, may perform quick effects. */
  allowInline(waitMs: number): void {
    this.#inlineUntil = Date.now() + Math.min(waitMs, INLINE_MS);
  }

  get isLive(): boolean {
    if (this.#live?.isLost) this.#live = null;
    return this.#live !== null;
  }

  get isReady(): boolean {
    return this.#deployment.settingsProblem === null;
  }

  carrierOf(step: EffectStep): Carrier {
    const run = this.#host.load();
    if (!run || Date.now() >= this.#inlineUntil) return "alarm";
    const { candidate } = run.attemptOf(step);
    const carriage = carriageOf(step, candidate, mockPorts(run.start));
    return carriage === "inline" ? "request" : "alarm";
  }

  /** Whether part of the pending effect may have been sent: by this instance, or before a crash. */
  isBegun(run: LoadedRun): boolean {
    const effect = pendingEffect(run.state);
    if (!effect) return false;
    if (this.isLive && this.#live?.is(effect)) return true;
    const mark = this.#store.readCarry();
    return mark?.stepId === effect.step_id && mark.attempt === effect.attempt;
  }

  /** The run has ended: running attempts have some time to report their outcome. */
  abandon(): void {
    this.#live?.cancel();
    this.settleLost();
  }

  /** Records attempts that were running at the end and that this instance knows nothing of. */
  settleLost(): boolean {
    const run = this.#host.load();
    if (!run) return false;
    const { mock, provider: defaultProvider } = run.start;
    let isAny = false;
    for (const name of stillUnderWay(run.state)) {
      const step = run.workflow.steps.get(name.step_id);
      if (!step || isPure(step) || (this.isLive && this.#live?.is(name))) continue;
      const attempt = { ...run.attemptOf(step), step, attempt: name.attempt };
      const result = lostResult(attempt, { mock, defaultProvider, templates: run.templates });
      this.#reportLate(name.step_id, name.attempt, result, "alarm");
      isAny = true;
    }
    return isAny;
  }

  /** In a request: performs quick effects, until the run settles or the alarm has to continue. */
  async runInline(): Promise<void> {
    for (;;) {
      const step = this.#host.load()?.pendingStep;
      if (!step || this.isLive || this.carrierOf(step) === "alarm") break;
      await this.#perform(step, this.#open(step), "request");
    }
    this.#hasServed = true;
  }

  /** In an alarm: timers that are due, then effects, one after the other. */
  async runDue(): Promise<void> {
    const handOverAt = Date.now() + ALARM_BUDGET_MS;
    for (;;) {
      if (this.#fireTimers()) await this.#host.committed();
      if (this.settleLost()) await this.#host.committed();
      const run = this.#host.load();
      if (run?.isMidTurn) {
        if (Date.now() > handOverAt) return;
        await this.#nextTurn(run);
        continue;
      }
      const step = run?.pendingStep;
      if (!step || this.isLive) return;
      // An effect begun without settings would later look like an interrupted call.
      if (this.#isBlocked()) return;
      if (Date.now() + step.config.timeout_s * 1000 > handOverAt) return;
      const live = this.#begin(step);
      await this.#host.committed();
      if (!live) continue;
      const stopWatching = this.#host.watchSlow();
      await this.#perform(step, live, "alarm").finally(stopWatching);
    }
  }

  /** The turn before is durable first, and others get a word in: a cancel, other runs. */
  async #nextTurn(before: LoadedRun): Promise<void> {
    await this.#host.sync();
    await new Promise((resolve) => setTimeout(resolve, 0));
    const run = this.#host.load();
    if (run !== before || !run.isMidTurn) return;
    this.#host.proceed(run);
    await this.#host.committed();
  }

  /** Whether the pending step is carried out by this process alone: one that hangs takes it along. */
  isInProcess(run: LoadedRun): boolean {
    if (run.isMidTurn) return true;
    const step = run.pendingStep;
    if (!step) return false;
    const { candidate } = run.attemptOf(step);
    return carriageOf(step, candidate, mockPorts(run.start)) === "inline";
  }

  /** Without settings no effect can be performed: it stays pending until they can be read. */
  #isBlocked(): boolean {
    const { settingsProblem: reason, logger } = this.#deployment;
    if (reason === null) return false;
    const run_id = this.#host.load()?.state.run_id ?? "";
    logger.log("ERROR", "effect waits for settings", { run_id, reason });
    return true;
  }

  /** From here on a cancel sees the attempt as running. */
  #open(step: EffectStep): LiveAttempt {
    const attempt = this.#host.load()?.state.steps[step.id]?.attempt ?? 1;
    this.#live = new LiveAttempt(step.id, attempt, step.config.timeout_s * 1000);
    return this.#live;
  }

  async #perform(step: EffectStep, live: LiveAttempt, carrier: Carrier): Promise<void> {
    try {
      const run = this.#host.load();
      if (!run) return;
      const attempt = { ...run.attemptOf(step), attempt: live.attempt };
      const ports = runPorts(run, this.#deployment);
      // The output gate delays a fetch until the intent is durable; an effect inside the process
      // has no such gate.
      if (carrier === "alarm" || !this.#hasServed) await this.#host.sync();
      const seen = { run_id: attempt.runId, step_id: step.id, attempt: live.attempt };
      const outcome = await inNativeSpan("step.attempt", seen, () =>
        performAttempt(attempt, ports, live, this.#deployment.logger),
      );
      this.#close(live);
      if (live.isCanceled) {
        const ended = outcome && outcome.kind !== "waiting" ? outcome : null;
        const result = ended
          ? lateResult(step, ended, { hasLeft: live.hasLeft, wasStopped: live.signal.aborted })
          : lostResult(attempt, ports, live.hasLeft);
        this.#reportLate(step.id, live.attempt, result, carrier);
      } else if (outcome) {
        const kept = withExcerpt(run, run.limited(outcome));
        this.#report(step.id, live.attempt, kept, carrier);
      }
    } finally {
      this.#close(live);
    }
    await this.#host.committed();
  }

  #close(live: LiveAttempt): void {
    live.end();
    if (this.#live === live) this.#live = null;
  }

  #reportLate(stepId: string, attempt: number, result: LateResult, carrier: Carrier): void {
    const run = this.#host.load();
    if (!run) return;
    const command = { kind: "late", at: now(run), step_id: stepId, attempt, result } as const;
    this.#host.apply(run, command, carrier);
  }

  #report(stepId: string, attempt: number, outcome: AttemptOutcome, carrier: Carrier): void {
    const run = this.#host.load();
    if (!run) return;
    const at = now(run);
    this.#host.apply(run, { kind: "outcome", at, step_id: stepId, attempt, outcome }, carrier);
  }

  #fireTimers(): boolean {
    const run = this.#host.load();
    if (!run) return false;
    const at = now(run);
    const timer = timersOf(run.state).find((set) => set.at <= at);
    if (timer) this.#host.apply(run, { kind: "timer", at, timer }, "alarm");
    return timer !== undefined;
  }

  /**
   * Marks the attempt as begun before it is sent. An attempt that was begun earlier has no known
   * outcome: it is repeated with the same idempotency key if that is safe, else abandoned (null).
   */
  #begin(step: EffectStep): LiveAttempt | null {
    const run = this.#host.load();
    const attempt = run?.state.steps[step.id]?.attempt;
    if (!run || attempt === undefined) return null;
    const mark = this.#store.readCarry();
    const isOrphan = mark?.stepId === step.id && mark.attempt === attempt;
    const entries = isOrphan ? mark.entries + 1 : 1;
    if (isOrphan && !mayRepeat(step)) {
      this.#report(step.id, attempt, outcomeUnknown(), "alarm");
      return null;
    }
    if (entries > LIMITS.entriesWithoutProgress) {
      const seen = `No outcome of attempt ${attempt} after ${LIMITS.entriesWithoutProgress} entries.`;
      const isBegun = this.isBegun(run);
      this.#host.apply(run, { kind: "quarantine", at: now(run), seen, isBegun }, "alarm");
      return null;
    }
    this.#store.writeCarry({ stepId: step.id, attempt, entries });
    return this.#open(step);
  }
}

/** What an attempt of this run reaches. Throws without settings. */
function runPorts(run: LoadedRun, { outside }: Deployment): Omit<Ports, "signal" | "isCanceled"> {
  const { secrets, ...others } = outside;
  const work = Work.ofTurn();
  return {
    ...others,
    readSecrets: secrets({ workflowId: run.state.workflow_id }),
    ...mockPorts(run.start),
    ...tracePorts(run.start),
    templates: run.templates,
    answerMask: () => run.masking.within(work),
  };
}
