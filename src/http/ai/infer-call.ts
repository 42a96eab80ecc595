/** From a request to infer to the call of a provider, or the problem of the request. */
import { renderPrompt } from "#ai/infer.ts";
import type { GenerateRequest, Provider, ProviderRegistry } from "#ai/provider.ts";
import { createProviders, findProvider } from "#ai/registry.ts";
import type { Template } from "#model/template.ts";
import { createSecretStore } from "#ports/secret-reader.ts";
import { ProblemError } from "../problems/problems.ts";
import type { AppContext } from "../types.ts";
import type { InferBody } from "./infer-body.ts";
import { rejectAll } from "./infer-problems.ts";

type Call = Omit<GenerateRequest, "attempt" | "feedback"> & { provider: Provider };

export function prepareCall(c: AppContext, body: InferBody, template: Template): Call {
  const { json_schema: schema, variables } = body;
  const provider = chooseProvider(c, body);
  const rendered = renderPrompt(template, variables);
  if (!rendered.ok) {
    return rejectAll([{ code: "template_error", message: rendered.error, pointer: "/variables" }]);
  }
  const { prompt, system } = rendered.value;
  const { MOCK_AI_MODE, MOCK_AI_SEED: seed } = c.get("settings");
  const asked = typeof body.mock === "object" ? body.mock.mode : undefined;
  return {
    provider,
    prompt,
    schema,
    templateId: template.id,
    variables,
    work: c.get("work"),
    mock: provider.name === "mock" ? { mode: asked ?? MOCK_AI_MODE, seed } : null,
    ...(system === undefined ? {} : { system }),
    ...(body.model === undefined ? {} : { model: body.model }),
  };
}

function chooseProvider(c: AppContext, body: InferBody): Provider {
  const { AI_PROVIDER, ENVIRONMENT, ALLOW_MOCK_AI } = c.get("settings");
  const isMockAsked = body.mock !== undefined && body.mock !== false;
  const name = isMockAsked ? "mock" : (body.provider ?? AI_PROVIDER);
  if (name === "mock" && ENVIRONMENT === "production" && !ALLOW_MOCK_AI) {
    const detail = "The mock provider is not allowed in production.";
    throw new ProblemError({ code: "mock_not_allowed", detail });
  }
  const found = findProvider(providersOf(c), name);
  if (found.ok) return found.value;
  return rejectAll([{ code: "unknown_provider", message: found.error, pointer: "/provider" }]);
}

function providersOf(c: AppContext): ProviderRegistry {
  return createProviders({
    settings: c.get("settings"),
    readSecrets: createSecretStore(c.env.DB, c.get("settings"), c.get("logger"))("settings"),
    fetch: (input, init) => fetch(input, init),
  });
}
