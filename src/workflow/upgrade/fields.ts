/** The fields of forms and of start inputs. In format 0.2 each says whether it is required. */
import { isMap, isSeq, type ParsedNode, type YAMLMap } from "yaml";
import { quote } from "../findings.ts";
import type { Path } from "../source/places.ts";
import { type Draft, inStyleOf, written } from "./draft.ts";
import type { Edit } from "./edits.ts";
import { laidOut } from "./layout.ts";
import type { Item } from "./layout-item.ts";
import { inOrder, type Outcome, outcomesOf, type Rules, sameKeys, sameMapping } from "./rules.ts";
import { fieldTypeValue, optionalValue, type ValueRule } from "./values.ts";

const LEVEL = { kind: "field", type: null } as const;

const RULES: Rules = new Map([
  ["name", { to: "key" }],
  ["type", { to: "type", value: fieldTypeValue }],
  ["optional", { to: "required", value: optionalValue }],
  ...sameKeys(LEVEL, ["key", "type", "required"]),
  ["options", { to: "options", value: sameMapping({ kind: "option", type: null }) }],
]);

/** The list under `fields` or `inputs`. */
export const fieldsValue: ValueRule = (draft, value, path) => {
  if (!isSeq(value)) return notFields(draft, value, path);
  const edits: Edit[] = [];
  let isSound = true;
  for (const [index, item] of value.items.entries()) {
    const place = [...path, index];
    if (isMap(item)) edits.push(...fieldEdits(draft, item, place));
    else isSound = notFields(draft, item, place) !== null;
  }
  return isSound ? edits : null;
};

function notFields(draft: Draft, value: ParsedNode | null, path: Path): null {
  const what = typeof path.at(-1) === "number" ? "A field is a mapping" : "Fields are a list";
  const found = value === null ? "nothing" : quote(written(draft, value));
  const message = `${what} such as { name: topic, type: str }, not ${found}.`;
  draft.report({ code: "wrong_type", message, path });
  return null;
}

function fieldEdits(draft: Draft, map: YAMLMap.Parsed, path: Path): Edit[] {
  const outcomes = outcomesOf(draft, map, { rules: RULES, path });
  if (outcomes === null) return [];
  return laidOut(draft, map, withRequired(inOrder(outcomes), outcomes));
}

/** A field of 0.1 is required unless it says that it is optional; 0.2 has it written out. */
function withRequired(items: readonly Item[], outcomes: readonly Outcome[]): Item[] {
  if (outcomes.some(({ rule }) => rule?.to === "required")) return [...items];
  const key = outcomes[0]?.entry.key;
  const name = key === undefined ? "required" : inStyleOf(key, "required");
  const required: Item = { kind: "new", text: `${name}: true` };
  const before = ["type", "key"]
    .map((to) => outcomes.find(({ rule }) => rule?.to === to)?.entry)
    .find((entry) => entry !== undefined);
  const index = items.findIndex((item) => item.kind === "entry" && item.entry === before);
  const at = index === -1 ? items.length : index + 1;
  return items.toSpliced(at, 0, required);
}
