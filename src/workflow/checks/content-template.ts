/**
 * The template of an ai_generate beside the variables that the step defines. A name without a
 * variable is rendered empty, and no run would ever say so.
 */
import type { JsonValue } from "#model/json.ts";
import { misnamedIn, nameOf, templateNames } from "#template/names.ts";
import { quote, type Report } from "../findings.ts";
import { memberOf, stringIn } from "../member.ts";
import type { OutlineStep } from "./outline.ts";

/** The texts of a template. */
export interface TemplateTexts {
  system?: string;
  prompt: string;
}

/** Names that one message lists. */
const SHOWN = 20;

export function checkTemplateNames(
  step: OutlineStep,
  templates: ReadonlyMap<string, TemplateTexts> | undefined,
  report: Report,
): void {
  const id = stringIn(step.config, "template_id");
  const template = id === null ? undefined : templates?.get(id);
  const variables = memberOf(step.config, "variables");
  if (id === null || template === undefined || !Array.isArray(variables)) return;
  const given = new Map(variables.flatMap((variable, index) => nameGiven(variable, index)));
  const names = templateNames([template.system, template.prompt]);
  const place = [...step.path, "config", "variables"];
  const misnamed = misnamedIn(names).filter(({ path }) => !given.has(nameOf(path)));
  for (const { message, suggestion } of misnamed.slice(0, SHOWN)) {
    report({
      code: "template_variable_missing",
      message: `In the template ${quote(id)}: ${message}`,
      path: place,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  const said = new Set(misnamed.map(({ path }) => path));
  const missing = unique(
    [...names.outer].filter((path) => !said.has(path) && path !== ".").map(nameOf),
  ).filter((name) => !given.has(name) && !names.optional.has(name));
  if (missing.length > 0) {
    const code = "template_variable_missing";
    report({ code, message: missingMessage(id, missing), path: place });
  }
  const used = new Set([...names.outer, ...names.inner].map(nameOf));
  const meant = new Set(misnamed.flatMap(({ suggestion }) => suggestion ?? []));
  for (const [name, index] of given) {
    if (used.has(name) || meant.has(name)) continue;
    report({
      code: "template_variable_unused",
      message: `The template ${quote(id)} does not use ${quote(name)}.`,
      path: [...place, index],
      meant: { name, among: missing },
    });
  }
}

/** A variable has the last part of its path as its name. */
function nameGiven(variable: JsonValue, index: number): [string, number][] {
  return typeof variable === "string" ? [[variable.split(".").at(-1) ?? "", index]] : [];
}

function missingMessage(id: string, missing: readonly string[]): string {
  const shown = missing.slice(0, SHOWN).map(quote).join(", ");
  const more = missing.length > SHOWN ? ` and ${missing.length - SHOWN} more` : "";
  const nothing = missing.length === 1 ? "it renders empty" : "they render empty";
  return `The template ${quote(id)} uses ${shown}${more}, which "variables" does not define; ${nothing}.`;
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
