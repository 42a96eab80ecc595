/** Every span of a traced run reached the collector. */
import { indexWorkflow } from "#model/workflow-index.ts";
import { spansOf } from "#telemetry/spans.ts";
import { traceOfRun } from "#telemetry/trace-context.ts";
import type { World } from "../world.ts";
import type { EndedRun } from "./ended.ts";

export function spansLaw({ id, plan, events, history, state }: EndedRun, world: World): string[] {
  if (!plan.isTraced || state.status === "waiting") return [];
  const trace = traceOfRun(id, undefined);
  const { steps } = indexWorkflow(plan.definition);
  const all = spansOf({ runId: id, trace, steps, statusOf: () => undefined }, history.events, 0);
  const missing = all.filter(({ spanId }) => !world.spans.has(spanId));
  if (missing.length === 0) return [];
  const names = missing.map(({ name }) => name).join(", ");
  return [
    `${id}: ${missing.length} spans of ${all.length} were not sent after ${events.length} events: ${names}`,
  ];
}
