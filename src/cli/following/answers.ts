/** Answers to the waits of a run from a file, by the id of the step that waits. */
import type { Result } from "#model/result.ts";
import { isJsonObject, type JsonValue } from "#model/json.ts";
import type { Wait } from "#model/wait.ts";
import { readJsonObject } from "../source/source-file.ts";
import { CommandError } from "../terminal/command-error.ts";

/** `{step_id: {…}}` for forms, `{step_id: true|false|{approved, comment}}` for approvals. */
export type Answers = ReadonlyMap<string, JsonValue>;

export async function readAnswers(path: string | undefined): Promise<Answers> {
  if (path === undefined) return new Map();
  const entries = Object.entries(await readJsonObject(path));
  for (const [stepId, answer] of entries) {
    if (isJsonObject(answer) || typeof answer === "boolean") continue;
    const message = `${path}: the answer of ${JSON.stringify(stepId)} must be an object, true or false.`;
    throw new CommandError(2, message);
  }
  return new Map(entries);
}

/** An answer as the body that resumes a wait, or its error. */
export function resumeBody(wait: Wait, answer: JsonValue): Result<object, string> {
  const { number, step_id } = wait;
  if (wait.type === "form") {
    return isJsonObject(answer)
      ? { ok: true, value: { inputs: answer, wait_number: number } }
      : { ok: false, error: `"${step_id}" is a form: its answer is an object of its fields.` };
  }
  const decision = typeof answer === "boolean" ? { approved: answer } : answer;
  if (isJsonObject(decision) && typeof decision["approved"] === "boolean") {
    return { ok: true, value: { approvals: [{ step_id, ...decision }], wait_number: number } };
  }
  const forms = 'true, false or {"approved": true, "comment": "…"}';
  return { ok: false, error: `"${step_id}" is an approval: its answer is ${forms}.` };
}
