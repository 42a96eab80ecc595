/** What the world saw: one key a step, nothing repeated that may not be, nothing after a cancel. */
import type { ApiCallStep } from "#model/workflow.ts";
import { type Arrival, isCarriedOut, type World } from "../world.ts";
import type { EndedRun } from "./ended.ts";

export function callsLaw(run: EndedRun, world: World): string[] {
  const { id, plan, people } = run;
  const broken: string[] = [];
  const arrivals = world.arrivals.filter((arrival) => arrival.run === plan.ref);
  for (const step of plan.definition.steps) {
    if (step.type !== "api_call") continue;
    const own = arrivals.filter((arrival) => arrival.step === step.id);
    for (const { key } of own) {
      if (key !== `${id}:${step.id}`)
        broken.push(`${id}: ${step.id} is called with the key ${key}`);
    }
    if (step.config.method === "POST" && !step.config.idempotent) {
      broken.push(...unkeyed(run, step, own));
    }
    const completed = run.state.steps[step.id]?.status === "completed";
    if (completed && !own.some(isCarriedOut)) broken.push(`${id}: ${step.id} was never called`);
  }
  for (const { kind, outcome, at } of people.ledger.told) {
    if (kind !== "cancel" || outcome !== "acknowledged") continue;
    const after = arrivals.find(({ leftAt }) => leftAt > at);
    if (after) broken.push(`${id}: ${after.step} is called after its cancel was acknowledged`);
  }
  return broken;
}

/** A call that may have been carried out is not made again, and is not recorded as if it were not. */
function unkeyed(
  { id, state, events }: EndedRun,
  { id: step }: ApiCallStep,
  own: Arrival[],
): string[] {
  const broken: string[] = [];
  const first = own.findIndex(({ fate }) => fate !== "refused");
  if (first !== -1 && first < own.length - 1) {
    broken.push(`${id}: ${step} is sent again after ${own[first]?.fate}`);
  }
  const last = own.at(-1);
  if (!last || !isCarriedOut(last)) return broken;
  const late = events.find(({ type, step_id }) => type === "step.late" && step_id === step);
  const code = state.steps[step]?.error?.code ?? "";
  const said = late?.type === "step.late" ? late.data.outcome : (state.steps[step]?.status ?? "");
  const isSaid =
    said === "completed" ||
    said === "outcome_unknown" ||
    code === "outcome_unknown" ||
    code === "poisoned";
  if (!isSaid) broken.push(`${id}: ${step} was carried out and is recorded as ${said} ${code}`);
  return broken;
}
