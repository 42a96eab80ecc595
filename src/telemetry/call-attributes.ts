/** Attributes of the spans of calls: the called service and its response. Pure. */
import type { AiResponse } from "#model/attempt.ts";
import type { EventData } from "#model/event.ts";
import type { AiGenerateStep, ApiCallStep } from "#model/workflow.ts";
import { AI_RESPONSE_FIELDS, ATTRIBUTES as A, type Attributes, GEN_AI_OPERATION } from "./names.ts";

/** A call to a model as it was asked for. */
export function aiRequestAttributes(
  step: AiGenerateStep | null,
  request: EventData<"ai.request"> | AiResponse,
): Attributes {
  const { temperature, max_output_tokens: maxTokens } = step?.config ?? {};
  const { model, template_id, template_version, retry_count } = request;
  return {
    template_id,
    template_version,
    retry_count,
    ...providerAttributes(request),
    [A.genAiOperation]: GEN_AI_OPERATION,
    [A.genAiOutputType]: "json",
    ...(model === undefined ? {} : { [A.genAiRequestModel]: model }),
    ...(temperature === undefined ? {} : { [A.genAiRequestTemperature]: temperature }),
    ...(maxTokens === undefined ? {} : { [A.genAiRequestMaxTokens]: maxTokens }),
  };
}

/** What a model answered and what it took. */
export function aiResponseAttributes(response: AiResponse): Attributes {
  const { model, tokens_prompt: input, tokens_output: output, finish_reason: reason } = response;
  const areTokensKnown = response.tokens_unknown !== true;
  const tokens = { [A.genAiInputTokens]: input, [A.genAiOutputTokens]: output };
  return {
    ...ownFields(response),
    ...providerAttributes(response),
    [A.genAiResponseModel]: model,
    ...(reason === undefined ? {} : { [A.genAiFinishReasons]: [reason] }),
    ...(areTokensKnown ? tokens : {}),
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

function providerAttributes({ provider }: { provider: string }): Attributes {
  return { provider, [A.genAiProvider]: provider, [A.genAiSystem]: provider };
}

function ownFields(response: AiResponse): Attributes {
  const attributes: Attributes = {};
  for (const name of AI_RESPONSE_FIELDS) {
    const value = response[name];
    if (value !== null) attributes[name] = value;
  }
  return attributes;
}
