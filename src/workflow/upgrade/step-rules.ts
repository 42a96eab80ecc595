/** The keys of each kind of step in format 0.1. Settings stand beside `kind` there. */
import { isScalar, type YAMLMap } from "yaml";
import { STEP_TYPES, type StepType } from "#model/workflow.ts";
import { quote } from "../findings.ts";
import type { Path } from "../source/places.ts";
import { type Draft, replaced, written } from "./draft.ts";
import { fieldsValue } from "./fields.ts";
import { KINDS } from "./names.ts";
import { type KeyRule, type Rules, sameKeys, sameMapping } from "./rules.ts";
import {
  approverValue,
  durationValue,
  expressionValue,
  methodValue,
  pathsValue,
  placeholdersValue,
  type ValueRule,
} from "./values.ts";

const kindValue: ValueRule = (draft, value, path) => {
  const type = typeOf(isScalar(value) ? value.value : null);
  if (type !== null && isScalar(value)) return value.value === type ? [] : [replaced(value, type)];
  const found = value === null ? "" : written(draft, value);
  const message = `${quote(found)} is not a kind of step; its settings have no counterpart either.`;
  const meant = { name: found, among: KINDS.keys() };
  draft.report({ code: "unknown_step_type", message, path, meant });
  return null;
};

const COMMON: readonly [string, KeyRule][] = [
  ["kind", { to: "type", value: kindValue }],
  ["title", { to: "name" }],
  ["goto", { to: "next" }],
  ["on_error", { to: "on_error" }],
];
const RETRY: [string, KeyRule] = [
  "retry",
  { to: "retry", value: sameMapping({ kind: "retry", type: null }) },
];

/** Settings with a name or a value that changed; all others are the same. */
const CHANGED: Readonly<Record<StepType, readonly [string, KeyRule][]>> = {
  form: [["fields", { to: "fields", value: fieldsValue }]],
  ai_generate: [
    ["prompt", { to: "template_id" }],
    ["inputs", { to: "variables", value: pathsValue }],
    ["schema", { to: "json_schema" }],
    ["timeout", { to: "timeout_s", value: durationValue }],
    ["fallback", { to: "fallback", value: sameMapping({ kind: "fallback", type: null }) }],
  ],
  conditional: [
    ["condition", { to: "when", value: expressionValue }],
    ["if_true", { to: "then" }],
    ["if_false", { to: "else" }],
  ],
  api_call: [
    ["endpoint", { to: "url", value: placeholdersValue }],
    ["verb", { to: "method", value: methodValue }],
    ["timeout", { to: "timeout_s", value: durationValue }],
    ["headers", { to: "headers", value: placeholdersValue }],
    ["body", { to: "body", value: placeholdersValue }],
  ],
  approval: [["approver", { to: "approvers", value: approverValue }]],
};

const RULES: ReadonlyMap<StepType, Rules> = new Map(
  STEP_TYPES.map((type) => {
    const changed = CHANGED[type];
    const same = sameKeys(
      { kind: "config", type },
      changed.map(([, { to }]) => to),
    );
    const settings = [...changed, ...same].map(([key, rule]): [string, KeyRule] => [
      key,
      { ...rule, isSetting: true },
    ]);
    const isRetried = type === "ai_generate" || type === "api_call";
    return [type, new Map([...COMMON, ...(isRetried ? [RETRY] : []), ...settings])];
  }),
);

/** The rules for a step by its kind. Of an unknown kind only what all steps have is known. */
export function rulesOfStep(
  draft: Draft,
  step: YAMLMap.Parsed,
  path: Path,
): { rules: Rules; isPartial: boolean } {
  const kind = step.get("kind");
  const type = typeOf(kind);
  if (kind === undefined) {
    const message = 'Missing key "kind"; without it the settings of the step have no counterpart.';
    draft.report({ code: "missing_key", message, path: [...path, "kind"] });
  }
  const rules = type === null ? undefined : RULES.get(type);
  return { rules: rules ?? new Map(COMMON), isPartial: rules === undefined };
}

/** A type by its word of 0.1, or by that of 0.2, which can mean nothing else. */
function typeOf(kind: unknown): StepType | null {
  if (typeof kind !== "string") return null;
  return KINDS.get(kind) ?? STEP_TYPES.find((type) => type === kind) ?? null;
}
