/**
 * Which names a template reads, and which of them no variable can be. Owns what is known from the
 * text alone; which variables a step has is known to the caller.
 */
import { CONTEXT_ROOTS } from "#model/workflow.ts";
import type { TemplateNode } from "./render.ts";
import { parseTemplate } from "./template.ts";

export interface TemplateNames {
  /** Paths that are read where no section is open, each once, in order. */
  outer: ReadonlySet<string>;
  /** Paths that are read inside a section: its item may have them. */
  inner: ReadonlySet<string>;
  /** Names that an inverted section asks about: the template says what stands there without them. */
  optional: ReadonlySet<string>;
}

/** Of all its texts together; those that cannot be parsed have none. */
export function templateNames(texts: readonly (string | undefined)[]): TemplateNames {
  const names = {
    outer: new Set<string>(),
    inner: new Set<string>(),
    optional: new Set<string>(),
  };
  for (const text of texts) {
    const parsed = parseTemplate(text ?? "");
    if (parsed.ok) collect(parsed.value.nodes, false, names);
  }
  return names;
}

/** Sections nest no deeper than `LIMITS.templateSectionDepth`. */
function collect(
  nodes: readonly TemplateNode[],
  isInside: boolean,
  names: { outer: Set<string>; inner: Set<string>; optional: Set<string> },
): void {
  for (const node of nodes) {
    if (node.kind === "text") continue;
    (isInside ? names.inner : names.outer).add(node.path);
    if (node.kind !== "section") continue;
    if (node.inverted) names.optional.add(nameOf(node.path));
    collect(node.nodes, isInside || !node.inverted, names);
  }
}

/** The variable that a path begins with. */
export function nameOf(path: string): string {
  return path.split(".", 1)[0] ?? path;
}

export interface Misnamed {
  path: string;
  message: string;
  suggestion?: string;
}

const ROOTS: ReadonlySet<string> = new Set(CONTEXT_ROOTS);
const RULE =
  "a template has only the variables of its step, each named by the last part of its path";

/**
 * The paths that would render empty: those of a run, which a template does not see, and words of
 * other template languages. A variable may have such a name all the same.
 */
export function misnamedIn({ outer, inner }: TemplateNames): Misnamed[] {
  return [
    ...[...outer].flatMap((path) => misnamed(path, false) ?? []),
    // `{{#steps}}{{steps.name}}{{/steps}}`: an item may well have steps of its own.
    ...[...inner]
      .filter((path) => !outer.has(path) && nameOf(path) !== "steps")
      .flatMap((path) => misnamed(path, true) ?? []),
  ];
}

function misnamed(path: string, isInside: boolean): Misnamed | null {
  const [first = "", ...rest] = path.split(".");
  if (path === ".") {
    if (isInside) return null;
    return { path, message: "{{.}} is the item of a section, but there is no open section here." };
  }
  const last = rest.at(-1);
  if (first === "this") {
    const message =
      "There is no {{this}}; use {{.}} for the item of a section, and names for its parts.";
    const suggestion = last ?? (isInside ? "." : undefined);
    return { path, message, ...(suggestion === undefined ? {} : { suggestion }) };
  }
  if (!ROOTS.has(first) || last === undefined) return null;
  const message = `{{${path}}} is empty: ${RULE}. Write {{${last}}}.`;
  return { path, message, suggestion: last };
}
