/**
 * The messages of one call: the template's own, the schema where the provider is not given it, and
 * what was wrong with earlier answers as a further message of the user.
 */
import type { LanguageModelV4Message } from "@ai-sdk/provider";
import type { GenerateRequest } from "./provider.ts";

export function messagesOf(
  { system, prompt, schema, feedback }: GenerateRequest,
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
    user(prompt),
    ...(feedback.length === 0 ? [] : [user(correction(feedback))]),
  ];
}

function correction(feedback: readonly string[]): string {
  const found = feedback.map((sentence) => `- ${sentence}`).join("\n");
  return `Your last answer was not accepted:\n${found}\nAnswer again, with one JSON value that fits and nothing else.`;
}

function user(text: string): LanguageModelV4Message {
  return { role: "user", content: [{ type: "text", text }] };
}
