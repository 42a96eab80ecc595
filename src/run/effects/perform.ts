/**
 * One attempt of an effectful step, with its time limit. A throw of an executor is a defect: it
 * becomes `internal` and never reaches the run. Owns no state.
 */
import type { AttemptOutcome } from "#model/attempt.ts";
import { type CallSource, unansweredCall } from "#executors/ai-generate.ts";
import type { Attempt, Ports } from "#executors/executor.ts";
import { type EffectStep, executeEffect, mayRepeat } from "#executors/registry.ts";
import type { Logger } from "#telemetry/logger.ts";
import { TooCostly } from "#model/work.ts";
import { tooCostly } from "../turn.ts";
import type { LiveAttempt } from "./live-attempt.ts";

/** How long an aborted executor may take to report how far it got, in ms. */
const GRACE_MS = 500;

/** The outcome, or null when the attempt was aborted without a result. */
export async function performAttempt(
  attempt: Attempt<EffectStep>,
  ports: Omit<Ports, "signal" | "isCanceled">,
  live: Pick<LiveAttempt, "signal" | "isCanceled" | "hasLeft">,
  logger: Logger,
): Promise<AttemptOutcome | null> {
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(new DOMException("The attempt took too long.", "TimeoutError")),
    attempt.step.config.timeout_s * 1000,
  );
  const signal = AbortSignal.any([limit.signal, live.signal]);
  const own: Ports = {
    ...ports,
    signal,
    isCanceled: () => live.isCanceled,
    callExternal: (request) => {
      live.hasLeft = true;
      return ports.callExternal(request);
    },
  };
  const work = executeEffect(attempt, own).catch((error: unknown) => {
    if (error instanceof TooCostly) return tooCostly(error);
    logger.defect("executor threw", error, { run_id: attempt.runId, step_id: attempt.step.id });
    return defect();
  });
  const overdue = whenOverdue(signal);
  // A timer that is never cleared would keep the object from sleeping.
  const outcome = await Promise.race([work, overdue.promise]).finally(() => {
    clearTimeout(timer);
    overdue.stop();
  });
  if (outcome === null && live.signal.aborted) return null;
  return outcome ?? timedOut(attempt, ports);
}

function defect(): AttemptOutcome {
  return {
    kind: "failed",
    class: "terminal",
    failure: { code: "internal", message: "The step failed because of a defect in the service." },
  };
}

/** Resolves to null some time after the signal, for executors that ignore it. */
function whenOverdue(signal: AbortSignal): { promise: Promise<null>; stop(): void } {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timers: ReturnType<typeof setTimeout>[] = [];
  const onAbort = () => {
    timers.push(setTimeout(() => resolve(null), GRACE_MS));
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return {
    promise,
    stop: () => {
      signal.removeEventListener("abort", onAbort);
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

function timedOut(attempt: Attempt<EffectStep>, source: CallSource): AttemptOutcome {
  const { step } = attempt;
  const message = `No answer within ${step.config.timeout_s} s.`;
  if (!mayRepeat(step)) {
    return { kind: "failed", class: "terminal", failure: { code: "outcome_unknown", message } };
  }
  const failed = {
    kind: "failed",
    class: "transport",
    failure: { code: "timeout", message },
  } as const;
  if (step.type !== "ai_generate") return failed;
  return { ...failed, response: unansweredCall({ ...attempt, step }, source) };
}
