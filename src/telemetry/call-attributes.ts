/** Attributes of the spans of calls: the called service and its response. Pure. */
import type { JsonObject } from "#model/json.ts";
import type { AiGenerateStep, ApiCallStep } from "#model/workflow.ts";
import { AI_RESPONSE_FIELDS, ATTRIBUTES as A, type Attributes, GEN_AI_OPERATION } from "./names.ts";

/** The request of a call to a model. `request`: data of an `ai.request`. */
export function aiRequestAttributes(step: AiGenerateStep | null, request: JsonObject): Attributes {
  const { temperature, max_output_tokens: maxTokens } = step?.config ?? {};
  return {
    ...pick(request, ["template_id", "template_version", "retry_count"]),
    ...providerAttributes(request),
    [A.genAiOperation]: GEN_AI_OPERATION,
    [A.genAiOutputType]: "json",
    ...(typeof request["model"] === "string" ? { [A.genAiRequestModel]: request["model"] } : {}),
    ...(temperature === undefined ? {} : { [A.genAiRequestTemperature]: temperature }),
    ...(maxTokens === undefined ? {} : { [A.genAiRequestMaxTokens]: maxTokens }),
  };
}

/** The response of a model and its usage. `response`: data of an `ai.response`. */
export function aiResponseAttributes(response: JsonObject): Attributes {
  const { model, tokens_prompt: input, tokens_output: output, finish_reason: reason } = response;
  const areTokensKnown = response["tokens_unknown"] !== true;
  return {
    ...pick(response, AI_RESPONSE_FIELDS),
    ...providerAttributes(response),
    ...(typeof model === "string" ? { [A.genAiResponseModel]: model } : {}),
    ...(typeof reason === "string" ? { [A.genAiFinishReasons]: [reason] } : {}),
    ...(areTokensKnown && typeof input === "number" ? { [A.genAiInputTokens]: input } : {}),
    ...(areTokensKnown && typeof output === "number" ? { [A.genAiOutputTokens]: output } : {}),
  };
}

/** An api_call: the address without its query, which may contain personal data. */
export function apiCallAttributes({ config }: ApiCallStep, attempt: number): Attributes {
  const [, scheme, host, port, path] =
    /^(https?):\/\/(?:[^/?#]*@)?(\[[^\]]*\]|[^/:?#]*)(?::(\d+))?([^?#]*)/i.exec(config.url) ?? [];
  return {
    [A.httpMethod]: config.method,
    ...(scheme === undefined ? {} : { [A.urlScheme]: scheme.toLowerCase() }),
    ...(host === undefined ? {} : { [A.serverAddress]: host }),
    ...(port === undefined ? {} : { [A.serverPort]: Number(port) }),
    ...(path === undefined ? {} : { [A.urlTemplate]: path === "" ? "/" : path }),
    ...(attempt > 1 ? { [A.httpResendCount]: attempt - 1 } : {}),
  };
}

function providerAttributes({ provider }: JsonObject): Attributes {
  return typeof provider === "string"
    ? { provider, [A.genAiProvider]: provider, [A.genAiSystem]: provider }
    : {};
}

function pick(data: JsonObject, names: readonly string[]): Attributes {
  const attributes: Attributes = {};
  for (const name of names) {
    const value = data[name];
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      attributes[name] = value;
    }
  }
  return attributes;
}
