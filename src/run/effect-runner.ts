/**
 * Performs the effects that a run waits for, one at a time: quick ones in the request that caused
 * them, the others in the alarm, together with the timers that are due. Owns the live attempt and
 * the mark that an effect was begun; the run itself and its commits belong to the run object.
 *
 * - An intent is durable before its effect leaves.
 * - An attempt that was begun before and has no outcome is repeated only where that is safe.
 * - Without settings that can be read nothing is begun: a bad deployment must not fail runs.
 */
import { timersOf } from "../engine/advance.ts";
import type { Command } from "../engine/command.ts";
import type { Ports } from "../executors/executor.ts";
import { carriageOf, type EffectStep, mayRepeat } from "../executors/registry.ts";
import type { AttemptOutcome } from "../model/attempt.ts";
import { LIMITS } from "../model/limits.ts";
import type { Logger } from "../telemetry/logger.ts";
import { now, outcomeUnknown } from "./commands.ts";
import type { LoadedRun } from "./loaded-run.ts";
import { inNativeSpan } from "./native-span.ts";
import { performAttempt } from "./perform.ts";
import type { RunStore } from "./store.ts";

/** Requests perform quick effects themselves for this long, then hand over to the alarm. */
const INLINE_MS = 1_000;
/** An alarm handler has 15 minutes; effects that might not end in time go to the next one. */
const ALARM_BUDGET_MS = 14 * 60_000;
/** Beyond its time limit, a live attempt is taken for lost after this long. */
const LIVE_SLACK_MS = 5_000;

/** Who performs the effect that a command leads to. */
export type Carrier = "request" | "alarm";

/** The run object, as far as effects need it. */
interface RunHost {
  load(): LoadedRun | null;
  /** Plans and commits, in one turn. */
  apply(run: LoadedRun, command: Command, carrier: Carrier): void;
  /** After each transaction. */
  committed(): Promise<void>;
  /** Whether there are settings to perform effects with. */
  isReady(): boolean;
  /** Throws without settings. */
  ports(run: LoadedRun): Omit<Ports, "signal">;
  /** Resolves when all that was committed so far is durable. */
  sync(): Promise<void>;
  /** Starts before an effect of the alarm; what it gives is called when the effect has ended. */
  watchSlow(): () => void;
}

interface LiveAttempt {
  abort: AbortController;
  /** Epoch ms; an attempt that has said nothing by then will never. */
  lostAt: number;
}

export class EffectRunner {
  readonly #host: RunHost;
  readonly #store: RunStore;
  readonly #logger: Logger;
  #live: LiveAttempt | null = null;
  /** Until then (epoch ms), requests perform quick effects themselves. */
  #inlineUntil = 0;

  constructor(host: RunHost, store: RunStore, logger: Logger) {
    this.#host = host;
    this.#store = store;
    this.#logger = logger;
  }

  /** A request that waits this long, in ms, may perform quick effects. */
  allowInline(waitMs: number): void {
    this.#inlineUntil = Date.now() + Math.min(waitMs, INLINE_MS);
  }

  get isLive(): boolean {
    if (this.#live && Date.now() > this.#live.lostAt) this.#live = null;
    return this.#live !== null;
  }

  get isReady(): boolean {
    return this.#host.isReady();
  }

  carrierOf(step: EffectStep): Carrier {
    const run = this.#host.load();
    if (!run || Date.now() >= this.#inlineUntil) return "alarm";
    const { mock, provider } = run.start;
    const carriage = carriageOf(step, { mock, defaultProvider: provider });
    return carriage === "inline" ? "request" : "alarm";
  }

  /** Stops the call that is under way: the run was canceled. */
  abort(): void {
    this.#live?.abort.abort();
  }

  /** In a request: everything that is quick, until the run settles or the alarm has to go on. */
  async runInline(): Promise<void> {
    for (;;) {
      const step = this.#host.load()?.pendingStep;
      if (!step || this.isLive || this.carrierOf(step) === "alarm") return;
      await this.#perform(step, "request");
    }
  }

  /** In an alarm: everything that is due, timers, then effects, one after the other. */
  async runDue(): Promise<void> {
    const handOverAt = Date.now() + ALARM_BUDGET_MS;
    for (;;) {
      if (this.#fireTimers()) await this.#host.committed();
      const step = this.#host.load()?.pendingStep;
      // Beginning what cannot be performed would look like a call that was cut off.
      if (!step || this.isLive || !this.isReady) return;
      if (Date.now() + step.config.timeout_s * 1000 > handOverAt) return;
      const isBegun = this.#begin(step);
      await this.#host.committed();
      if (!isBegun) continue;
      const stopWatching = this.#host.watchSlow();
      await this.#perform(step, "alarm").finally(stopWatching);
    }
  }

  async #perform(step: EffectStep, carrier: Carrier): Promise<void> {
    const run = this.#host.load();
    if (!run) return;
    const attempt = run.attemptOf(step);
    const ports = this.#host.ports(run);
    const live: LiveAttempt = {
      abort: new AbortController(),
      lostAt: Date.now() + step.config.timeout_s * 1000 + LIVE_SLACK_MS,
    };
    this.#live = live;
    // A fetch leaves only when the intent is durable; an effect in the process has no such gate.
    await this.#host.sync();
    const { signal } = live.abort;
    const seen = { run_id: attempt.runId, step_id: step.id, attempt: attempt.attempt };
    const outcome = await inNativeSpan("step.attempt", seen, () =>
      performAttempt(attempt, ports, signal, this.#logger),
    ).finally(() => {
      if (this.#live === live) this.#live = null;
    });
    if (outcome) this.#report(step.id, attempt.attempt, run.limited(outcome), carrier);
    await this.#host.committed();
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
   * Marks the attempt as begun before it leaves. An attempt that was begun before has no known
   * outcome: it is repeated with the same idempotency key if that is safe, else given up.
   */
  #begin(step: EffectStep): boolean {
    const run = this.#host.load();
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
      this.#host.apply(run, { kind: "quarantine", at: now(run), seen }, "alarm");
      return false;
    }
    this.#store.writeCarry({ stepId: step.id, attempt, entries });
    return true;
  }
}
