/**
 * From a template and the values it is given to the messages of a call. Owns the template's own
 * scope: only the collected variables are visible, by their last segment, nothing of the run.
 */
import type { Result } from "#model/result.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import type { Template } from "#model/template.ts";
import { parseTemplate, renderTemplate } from "#template/template.ts";

/**
 * The values of a step's `variables` by their names in the template: `steps.form.output.topic` is
 * `topic` there. A path that leads nowhere returns the empty string, so that a template never shows
 * its own braces; of two paths with the same last segment the later wins.
 */
export function collectVariables(
  paths: readonly string[],
  lookup: (path: string) => JsonValue | undefined,
): JsonObject {
  return Object.fromEntries(
    paths.map((path) => [path.slice(path.lastIndexOf(".") + 1), lookup(path) ?? ""]),
  );
}

export interface Prompt {
  system?: string;
  prompt: string;
}

/** Renders system and prompt; values go in as they are, since prompts have no syntax to escape. */
export function renderPrompt(
  template: Pick<Template, "system" | "prompt">,
  variables: JsonObject,
): Result<Prompt, string> {
  const prompt = render(template.prompt, variables);
  if (!prompt.ok) return { ok: false, error: `prompt: ${prompt.error}` };
  if (template.system === undefined) return { ok: true, value: { prompt: prompt.value } };
  const system = render(template.system, variables);
  if (!system.ok) return { ok: false, error: `system: ${system.error}` };
  return { ok: true, value: { system: system.value, prompt: prompt.value } };
}

function render(source: string, variables: JsonObject): Result<string, string> {
  const parsed = parseTemplate(source);
  if (!parsed.ok) return { ok: false, error: parsed.error.message };
  return renderTemplate(
    parsed.value,
    (path) => readVariable(variables, path),
    (text) => text,
  );
}

/** Own properties only, all the way down. */
function readVariable(variables: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = variables;
  for (const segment of path.split(".")) {
    if (Array.isArray(value)) {
      value = /^(?:0|[1-9]\d*)$/.test(segment) ? value[Number(segment)] : undefined;
    } else if (isJsonObject(value) && Object.hasOwn(value, segment)) {
      value = value[segment];
    } else {
      return undefined;
    }
  }
  return value;
}
