/**
 * The old side without a baseline: the reference interpreter, with the answers that the new side
 * got. The mock is called again, since it is deterministic; everything else comes from the
 * recording.
 */
import { z } from "zod";
import type { GenerateRequest, Provider } from "#ai/provider.ts";
import { mockProvider } from "#ai/mock/provider.ts";
import type { JsonObject } from "#model/json.ts";
import { type Template, templateSchema } from "#model/template.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { interpret } from "#parity/interpreter.ts";
import type {
  GenerateAnswer,
  GenerateCall,
  InterpretOptions,
  ReferencePorts,
  ReferenceRun,
} from "#parity/reference.ts";
import { recordingOf } from "./recording.ts";
import type { Exchange, SideResult } from "./side.ts";

type Told = Extract<SideResult, { kind: "told" }>;

/** What else the reference needs to know. */
export interface ReferenceWorld {
  inputs: JsonObject;
  /** The provider, as it was for the run. */
  models: Pick<InterpretOptions, "mock" | "namedMock" | "provider">;
  /** Calls the service itself, for templates and the names of secrets. */
  exchange: Exchange;
  now(): number;
}

/** Interprets the definition that the new side ran. */
export async function runReference(
  told: Told,
  world: ReferenceWorld,
  run: typeof interpret = interpret,
): Promise<ReferenceRun> {
  const { definition, profile } = told;
  const options: InterpretOptions = {
    inputs: world.inputs,
    profile,
    templates: await readTemplates(definition, world.exchange),
    ...world.models,
    secrets: usesSecrets(definition) ? await readSecretNames(world.exchange) : [],
  };
  return run(definition, options, portsOf(told, world));
}

function portsOf({ history, definition }: Told, { now }: ReferenceWorld): ReferencePorts {
  const recording = recordingOf(history, definition.steps);
  return {
    now,
    call: async ({ step_id, attempt }) => recording.call(step_id, attempt),
    generate: async (call) =>
      call.provider === "mock"
        ? askProvider(mockProvider, call)
        : recording.generate(call.step_id, call.attempt),
  };
}

/** The time limit expires at once, so that a mock that would sleep past it does not. */
async function askProvider(provider: Provider, call: GenerateCall): Promise<GenerateAnswer> {
  const request: GenerateRequest = {
    prompt: call.prompt,
    schema: call.schema,
    feedback: call.feedback,
    templateId: call.template_id,
    variables: call.variables,
    attempt: call.attempt,
    mock: call.mock,
    ...(call.system === undefined ? {} : { system: call.system }),
  };
  const answer = await provider.generate(request, AbortSignal.abort());
  if (answer.ok) return { ok: true, text: answer.text };
  const { code, retryable } = answer;
  const message = code === "timeout" ? `No answer within ${call.timeout_s} s.` : answer.message;
  return { ok: false, code, message, retryable };
}

/** The templates that the steps name, in their current version; the run read them a moment ago. */
async function readTemplates(
  definition: WorkflowDefinition,
  exchange: Exchange,
): Promise<Record<string, Template>> {
  const ids = new Set(
    definition.steps.flatMap((step) =>
      step.type === "ai_generate" ? [step.config.template_id] : [],
    ),
  );
  const templates: Record<string, Template> = {};
  for (const id of ids) {
    const path = `/v1/templates/${encodeURIComponent(id)}`;
    const answer = await exchange({ method: "GET", path });
    const read = templateSchema.safeParse(answer?.body);
    if (answer?.status === 200 && read.success) templates[id] = definedOnly(read.data);
  }
  return templates;
}

function definedOnly({
  system,
  description,
  ...template
}: z.infer<typeof templateSchema>): Template {
  return {
    ...template,
    ...(system === undefined ? {} : { system }),
    ...(description === undefined ? {} : { description }),
  };
}

const secretsSchema = z.object({ items: z.array(z.object({ name: z.string() })) });

function usesSecrets({ steps }: WorkflowDefinition): boolean {
  return steps.some(
    (step) => step.type === "api_call" && /\{\{\s*secrets\./.test(JSON.stringify(step)),
  );
}

async function readSecretNames(exchange: Exchange): Promise<string[]> {
  const answer = await exchange({ method: "GET", path: "/v1/secrets" });
  const read = secretsSchema.safeParse(answer?.body);
  return read.success ? read.data.items.map(({ name }) => name) : [];
}
