/**
 * What of a run is compared: its status, the way it took, what its steps gave, its context, its
 * output and its error codes. Ids, times, names of deciders, headers of transport and the wording of
 * messages are not.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import type { ReferenceRun } from "./reference.ts";

/** Both sides are brought into this shape. Keys that do not apply are absent. */
export interface ComparableRun {
  status: string;
  current_step: string | null;
  steps: ComparableStep[];
  context: { runtime: { inputs: JsonObject; steps: JsonObject } };
  output?: JsonObject;
  error?: { code: string; step_id: string | null };
}

interface ComparableStep {
  step_id: string;
  type: string;
  status: string;
  /** The last one. */
  attempt: number;
  output?: JsonValue;
  error?: { code: string };
}

/** What both the API and the reference tell of a run. */
interface ToldRun {
  status: string;
  current_step: string | null;
  context: { runtime: { inputs: JsonObject; steps: JsonObject } };
  steps: readonly {
    step_id: string;
    type: string;
    status: string;
    attempt: number;
    output?: JsonValue | undefined;
    error?: { code: string } | null | undefined;
  }[];
  output?: JsonObject | undefined;
  error?: { code: string; step_id: string | null } | undefined;
}

/** The comparable part of a run, by the reference or put together from the API. */
export function comparableRun(run: ToldRun | ReferenceRun): ComparableRun {
  const { inputs, steps } = run.context.runtime;
  return {
    status: run.status,
    current_step: run.current_step,
    steps: run.steps.map(({ step_id, type, status, attempt, output, error }) => ({
      step_id,
      type,
      status,
      attempt,
      ...(output === undefined ? {} : { output: withoutOrigin(type, output) }),
      ...(error ? { error: { code: error.code } } : {}),
    })),
    context: { runtime: { inputs, steps: stepContexts(run, steps) } },
    ...(run.output === undefined ? {} : { output: run.output }),
    ...(run.error === undefined
      ? {}
      : { error: { code: run.error.code, step_id: run.error.step_id } }),
  };
}

function stepContexts(run: ToldRun, contexts: JsonObject): JsonObject {
  const types = new Map(run.steps.map(({ step_id, type }) => [step_id, type]));
  const entries = Object.entries(contexts).map(([stepId, context]): [string, JsonValue] => {
    if (!isJsonObject(context)) return [stepId, context];
    const { output, error } = context;
    return [
      stepId,
      {
        ...(output === undefined ? {} : { output: withoutOrigin(types.get(stepId) ?? "", output) }),
        ...(isJsonObject(error) ? { error: { code: error["code"] ?? null } } : {}),
      },
    ];
  });
  return Object.fromEntries(entries);
}

/** Headers that tell times and ids, or how an answer travelled. */
const TRANSPORT_HEADERS: ReadonlySet<string> = new Set([
  "age",
  "cf-ray",
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "server-timing",
  "traceparent",
  "transfer-encoding",
  "x-request-id",
]);

/** What differs between any two runs: who decided and when, and when an API answered. */
function withoutOrigin(type: string, output: JsonValue): JsonValue {
  if (!isJsonObject(output)) return output;
  if (type === "approval") return { ...output, decisions: withoutDeciders(output["decisions"]) };
  if (type !== "api_call" || !isJsonObject(output["headers"] ?? null)) return output;
  const headers = Object.entries(output["headers"] ?? {}).filter(
    ([name]) => !TRANSPORT_HEADERS.has(name),
  );
  return { ...output, headers: Object.fromEntries(headers) };
}

function withoutDeciders(decisions: JsonValue | undefined): JsonValue {
  if (!Array.isArray(decisions)) return decisions ?? null;
  return decisions.map((decision) =>
    isJsonObject(decision) ? { approved: decision["approved"] ?? null } : decision,
  );
}
