/** The names an expression reads, for checks at save: which of them can be set by then. */
import { type Accessor, childrenOf, type Expression, type Node } from "./ast.ts";

/**
 * A name and the constant part of its chain: `steps.a["b"][0].c[i].d` gives
 * `["steps", "a", "b", "0", "c"]`. `offset` is that of the name, in UTF-16 units.
 */
export interface Reference {
  path: string[];
  offset: number;
}

/** All readings in source order, repeated ones too; functions that are called are not names. */
export function expressionReferences(expression: Expression): Reference[] {
  const references: Reference[] = [];
  collect(expression.root, references);
  return references;
}

function collect(node: Node, references: Reference[]): void {
  if (node.kind === "name") references.push({ path: [node.name], offset: node.offset });
  if (node.kind === "access" && node.base.kind === "name") {
    const path = [node.base.name, ...constantKeys(node.accessors)];
    references.push({ path, offset: node.offset });
    for (const { key } of node.accessors) collect(key, references);
    return;
  }
  for (const child of childrenOf(node)) collect(child, references);
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
