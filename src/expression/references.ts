/** The names an expression reads, for checks at save: which of them can be set by then. */
import { type Accessor, childrenOf, type Expression, type Node } from "./ast.ts";

/**
 * A name and the constant part of its chain: `steps.a["b"][0].c[i].d` has `["steps", "a", "b", "0",
 * "c"]`. `offset` is that of the name, in UTF-16 units.
 */
export interface Reference {
  path: string[];
  offset: number;
  /** Paths that are there wherever this is read: `x.k` behind `"k" in x and`. */
  guards: readonly Path[];
}

type Path = readonly string[];

/** All readings in source order, repeated ones too; functions that are called are not names. */
export function expressionReferences(expression: Expression): Reference[] {
  const references: Reference[] = [];
  collect(expression.root, [], references);
  return references;
}

function collect(node: Node, guards: readonly Path[], references: Reference[]): void {
  if (node.kind === "name") references.push({ path: [node.name], offset: node.offset, guards });
  if (node.kind === "access" && node.base.kind === "name") {
    const path = [node.base.name, ...constantKeys(node.accessors)];
    references.push({ path, offset: node.offset, guards });
    for (const { key } of node.accessors) collect(key, guards, references);
    return;
  }
  if (node.kind === "and" || node.kind === "or") {
    // What stands to the right is read only where all to the left were true, or false.
    let known = guards;
    for (const operand of node.operands) {
      collect(operand, known, references);
      const shown = shownBy(operand, node.kind === "and");
      if (shown.length > 0) known = known.concat(shown).slice(-GUARDS);
    }
    return;
  }
  for (const child of childrenOf(node)) collect(child, guards, references);
}

/** As many as are kept, so that a long chain takes no square of its length. */
const GUARDS = 100;

/** The paths that are there when a node is true, or false. */
function shownBy(node: Node, isTrue: boolean): Path[] {
  switch (node.kind) {
    case "not":
      return shownBy(node.operand, !isTrue);
    case "and":
    case "or":
      // Of `a and b` that is false, one of the two is: nothing is known of either.
      return (node.kind === "and") === isTrue
        ? node.operands.flatMap((operand) => shownBy(operand, isTrue))
        : [];
    case "comparison": {
      const [only, ...more] = node.rest;
      if (only === undefined || more.length > 0) return [];
      const asks = only.operator === "in" ? isTrue : only.operator === "not in" && !isTrue;
      return asks ? member(only.operand, node.first) : [];
    }
    case "call": {
      const [container, key] = node.operands;
      const asks = node.name === "contains" && isTrue && container && key;
      return asks ? member(container, key) : [];
    }
    default:
      return [];
  }
}

function member(container: Node, key: Node): Path[] {
  const path = pathOf(container);
  if (path === null || key.kind !== "constant" || typeof key.value !== "string") return [];
  return [[...path, key.value]];
}

/** The whole chain of a name, when all its keys are constant. */
function pathOf(node: Node): string[] | null {
  if (node.kind === "name") return [node.name];
  if (node.kind !== "access" || node.base.kind !== "name") return null;
  const keys = constantKeys(node.accessors);
  return keys.length === node.accessors.length ? [node.base.name, ...keys] : null;
}

/** Keys up to the first that only the evaluation knows. */
function constantKeys(accessors: readonly Accessor[]): string[] {
  const keys: string[] = [];
  for (const { key } of accessors) {
    const constant = key.kind === "integer" || key.kind === "constant" ? key.value : null;
    if (typeof constant !== "string" && typeof constant !== "number") break;
    keys.push(String(constant));
  }
  return keys;
}
