/** The settings of an ai_generate beyond their structure: template, variables, JSON Schema. */
import { isJsonObject, type JsonObject } from "#model/json.ts";
import { reviewJsonSchema } from "#validation/json-schema/validate.ts";
import type { DiagnosticCode } from "../codes.ts";
import { checkVariables } from "./content-paths.ts";
import { checkTemplateNames, type TemplateTexts } from "./content-template.ts";
import { quote, type Report } from "../findings.ts";
import type { NameUse } from "./name-use.ts";
import type { OutlineStep } from "./outline.ts";
import { fromPointer } from "#model/pointer.ts";
import type { Path } from "../source/places.ts";
import { listIn, memberOf, stringIn } from "../member.ts";

/** What the deployment knows of models. What is absent is not checked. */
export interface AiFacts {
  templateIds?: ReadonlySet<string>;
  /** The texts of templates by id, of those that the workflow may name. */
  templates?: ReadonlyMap<string, TemplateTexts>;
  /** The providers that can be asked. */
  providers?: ReadonlySet<string>;
}

const SCHEMA_CODES: Readonly<Record<string, DiagnosticCode>> = {
  too_deep: "json_schema_too_large",
  too_large: "json_schema_too_large",
  too_complex: "json_schema_too_large",
  remote_ref: "json_schema_ref",
  unresolved_ref: "json_schema_ref",
  recursive_ref: "json_schema_ref",
  invalid_pattern: "invalid_pattern",
};

export function checkAiConfig(
  step: OutlineStep,
  { templateIds, templates, providers }: AiFacts,
  report: Report,
): NameUse[] {
  checkTemplate(step, templateIds, report);
  checkTemplateNames(step, templates, report);
  checkProviders(step, providers, report);
  return checkVariables(step, report);
}

/** Each provider that the step names can be asked here. */
function checkProviders(
  { config, path }: OutlineStep,
  providers: ReadonlySet<string> | undefined,
  report: Report,
): void {
  if (providers === undefined) return;
  const check = (owner: JsonObject, place: Path): void => {
    const name = stringIn(owner, "provider");
    if (name === null || providers.has(name)) return;
    const configured = [...providers].toSorted().join(", ") || "none";
    const message = `The provider ${quote(name)} is not configured here, so it cannot be used; configured: ${configured}.`;
    report({ code: "provider_not_configured", message, path: [...place, "provider"] });
  };
  check(config, [...path, "config"]);
  for (const [index, entry] of listIn(config, "fallback").entries()) {
    if (isJsonObject(entry)) check(entry, [...path, "config", "fallback", index]);
  }
}

/** Checks that the JSON Schema can be used. */
export function checkSchema(step: OutlineStep, report: Report): void {
  const schema = memberOf(step.config, "json_schema");
  if (!isJsonObject(schema)) return;
  const { errors, warnings } = reviewJsonSchema(schema);
  for (const { pointer, code, ...words } of errors) {
    report({
      code: SCHEMA_CODES[code] ?? "invalid_json_schema",
      ...words,
      path: [...step.path, "config", "json_schema", ...fromPointer(pointer)],
    });
  }
  for (const { pointer, code: _, ...words } of warnings) {
    const path = [...step.path, "config", "json_schema", ...fromPointer(pointer)];
    report({ code: "json_schema_keyword", ...words, path, spot: "key" });
  }
}

function checkTemplate(
  step: OutlineStep,
  templateIds: ReadonlySet<string> | undefined,
  report: Report,
): void {
  const id = stringIn(step.config, "template_id");
  if (id === null || templateIds === undefined || templateIds.has(id)) return;
  report({
    code: "unknown_template",
    message: `There is no template ${quote(id)}.`,
    path: [...step.path, "config", "template_id"],
    meant: { name: id, among: templateIds },
  });
}
