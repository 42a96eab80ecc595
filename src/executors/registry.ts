/** One executor a step type, and how each is carried. The only place that knows them all. */
import type { AttemptOutcome } from "#model/attempt.ts";
import { isQuick } from "#ai/mock/provider.ts";
import type { Work } from "#model/work.ts";
import type { Step } from "#model/workflow.ts";
import { executeAiGenerate } from "./ai-generate.ts";
import { executeApiCall, isRepeatable } from "./api-call.ts";
import { executeApproval } from "./approval.ts";
import { executeConditional } from "./conditional.ts";
import type { Attempt, Ports } from "./executor.ts";
import { executeForm } from "./form.ts";

export type PureStep = Extract<Step, { type: "form" | "approval" | "conditional" }>;
export type EffectStep = Exclude<Step, PureStep>;

/** Whether the step has no effect outside: it advances inside the transaction. */
export function isPure(step: Step): step is PureStep {
  switch (step.type) {
    case "form":
    case "approval":
    case "conditional":
      return true;
    case "ai_generate":
    case "api_call":
      return false;
  }
}

export function executePure(attempt: Attempt<PureStep>, work: Work): AttemptOutcome {
  const { step } = attempt;
  switch (step.type) {
    case "form":
      return executeForm({ ...attempt, step }, work);
    case "approval":
      return executeApproval({ ...attempt, step }, work);
    case "conditional":
      return executeConditional({ ...attempt, step }, work);
  }
}

export function executeEffect(attempt: Attempt<EffectStep>, ports: Ports): Promise<AttemptOutcome> {
  const { step } = attempt;
  switch (step.type) {
    case "ai_generate":
      return executeAiGenerate({ ...attempt, step }, ports);
    case "api_call":
      return executeApiCall({ ...attempt, step }, ports);
  }
}

/**
 * How the attempt at that candidate is carried. inline: quick enough for the request that caused it. alarm: may be slow, so the alarm carries it
 * and no request is needed for the run to go on.
 */
export function carriageOf(
  step: EffectStep,
  candidate: number,
  ports: Pick<Ports, "mock" | "namedMock" | "defaultProvider">,
): "inline" | "alarm" {
  if (step.type === "api_call") return "alarm";
  const { provider: own, fallback = [] } = step.config;
  const asked = candidate === 0 ? own : fallback[candidate - 1]?.provider;
  const provider = ports.mock ? "mock" : (asked ?? ports.defaultProvider);
  const { mode, steps } = ports.mock ?? ports.namedMock;
  const ofStep = Object.hasOwn(steps, step.id) ? steps[step.id] : undefined;
  return isQuick(provider, ofStep ?? mode) ? "inline" : "alarm";
}

/** Whether an attempt that may have reached the outside may be made again after a crash. */
export function mayRepeat(step: EffectStep): boolean {
  return step.type === "ai_generate" || isRepeatable(step);
}
