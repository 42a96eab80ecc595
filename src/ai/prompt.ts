/**
 * From a template and the values it is given to the messages of a call. Owns the template's own
 * scope: only the collected variables are visible, by their last segment, nothing of the run.
 */
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

export type Prompt = { ok: true; system?: string; prompt: string } | { ok: false; message: string };

/** Renders system and prompt; values go in as they are, since prompts have no syntax to escape. */
export function renderPrompt(
  template: Pick<Template, "system" | "prompt">,
  variables: JsonObject,
): Prompt {
  const prompt = render(template.prompt, variables);
  if (!prompt.ok) return { ok: false, message: `prompt: ${prompt.message}` };
  if (template.system === undefined) return { ok: true, prompt: prompt.text };
  const system = render(template.system, variables);
  if (!system.ok) return { ok: false, message: `system: ${system.message}` };
  return { ok: true, system: system.text, prompt: prompt.text };
}

function render(
  source: string,
  variables: JsonObject,
): { ok: true; text: string } | { ok: false; message: string } {
  const parsed = parseTemplate(source);
  if (!parsed.ok) return parsed;
  return renderTemplate(
    parsed.template,
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
