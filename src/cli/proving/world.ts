/**
 * The outside world of a proof: the mock provider, HTTP responses from the case, a fixed clock.
 * Records its requests, since two runs with the same end may have sent different requests.
 */
import { mockProvider } from "#ai/mock/provider.ts";
import { type JsonObject, type JsonValue, parseJson } from "#model/json.ts";
import type {
  GenerateAnswer,
  GenerateCall,
  HttpAnswer,
  HttpCall,
  ReferencePorts,
} from "#parity/reference.ts";
import type { Case } from "./cases.ts";

export interface World {
  ports: ReferencePorts;
  /** In the order of the requests. */
  asked: JsonValue[];
}

/** `bodyNames`: keys that the workflow reads from responses, so that they exist. */
export function openWorld(
  { statuses }: Pick<Case, "statuses">,
  bodyNames: readonly string[],
): World {
  const asked: JsonValue[] = [];
  return {
    asked,
    ports: {
      generate: async (call) => {
        asked.push(parseJson(JSON.stringify(call)));
        return generate(call);
      },
      call: async (call) => {
        asked.push(withoutRun(call));
        return answerTo(call, statuses, bodyNames);
      },
      now: () => Date.UTC(2024, 0, 1),
    },
  };
}

async function generate(call: GenerateCall): Promise<GenerateAnswer> {
  const { model, system, prompt, schema, feedback, template_id, variables, attempt, mock } = call;
  const result = await mockProvider.generate(
    {
      prompt,
      schema,
      feedback,
      templateId: template_id,
      variables,
      attempt,
      mock,
      ...(model === undefined ? {} : { model }),
      ...(system === undefined ? {} : { system }),
    },
    // The clock is fixed: a call that would wait for its time limit has reached it.
    AbortSignal.abort(),
  );
  if (result.ok) return { ok: true, text: result.text };
  const { code, message, retryable } = result;
  return { ok: false, code, message, retryable };
}

/** A request without the header that differs in every run. */
function withoutRun({ headers, ...call }: HttpCall): JsonObject {
  const { "idempotency-key": _key, ...others } = headers;
  return { ...call, headers: others };
}

function answerTo(
  { attempt, step_id: stepId }: HttpCall,
  statuses: readonly number[],
  bodyNames: readonly string[],
): HttpAnswer {
  const status = statuses[attempt - 1] ?? statuses.at(-1) ?? 200;
  if (status === 0) return { kind: "none", reason: "network_error", message: "No answer." };
  const named = bodyNames.map((name) => [name, `${stepId}-${name}`]);
  const body = JSON.stringify({ id: "1", ...Object.fromEntries(named) });
  return { kind: "response", status, headers: { "content-type": "application/json" }, body };
}
