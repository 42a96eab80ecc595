/**
 * A workflow as written → its definition and everything that can be said about it.
 *
 * Owns the order of the stages and what each may rely on: read (YAML or JSON) → version →
 * structure → graph → content → names. A stage runs even when the one before found errors, as far
 * as its findings would be true, so that all problems show at once. Invariants:
 * 1. never throws, for any text;
 * 2. a definition is given if and only if there is no error;
 * 3. the definition read again from its canonical JSON is the same.
 */
import type { Diagnostic } from "#model/diagnostic.ts";
import { type InexactNumber, parseExactJson } from "#model/exact-json.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { Work } from "#model/work.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { canonicalise } from "./canonicalise.ts";
import { severityOf } from "./codes.ts";
import { checkContent, type ContentFacts } from "./checks/content.ts";
import { withoutExtensions } from "./extensions.ts";
import { type Finding, type Report, toDiagnostics } from "./findings.ts";
import { checkGraph } from "./checks/graph.ts";
import { settleId } from "./identity.ts";
import { kindOf } from "./structure/issues.ts";
import { IN_WORKFLOW, readJson } from "./source/json-value.ts";
import { checkNames } from "./checks/names.ts";
import { outlineOf } from "./checks/outline.ts";
import type { Path } from "./source/places.ts";
import { fromPointer } from "#model/pointer.ts";
import { checkStructure } from "./structure/structure.ts";
import { checkVersion } from "./version.ts";
import { readYaml } from "./source/yaml.ts";

export type WorkflowSource =
  | { format: "yaml"; text: string }
  | {
      format: "json";
      value: JsonValue;
      /** Numbers that a double does not hold, which stand in the value as their texts. */
      inexact?: readonly InexactNumber[];
      /** JSON Pointers of objects whose keys stand in another order than in the text. */
      reordered?: readonly string[];
    };

/** JSON text, which must be sound, with what an object or a double would change of it. */
export function jsonSource(text: string): WorkflowSource {
  const read = parseExactJson(text, { texts: IN_WORKFLOW, named: LIMITS.diagnostics });
  if (!read.ok) throw new SyntaxError(read.message);
  const { value, inexact, reordered } = read;
  return { format: "json", value, inexact, reordered };
}

/** What the deployment knows. What is absent is not checked. */
export interface Facts {
  /** `host:port` that api_call may reach by http or although private. */
  allowHttpHosts: string[];
  /** The only hosts that may be called; null or absent: all public ones. */
  allowHosts?: string[] | null;
  templateIds?: ReadonlySet<string>;
  /** The texts of templates by id, of those that the workflow may name. */
  templates?: ReadonlyMap<string, { system?: string; prompt: string }>;
  /** The providers of models that can be asked. */
  providers?: ReadonlySet<string>;
  /** Secrets that are stored, of those that the caller may learn of. */
  secretNames?: ReadonlySet<string>;
  /** Of them, those that name the workflows that may use them. */
  secretUses?: ReadonlyMap<string, readonly string[]>;
  /** For a caller who is limited to one workflow: the only secrets that it may name. */
  secretsWithin?: ReadonlySet<string>;
  /** The id from the address, when the workflow is put there. */
  id?: string;
  /** The budget of the request; absent: one of its own. */
  work?: Work;
}

export interface ReadResult {
  /** Null when there is any error. */
  definition: WorkflowDefinition | null;
  /** Errors first, each kind by position; at most `LIMITS.diagnostics`. */
  diagnostics: Diagnostic[];
}

/** Reads a workflow. Lines and columns are given when it was YAML. Never throws. */
export function readWorkflow(source: WorkflowSource, facts: Facts): ReadResult {
  const { work = Work.ofRequest() } = facts;
  const findings: Finding[] = [];
  const report: Report = (finding) => findings.push(finding);
  const { value, origin, reordered } = readSource(source, report);
  reportOrder(reordered, report);
  const definition = value === undefined ? null : define(value, facts, report);
  const sound = findings.every(({ code }) => severityOf(code) !== "error");
  return {
    definition: sound ? definition : null,
    diagnostics: toDiagnostics(findings, origin, work),
  };
}

function readSource(source: WorkflowSource, report: Report) {
  if (source.format === "yaml") return readYaml(source.text, report);
  const reordered = (source.reordered ?? []).map(fromPointer);
  return { ...readJson(source.value, source.inexact ?? [], report), reordered };
}

/** Of JSON Schemas only: elsewhere order is no meaning, and canonical form sorts it away. */
function reportOrder(reordered: readonly Path[], report: Report): void {
  for (const path of reordered) {
    const [top, , config, key] = path;
    if (top !== "steps" || config !== "config" || key !== "json_schema") continue;
    const message =
      "The order of these keys is changed: keys that are whole numbers come first, ascending. The model gets them in that order; use names that start with a letter to keep yours.";
    report({ code: "key_order_changed", message, path });
  }
}

function define(value: JsonValue, facts: Facts, report: Report): WorkflowDefinition | null {
  if (!isJsonObject(value)) {
    const message =
      value === null
        ? "The document is empty; a workflow is a mapping with name, start_step and steps."
        : `A workflow is a mapping with name, start_step and steps, not ${kindOf(value)}.`;
    report({ code: "not_a_workflow", message, path: [] });
    return null;
  }
  const workflow = withoutExtensions(value);
  if (!checkVersion(workflow, report)) return null;
  const authored = checkStructure(workflow, report);
  // Needed by a check before its findings have their place among the others.
  const workflowId = settleId(workflow, facts.id, () => null);
  checkMeaning(workflow, { ...facts, workflowId }, report);
  const id = settleId(workflow, facts.id, report);
  return authored === null || id === null ? null : canonicalise(authored, id);
}

function checkMeaning(workflow: JsonObject, facts: ContentFacts, report: Report): void {
  const outline = outlineOf(workflow);
  const uses = checkContent(outline, facts, report);
  const graph = checkGraph(outline, report);
  if (graph !== null) checkNames(outline, graph, uses, report);
}
