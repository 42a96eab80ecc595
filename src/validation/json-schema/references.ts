/**
 * Resolves every `$ref` to its node and refuses unresolvable and endless references, and what
 * would grow without bound. Owns identifiers, anchors and the graph of in-place application.
 *
 * A reference reaches schemas of the same document only; nothing is ever fetched.
 */
import { pointer } from "#model/pointer.ts";
import { LIMITS } from "#model/limits.ts";
import type { SchemaNode, SchemaProblem } from "./compile.ts";

/** Placeholder for the address of a document that does not say its own. */
const DOCUMENT_BASE = "https://schema.invalid/";

interface Index {
  byPointer: Map<string, SchemaNode>;
  /** Schemas with an identifier of their own, and the document, by absolute URI. */
  byUri: Map<string, SchemaNode>;
  /** By absolute URI with `#anchor`. */
  byAnchor: Map<string, SchemaNode>;
  /** The URI that references inside a node are relative to. */
  bases: Map<SchemaNode, string>;
}

/** Sets `ref` of every node; returns what is wrong. `root` is the node of the whole document. */
export function resolveReferences(root: SchemaNode, nodes: readonly SchemaNode[]): SchemaProblem[] {
  const index: Index = {
    byPointer: new Map(nodes.map((node) => [node.pointer, node])),
    byUri: new Map([[DOCUMENT_BASE, root]]),
    byAnchor: new Map(),
    bases: new Map(),
  };
  const problems: SchemaProblem[] = [];
  collect(root, DOCUMENT_BASE, index, problems);
  for (const node of nodes) {
    const problem = resolveReference(node, index);
    if (problem !== null) problems.push(problem);
  }
  return problems.length > 0 ? problems : checkExpansion(root, nodes);
}

/** Every subschema of a node, wherever it stands. */
function children(node: SchemaNode): SchemaNode[] {
  return Object.values(node.one).concat(
    Object.values(node.many).flat(),
    Object.values(node.named).flatMap((map) => Array.from(map.values())),
  );
}

/** The subschemas that apply to the same value as the node itself. */
function inPlace(node: SchemaNode): SchemaNode[] {
  const { one, many, named } = node;
  return [node.ref, one.not, one.if, one.then, one.else]
    .concat(many.allOf, many.anyOf, many.oneOf, [...(named.dependentSchemas?.values() ?? [])])
    .filter((child) => child !== null && child !== undefined);
}

function text(node: SchemaNode, keyword: "$id" | "$anchor" | "$ref"): string | null {
  const value = typeof node.source === "boolean" ? undefined : node.source[keyword];
  return typeof value === "string" ? value : null;
}

function collect(node: SchemaNode, outer: string, index: Index, problems: SchemaProblem[]): void {
  const base = enter(node, outer, index, problems);
  index.bases.set(node, base);
  const anchor = text(node, "$anchor");
  if (anchor !== null) {
    const known = index.byAnchor.get(`${base}#${anchor}`);
    if (known !== undefined) problems.push(duplicate(node, "$anchor", known));
    index.byAnchor.set(`${base}#${anchor}`, node);
  }
  for (const child of children(node)) collect(child, base, index, problems);
}

function enter(node: SchemaNode, outer: string, index: Index, problems: SchemaProblem[]): string {
  const id = text(node, "$id");
  if (id === null) return outer;
  // Earlier drafts end an identifier with an empty fragment.
  const base = URL.parse(id.replace(/#$/, ""), outer)?.href;
  if (base === undefined) {
    const message = `"$id" is not a URI reference: ${JSON.stringify(id)}.`;
    problems.push({ pointer: node.pointer + pointer("$id"), code: "invalid_keyword", message });
    return outer;
  }
  const known = index.byUri.get(base);
  if (known !== undefined && known !== node) problems.push(duplicate(node, "$id", known));
  index.byUri.set(base, node);
  return base;
}

function duplicate(node: SchemaNode, keyword: string, known: SchemaNode): SchemaProblem {
  const where = known.pointer === "" ? "the top" : known.pointer;
  return {
    pointer: node.pointer + pointer(keyword),
    code: "duplicate_id",
    message: `"${keyword}" is already used at ${where}.`,
  };
}

function resolveReference(node: SchemaNode, index: Index): SchemaProblem | null {
  const reference = text(node, "$ref");
  if (reference === null) return null;
  const at = node.pointer + pointer("$ref");
  const url = URL.parse(reference, index.bases.get(node));
  const fragment = decodeFragment(url?.hash ?? "");
  if (url === null || fragment === null) {
    return { pointer: at, code: "unresolved_ref", message: `"${reference}" is not a reference.` };
  }
  url.hash = "";
  const resource = index.byUri.get(url.href);
  if (resource === undefined) {
    const message = `"${reference}" is not in this document; nothing is fetched.`;
    return { pointer: at, code: "remote_ref", message };
  }
  node.ref =
    (fragment === "" || fragment.startsWith("/")
      ? index.byPointer.get(resource.pointer + fragment)
      : index.byAnchor.get(`${url.href}#${fragment}`)) ?? null;
  if (node.ref !== null) return null;
  const message = `"${reference}" does not lead to a schema in this document.`;
  return { pointer: at, code: "unresolved_ref", message };
}

/** The text of a fragment without `#`, or null when its percent signs are wrong. */
function decodeFragment(hash: string): string | null {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

/**
 * In-place application must end by itself: a chain of references back to the same schema, on the
 * same value, would never stop; one that doubles at each step would stop too late.
 */
function checkExpansion(root: SchemaNode, nodes: readonly SchemaNode[]): SchemaProblem[] {
  const sizes = new Map<SchemaNode, number>();
  const open = new Set<SchemaNode>();
  const problems: SchemaProblem[] = [];
  const measure = (node: SchemaNode): number => {
    const known = sizes.get(node);
    if (known !== undefined) return known;
    open.add(node);
    let size = 1;
    for (const child of inPlace(node)) {
      if (open.has(child)) problems.push(recursive([...open], child));
      else size += measure(child);
    }
    open.delete(node);
    sizes.set(node, size);
    return size;
  };
  const largest = nodes.reduce((most, node) => Math.max(most, measure(node)), 0);
  if (problems.length === 0 && largest > LIMITS.jsonSchemaWork) {
    const message = "The references of this schema expand to more than can be validated.";
    problems.push({ pointer: root.pointer, code: "too_complex", message });
  }
  return problems;
}

/** Every such circle passes through a `$ref`; that is the one to point at. */
function recursive(open: readonly SchemaNode[], target: SchemaNode): SchemaProblem {
  const circle = open.slice(open.indexOf(target));
  const culprit = circle.findLast((node) => node.ref !== null && circle.includes(node.ref));
  return {
    pointer: (culprit ?? target).pointer + pointer("$ref"),
    code: "recursive_ref",
    message:
      "This reference leads back to itself at the same value: evaluating it would never end.",
  };
}
