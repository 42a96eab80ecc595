/**
 * A workflow of format 0.1 → the same workflow in format 0.2, as text.
 *
 * The text is edited, never rewritten: comments, blank lines, quotes, the style of lists and
 * mappings, line ends and the order of keys stay where they were. docs/upgrading.md has the table.
 *
 * Invariants:
 * 1. nothing is thrown, for any text;
 * 2. what has no counterpart is reported, and in the result it stands under `x-unmapped`;
 * 3. a text of format 0.2 is left as it is, so upgrading twice is upgrading once.
 */
import { isCollection, isMap, parseDocument, type ParsedNode, type YAMLMap } from "yaml";
import type { Diagnostic } from "#model/diagnostic.ts";
import { type Finding, toDiagnostics } from "../findings.ts";
import { readYaml } from "../source/yaml.ts";
import { draftOf } from "./draft.ts";
import { edited } from "./edits.ts";
import { fieldsValue } from "./fields.ts";
import { formatOf } from "./format.ts";
import { mappingEdits, type Rules, sameKeys } from "./rules.ts";
import { stepsValue } from "./steps.ts";
import { pathsValue, versionValue } from "./values.ts";

export type UpgradeResult =
  | {
      outcome: "upgraded";
      /** With what has no counterpart under `x-unmapped`. */
      text: string;
      /** What has no counterpart, with its place in the old text. */
      unmapped: Diagnostic[];
      /** Steps that had no title: their name is their id. */
      unnamed: string[];
    }
  /** The text is of format 0.2 already. */
  | { outcome: "current" }
  /** It cannot be upgraded as it is, even with `--force`. */
  | { outcome: "refused"; diagnostics: Diagnostic[] };

const LEVEL = { kind: "workflow", type: null } as const;

const RULES: Rules = new Map([
  ["version", { to: "schema_version", value: versionValue }],
  ["schema_version", { to: "schema_version", value: versionValue }],
  ["title", { to: "name" }],
  ["start", { to: "start_step" }],
  ["inputs", { to: "inputs", value: fieldsValue }],
  ["output", { to: "output", value: pathsValue }],
  ["steps", { to: "steps", value: stepsValue }],
  ...sameKeys(LEVEL, ["schema_version", "start_step", "inputs", "output", "steps"]),
]);

/** Brings a file of format 0.1 over. Never throws. */
export function upgradeWorkflow(source: string): UpgradeResult {
  const hasMark = source.startsWith("\uFEFF");
  const text = hasMark ? source.slice(1) : source;
  const refused: Finding[] = [];
  const { value, origin } = readYaml(text, (finding) => refused.push(finding));
  const format = value === undefined ? null : formatOf(value);
  if (format !== null && typeof format === "object") refused.push(format);
  if (refused.length > 0)
    return { outcome: "refused", diagnostics: toDiagnostics(refused, origin) };
  if (format === "0.2") return { outcome: "current" };
  const lost: Finding[] = [];
  const { root, flows } = documentOf(text);
  const draft = draftOf(text, { origin, flows }, { lost, refused });
  const edits = root === null ? [] : mappingEdits(draft, root, { rules: RULES, path: [] });
  if (refused.length > 0) {
    return { outcome: "refused", diagnostics: toDiagnostics([...refused, ...lost], origin) };
  }
  return {
    outcome: "upgraded",
    text: (hasMark ? "\uFEFF" : "") + edited(text, [0, text.length], edits),
    unmapped: toDiagnostics(lost, origin),
    unnamed: draft.unnamed,
  };
}

/** The document with the places of its nodes. `readYaml` has judged the text before. */
function documentOf(text: string): { root: YAMLMap.Parsed | null; flows: ParsedNode[] } {
  const { contents } = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    resolveKnownTags: false,
    uniqueKeys: false,
    keepSourceTokens: true,
    logLevel: "silent",
  });
  const flows: ParsedNode[] = [];
  const collect = (node: ParsedNode | null): void => {
    if (!isCollection(node)) return;
    if (node.flow === true) {
      flows.push(node);
      return;
    }
    for (const item of node.items) collect("key" in item ? item.value : item);
  };
  collect(contents);
  return { root: isMap(contents) ? contents : null, flows };
}
