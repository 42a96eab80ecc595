/**
 * `ctx["runtime"]["inputs"]["x"]` of format 0.1 → `runtime.inputs.x`, in expressions, placeholders
 * and paths. Owns what of `ctx` has a counterpart: its three roots, named outright. Works on the
 * syntax tree, so that text in quotes stays as it is, and changes nothing but the chains.
 */
import { type Accessor, childrenOf, type Node } from "#expression/ast.ts";
import { parseExpression } from "#expression/parse.ts";

/** Offsets within the text that was read. */
export interface Replacement {
  start: number;
  end: number;
  text: string;
}

export type Rewriting =
  | { ok: true; replacements: Replacement[] }
  | { ok: false; message: string; offset: number };

const ROOTS: ReadonlySet<string> = new Set(["static", "profile", "runtime"]);
const IDENTIFIER = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u;
const RESERVED = new Set(["and", "or", "not", "in", "True", "False", "None"]);
const PATH_NAME = /^[A-Za-z0-9_-]+$/;

/** What changes in an expression, or why it cannot be brought over. */
export function rewriteExpression(text: string): Rewriting {
  const parsed = parseExpression(text);
  if (!parsed.ok) return { ok: false, message: parsed.error.message, offset: parsed.error.offset };
  const replacements: Replacement[] = [];
  const stray = rewriteNode(parsed.value.root, replacements);
  return stray ?? { ok: true, replacements };
}

/** What changes in the placeholders of a text: `{{ctx["runtime"]["inputs"]["x"]}}`. */
export function rewritePlaceholders(text: string): Rewriting {
  const replacements: Replacement[] = [];
  for (const match of text.matchAll(/\{\{\s*(ctx(?![\w-])[^{}]*?)\s*\}\}/g)) {
    const [whole, inner = ""] = match;
    const start = match.index + whole.indexOf(inner);
    const rewriting = rewritePath(inner);
    if (!rewriting.ok) return { ...rewriting, offset: start + rewriting.offset };
    replacements.push(
      ...rewriting.replacements.map(({ text: path }) => ({
        start,
        end: start + inner.length,
        text: path,
      })),
    );
  }
  return { ok: true, replacements };
}

/** What changes in a name or path: all of it when it begins with `ctx`, else nothing. */
export function rewritePath(text: string): Rewriting {
  if (!/^\s*ctx(?![\w-])/.test(text)) return { ok: true, replacements: [] };
  const parsed = parseExpression(text);
  if (!parsed.ok) return { ok: false, message: parsed.error.message, offset: parsed.error.offset };
  const { root } = parsed.value;
  const names = root.kind === "access" ? root.accessors.map(({ key }) => pathName(key)) : [];
  const [first, ...rest] = names;
  if (!isCtx(root) || first === undefined || first === null || !ROOTS.has(first)) {
    return { ok: false, message: WITHOUT_COUNTERPART, offset: root.offset };
  }
  if (rest.includes(null)) return { ok: false, message: NOT_A_PATH, offset: root.offset };
  return { ok: true, replacements: [{ start: 0, end: text.length, text: names.join(".") }] };
}

const WITHOUT_COUNTERPART =
  '"ctx" has a counterpart only as ctx["runtime"], ctx["profile"] or ctx["static"], each with a name in quotes.';
const NOT_A_PATH =
  "This has no counterpart as a dotted path: each part must be a number, or a name of letters, digits, _ and -.";

function pathName(key: Node): string | null {
  if (key.kind === "integer") return String(key.value);
  const name = key.kind === "constant" ? key.value : null;
  return typeof name === "string" && PATH_NAME.test(name) ? name : null;
}

/** The chain of accessors of `ctx`, or null when the node is another. */
function isCtx(node: Node): node is Extract<Node, { kind: "access" }> {
  return node.kind === "access" && node.base.kind === "name" && node.base.name === "ctx";
}

type Stray = Extract<Rewriting, { ok: false }>;

/** Collects what changes below a node; returns the first use of `ctx` without a counterpart. */
function rewriteNode(node: Node, replacements: Replacement[]): Stray | null {
  if (isCtx(node)) return rewriteChain(node, replacements);
  if (node.kind === "name" && node.name === "ctx") {
    return { ok: false, message: WITHOUT_COUNTERPART, offset: node.offset };
  }
  for (const child of childrenOf(node)) {
    const stray = rewriteNode(child, replacements);
    if (stray !== null) return stray;
  }
  return null;
}

function rewriteChain(
  { accessors, offset }: Extract<Node, { kind: "access" }>,
  replacements: Replacement[],
): Stray | null {
  const [root, ...rest] = accessors;
  const name = root === undefined ? null : nameOf(root);
  if (root === undefined || name === null || !ROOTS.has(name)) {
    return { ok: false, message: WITHOUT_COUNTERPART, offset };
  }
  replacements.push({ start: offset, end: root.end, text: name });
  for (const accessor of rest) {
    const key = nameOf(accessor);
    if (key !== null && IDENTIFIER.test(key) && !RESERVED.has(key)) {
      replacements.push({ start: accessor.offset, end: accessor.end, text: `.${key}` });
      continue;
    }
    const stray = rewriteNode(accessor.key, replacements);
    if (stray !== null) return stray;
  }
  return null;
}

function nameOf({ key }: Accessor): string | null {
  return key.kind === "constant" && typeof key.value === "string" ? key.value : null;
}
