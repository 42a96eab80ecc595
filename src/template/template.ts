/**
 * Templates for prompts: the mustache language, cut down to what cannot surprise.
 *
 * Owns the grammar that is allowed and the reading of a source into a tree. Does not own the
 * values (a lookup is passed in) nor their encoding (so is that); see `render.ts`.
 *
 * 1. Allowed are text, `{{name}}`, `{{dotted.path}}`, comments, sections and inverted sections.
 * 2. Triple braces, `{{&`, partials and changes of the delimiters are refused with their place.
 * 3. A source is checked by one linear scan before mustache sees it: mustache's own scanner is
 *    quadratic in long tags and in the number of tags, so both are bounded first.
 * 4. Nothing is cached here: mustache's cache is never emptied.
 */
import type { Failed, Result } from "#model/result.ts";
import Mustache from "mustache";
import type { JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { type RenderResult, renderNodes, type TemplateNode } from "./render.ts";

export interface ParsedTemplate {
  readonly nodes: readonly TemplateNode[];
}

interface TemplateError {
  message: string;
  /** UTF-16 units from the start of the source. */
  offset: number;
}

export type TemplateParseResult = Result<ParsedTemplate, TemplateError>;

const TAGS: [string, string] = ["{{", "}}"];
const NAME = /^[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*$/;

/** Reads a template. Fails with the place of the first tag that is not allowed. */
export function parseTemplate(source: string): TemplateParseResult {
  const problem = checkSource(source);
  if (problem !== null) return problem;
  try {
    return { ok: true, value: { nodes: toNodes(new Mustache.Writer().parse(source, TAGS)) } };
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown reason";
    return refuse(`The template cannot be parsed: ${reason}.`, 0);
  }
}

/**
 * The dotted paths that the template surely reads from outside, each once, in order. Names inside
 * a section may belong to its item, so of a section only its own name is given.
 */
export function templateReferences(template: ParsedTemplate): string[] {
  const paths = new Set<string>();
  const visit = (nodes: readonly TemplateNode[]): void => {
    for (const node of nodes) {
      if (node.kind === "text") continue;
      paths.add(node.path);
      if (node.kind === "section" && node.inverted) visit(node.nodes);
    }
  };
  visit(template.nodes);
  return [...paths];
}

/**
 * Renders in a single pass: a value is never read as a template. `lookup` answers for names that
 * no enclosing section has; `encode` makes the text of a value fit for where it lands.
 */
export function renderTemplate(
  template: ParsedTemplate,
  lookup: (path: string) => JsonValue | undefined,
  encode: (text: string) => string,
): RenderResult {
  return renderNodes(template.nodes, lookup, encode);
}

function refuse(message: string, offset: number): Failed<TemplateError> {
  return { ok: false, error: { message, offset } };
}

function checkSource(source: string): Failed<TemplateError> | null {
  const bytes = new TextEncoder().encode(source).byteLength;
  if (bytes > LIMITS.templateBytes) {
    return refuse(
      `The template has ${bytes} bytes; at most ${LIMITS.templateBytes} are allowed.`,
      0,
    );
  }
  const open: { name: string; offset: number }[] = [];
  let count = 0;
  let offset = source.indexOf("{{");
  while (offset !== -1) {
    count += 1;
    if (count > LIMITS.templateTags) {
      return refuse(`The template has more than ${LIMITS.templateTags} tags.`, offset);
    }
    const tag = readTag(source, offset);
    if (!tag.ok) return tag;
    const problem = checkTag(tag.value, open);
    if (problem !== null) return problem;
    offset = source.indexOf("{{", tag.value.end);
  }
  const unclosed = open.at(-1);
  return unclosed === undefined
    ? null
    : refuse(`The section "${unclosed.name}" is not closed.`, unclosed.offset);
}

type TagSign = "#" | "^" | "/" | "!" | "";

interface Tag {
  sign: TagSign;
  name: string;
  offset: number;
  /** Just past the closing braces. */
  end: number;
}

const REFUSED_SIGNS: Readonly<Record<string, string>> = {
  "{": "Triple braces are not allowed; write {{name}}.",
  "&": "{{& is not allowed; write {{name}}, values are never HTML-escaped.",
  ">": "Partials ({{>) are not allowed.",
  "=": "The delimiters cannot be changed.",
};

function readTag(source: string, offset: number): Result<Tag, TemplateError> {
  const close = source.indexOf("}}", offset + 2);
  const inner = source.slice(offset + 2, close === -1 ? undefined : close).trim();
  const first = inner.charAt(0);
  const refusal = Object.hasOwn(REFUSED_SIGNS, first) ? REFUSED_SIGNS[first] : undefined;
  if (refusal !== undefined) return refuse(refusal, offset);
  if (close === -1) return refuse("The tag is not closed; }} is missing.", offset);
  if (close - offset - 2 > LIMITS.templateTagLength) {
    return refuse(`The tag is longer than ${LIMITS.templateTagLength} characters.`, offset);
  }
  const sign = toSign(first);
  const name = inner.slice(sign.length).trim();
  return { ok: true, value: { sign, name, offset, end: close + 2 } };
}

function toSign(first: string): TagSign {
  return first === "#" || first === "^" || first === "/" || first === "!" ? first : "";
}

function checkTag(
  tag: Tag,
  open: { name: string; offset: number }[],
): Failed<TemplateError> | null {
  if (tag.sign === "!") return null;
  if (tag.sign === "/") {
    const section = open.pop();
    if (section === undefined) {
      return refuse(`{{/${shorten(tag.name)}}} does not close a section.`, tag.offset);
    }
    if (section.name === tag.name) return null;
    return refuse(
      `{{/${shorten(tag.name)}}} closes the section "${section.name}" that is open here.`,
      tag.offset,
    );
  }
  if (tag.name === ".") {
    if (open.length === 0) return refuse("{{.}} can be used only inside a section.", tag.offset);
  } else if (!NAME.test(tag.name)) {
    return refuse(`"${shorten(tag.name)}" is not a name or a dotted path.`, tag.offset);
  }
  if (tag.sign === "") return null;
  open.push({ name: tag.name, offset: tag.offset });
  return open.length > LIMITS.templateSectionDepth
    ? refuse(`Sections are nested deeper than ${LIMITS.templateSectionDepth} levels.`, tag.offset)
    : null;
}

function shorten(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}

type MustacheTokens = ReturnType<typeof Mustache.parse>;

function toNodes(tokens: MustacheTokens): TemplateNode[] {
  const nodes: TemplateNode[] = [];
  for (const [type, value, offset, , children] of tokens) {
    switch (type) {
      case "text":
        nodes.push({ kind: "text", text: value });
        break;
      case "name":
        nodes.push({ kind: "value", path: value, offset });
        break;
      case "#":
      case "^":
        nodes.push({
          kind: "section",
          path: value,
          inverted: type === "^",
          offset,
          nodes: Array.isArray(children) ? toNodes(children) : [],
        });
        break;
      case "!":
        break;
      default:
        throw new Error(`a tag of the kind ${type} passed the check`);
    }
  }
  return nodes;
}
