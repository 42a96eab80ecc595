/**
 * The messages of one call: the template's own, the schema where the provider is not given it, and
 * after an answer that did not fit that answer and what was wrong with it. The system message comes
 * first and user and assistant take turns: chat templates of many models refuse anything else.
 */
import type { LanguageModelV4Message } from "@ai-sdk/provider";
import type { GenerateRequest } from "../provider.ts";

export function messagesOf(
  { system, prompt, schema, feedback, previousAnswer = "" }: GenerateRequest,
  withSchema: boolean,
): LanguageModelV4Message[] {
  const instructions = withSchema
    ? [
        `Answer with one JSON value that fits this JSON Schema, and with nothing else:\n${JSON.stringify(schema)}`,
      ]
    : [];
  const systems = [...(system === undefined ? [] : [system]), ...instructions];
  return [
    ...(systems.length === 0 ? [] : [{ role: "system" as const, content: systems.join("\n\n") }]),
    message("user", prompt),
    ...(feedback.length === 0
      ? []
      : [
          message("assistant", previousAnswer.trim() === "" ? NO_ANSWER : previousAnswer),
          message("user", correction(feedback, withSchema ? schema : null)),
        ]),
  ];
}

const NO_ANSWER = "(no answer)";

/** `schema`: for a model that sees it nowhere else near by. */
function correction(feedback: readonly string[], schema: GenerateRequest["schema"] | null): string {
  const found = feedback.map((sentence) => `- ${sentence}`).join("\n");
  const again =
    schema === null
      ? "Answer again, with one JSON value that fits and nothing else."
      : `Answer again, with one JSON value that fits this JSON Schema and nothing else:\n${JSON.stringify(schema)}`;
  return `Your last answer was not accepted:\n${found}\n${again}`;
}

function message(role: "user" | "assistant", text: string): LanguageModelV4Message {
  return { role, content: [{ type: "text", text }] };
}
