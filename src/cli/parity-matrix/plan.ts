/**
 * Chooses the inputs of a comparison: enough to take every branch, then the next ones. The
 * reference interpreter with the mock and the fake API finds inputs for a branch; the runs show
 * whether it was really taken.
 */
import { mockProvider } from "#ai/mock/provider.ts";
import type { JsonObject } from "#model/json.ts";
import type { Template } from "#model/template.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { interpret } from "#parity/interpreter.ts";
import type { GenerateAnswer, GenerateCall, ReferencePorts } from "#parity/reference.ts";
import { type Branch, branchesTaken } from "./branches.ts";
import { makeInputs } from "./inputs.ts";
import { standInAnswer } from "./stand-in.ts";

/** How many inputs are tried; a branch that none of these takes is abandoned. */
const CANDIDATES = 500;
/** The default of MOCK_AI_SEED. */
const MOCK_SEED = 42;

interface Candidate {
  inputs: JsonObject;
  branches: Branch[];
}

export interface Plan {
  inputs: JsonObject[];
  /** Branches that none of the tried inputs takes. */
  missing: Branch[];
}

/** `count` inputs, and as many more as the required branches need. */
export async function planInputs(
  definition: WorkflowDefinition,
  templates: Readonly<Record<string, Template>>,
  { count, seed, branches }: { count: number; seed: number; branches: readonly Branch[] },
): Promise<Plan> {
  const candidates: Candidate[] = [];
  const wanted = new Set(branches);
  const chosen = new Set<Candidate>();
  for (let number = 1; number <= CANDIDATES; number += 1) {
    if (wanted.size === 0 && candidates.length >= count) break;
    const inputs = makeInputs(definition, seed, number);
    const candidate = { inputs, branches: await branchesFor(definition, templates, inputs) };
    candidates.push(candidate);
    for (const branch of candidate.branches) if (wanted.delete(branch)) chosen.add(candidate);
  }
  for (const candidate of candidates) {
    if (chosen.size >= count) break;
    chosen.add(candidate);
  }
  return { inputs: [...chosen].map(({ inputs }) => inputs), missing: [...wanted] };
}

async function branchesFor(
  definition: WorkflowDefinition,
  templates: Readonly<Record<string, Template>>,
  inputs: JsonObject,
): Promise<Branch[]> {
  const mock = { mode: "success", steps: {}, seed: MOCK_SEED };
  const run = await interpret(definition, { inputs, templates, mock }, PORTS);
  return branchesTaken(definition, run.steps);
}

const PORTS: ReferencePorts = {
  now: () => 0,
  generate: askMock,
  call: async ({ method, url, body = "", attempt }) => {
    const { pathname, search } = new URL(url);
    const answer = standInAnswer({ method, path: pathname + search, body, attempt });
    return { kind: "response", ...answer };
  },
};

async function askMock(call: GenerateCall): Promise<GenerateAnswer> {
  const answer = await mockProvider.generate(
    {
      prompt: call.prompt,
      schema: call.schema,
      feedback: call.feedback,
      templateId: call.template_id,
      variables: call.variables,
      attempt: call.attempt,
      mock: call.mock,
    },
    AbortSignal.abort(),
  );
  return answer.ok
    ? { ok: true, text: answer.text }
    : { ok: false, code: answer.code, message: answer.message, retryable: answer.retryable };
}
