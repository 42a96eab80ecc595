/** From a request to a workflow that can be stored: read, diagnosed, in canonical form. */
import { parseJsonText } from "#model/json-text.ts";
import { configuredProviders } from "#ai/registry.ts";
import { openDatabase } from "#db/database.ts";
import { readTemplateTexts } from "#db/templates.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import { isError } from "#model/severity.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { CANONICAL_FORM, canonicalJson, definitionHash } from "#workflow/canonical.ts";
import { readWorkflow, type WorkflowSource } from "#workflow/read.ts";
import { IN_WORKFLOW } from "#workflow/source/json-value.ts";
import { unsupportedType } from "../problems/body-problems.ts";
import { ProblemError } from "../problems/problems.ts";
import { type BodyDeclaration, checkJson, JSON_PROBLEMS, JSON_TYPE } from "../route/body.ts";
import { isYaml, YAML_TYPE } from "../route/request-body.ts";
import type { AppContext } from "../types.ts";
import { namesIn, visibleNames } from "../visible-names.ts";
import { workflowBodyContent } from "./schemas.ts";

export interface ReadyWorkflow {
  definition: WorkflowDefinition;
  hash: string;
  canonicalForm: typeof CANONICAL_FORM;
  templateIds: string[];
  secretNames: string[];
  /** Only warnings and hints: an error is a problem, and the workflow is not stored. */
  diagnostics: Diagnostic[];
}

/** A workflow as JSON or YAML: its source, to be read together with what it refers to. */
export const workflowBody: BodyDeclaration<WorkflowSource> = {
  described: {
    required: true,
    description: "The workflow itself, as JSON or YAML.",
    content: workflowBodyContent,
  },
  problems: JSON_PROBLEMS,
  texts: IN_WORKFLOW,
  async open(body) {
    const text = await body.text();
    if (isYaml(body.mediaType)) return () => ({ format: "yaml", text });
    if (body.mediaType !== JSON_TYPE) throw unsupportedType(JSON_TYPE, YAML_TYPE);
    const { value, inexact, reordered } = checkJson(await body.json());
    return () => ({ format: "json", value, inexact, reordered });
  },
};

/** The same, or null without a body. */
export const optionalWorkflowBody: BodyDeclaration<WorkflowSource | null> = {
  ...workflowBody,
  described: { ...workflowBody.described, required: false },
  async open(body) {
    return (await body.text()) === "" ? () => null : workflowBody.open(body);
  },
};

/** The workflow, or 422 with everything that is wrong with it. */
export async function readyWorkflow(
  c: AppContext,
  source: WorkflowSource,
  id: string | null,
): Promise<ReadyWorkflow> {
  const { definition, diagnostics } = await diagnose(c, source, id);
  if (!definition) {
    const errors = diagnostics.filter(isError).length;
    throw new ProblemError({
      code: diagnostics.some(({ code }) => code === "number_not_exact")
        ? "number_not_exact"
        : "invalid_workflow",
      detail: summary(errors, diagnostics),
      // A hint is no reason for refusing the workflow.
      errors: diagnostics.filter(({ severity }) => severity !== "hint"),
    });
  }
  const canonical = canonicalJson(definition);
  return {
    definition: parseJsonText(canonical),
    hash: await definitionHash(canonical),
    canonicalForm: CANONICAL_FORM,
    ...namesIn(definition),
    diagnostics,
  };
}

function summary(errors: number, diagnostics: Diagnostic[]): string {
  const first = diagnostics.find(isError)?.message ?? "";
  return errors === 1 ? first : `${errors} errors; the first: ${first}`;
}

export async function diagnose(
  c: AppContext,
  source: WorkflowSource,
  id: string | null,
): Promise<{ definition: WorkflowDefinition | null; diagnostics: Diagnostic[] }> {
  const settings = c.get("settings");
  const { API_CALL_ALLOW_HTTP_HOSTS, API_CALL_ALLOW_HOSTS } = settings;
  const { templateIds, secrets, secretsWithin } = await visibleNames(c);
  const db = openDatabase(c.env.DB);
  const templates = await readTemplateTexts(db, idsIn(source, templateIds));
  return readWorkflow(source, {
    allowHttpHosts: API_CALL_ALLOW_HTTP_HOSTS,
    allowHosts: API_CALL_ALLOW_HOSTS.length === 0 ? null : API_CALL_ALLOW_HOSTS,
    templateIds: new Set(templateIds),
    templates,
    providers: new Set(configuredProviders(settings)),
    secretNames: new Set(secrets.map(({ name }) => name)),
    secretUses: new Map(
      secrets.flatMap(({ name, workflows }) => (workflows === null ? [] : [[name, workflows]])),
    ),
    ...(secretsWithin === null ? {} : { secretsWithin }),
    work: c.get("work"),
    ...(id === null ? {} : { id }),
  });
}

/**
 * The ids that appear anywhere in the source. Which templates its steps name is known only after
 * parsing, and it is parsed once, with the texts of all templates that it might name.
 */
function idsIn(source: WorkflowSource, ids: readonly string[]): string[] {
  const text = source.format === "yaml" ? source.text : JSON.stringify(source.value);
  const words = new Set(text.match(/[a-z][a-z0-9_-]*/g));
  return ids.filter((id) => words.has(id));
}
