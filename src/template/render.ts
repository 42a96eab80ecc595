/**
 * Renders the tree of a template. Owns scoping, truthiness and the text of values.
 *
 * 1. Single pass: a value is always text, even if it looks like a template.
 * 2. Own properties only; the first segment of a path decides in which scope it is read.
 * 3. Work and size are bounded while rendering, so that nested lists end early.
 */
import type { Result } from "#model/result.ts";
import { isJsonObject, type JsonValue, ownProperty } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";

/** A part of a template. `offset` counts UTF-16 units from the start of the source. */
export type TemplateNode =
  | { kind: "text"; text: string }
  | { kind: "value"; path: string; offset: number }
  | { kind: "section"; path: string; inverted: boolean; offset: number; nodes: TemplateNode[] };

/** The text, or why there is none. */
export type RenderResult = Result<string, string>;

type Lookup = (path: string) => JsonValue | undefined;

/** The item of an enclosing section. */
interface Scope {
  item: JsonValue;
  outer: Scope | null;
}

interface Rendering {
  readonly lookup: Lookup;
  readonly encode: (text: string) => string;
  readonly parts: string[];
  /** Values that no section has, by their path: they do not change while rendering. */
  readonly outer: Map<string, JsonValue | undefined>;
  readonly segments: Map<string, readonly string[]>;
  bytesLeft: number;
  stepsLeft: number;
}

const ENCODER = new TextEncoder();
/** Reading a member is this much cheaper than a part of a template. */
const SEGMENTS_PER_STEP = 4;

/** Renders nodes at the top level, where no section is open. */
export function renderNodes(
  nodes: readonly TemplateNode[],
  lookup: Lookup,
  encode: (text: string) => string,
): RenderResult {
  const rendering: Rendering = {
    lookup,
    encode,
    parts: [],
    outer: new Map(),
    segments: new Map(),
    bytesLeft: LIMITS.renderedBytes,
    stepsLeft: LIMITS.templateSteps,
  };
  const problem = renderAll(nodes, null, rendering);
  if (problem !== null) return { ok: false, error: problem };
  return { ok: true, value: rendering.parts.join("") };
}

/**
 * The text of a value: strings as they are, null and undefined empty, everything else as JSON.
 * Undefined when it nests too deeply to be written.
 */
function valueText(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function renderAll(
  nodes: readonly TemplateNode[],
  scope: Scope | null,
  rendering: Rendering,
): string | null {
  for (const node of nodes) {
    const problem = renderNode(node, scope, rendering);
    if (problem !== null) return problem;
  }
  return null;
}

function renderNode(node: TemplateNode, scope: Scope | null, rendering: Rendering): string | null {
  if (!hasStepLeft(rendering)) return tooManySteps();
  if (node.kind === "text") return append(node.text, rendering);
  if (node.kind === "section") return renderSection(node, scope, rendering);
  const text = valueText(read(node.path, scope, rendering));
  if (text === undefined) return `The value of "${node.path}" is nested too deeply.`;
  // Refused before it is encoded: encoding makes a text longer, never shorter.
  if (text.length > rendering.bytesLeft) return tooLarge();
  return append(rendering.encode(text), rendering);
}

function renderSection(
  node: Extract<TemplateNode, { kind: "section" }>,
  scope: Scope | null,
  rendering: Rendering,
): string | null {
  const value = read(node.path, scope, rendering);
  if (node.inverted) return isPresent(value) ? null : renderAll(node.nodes, scope, rendering);
  if (!isPresent(value)) return null;
  for (const item of Array.isArray(value) ? value : [value]) {
    // A section without content would otherwise loop over its list for free.
    if (!hasStepLeft(rendering)) return tooManySteps();
    const problem = renderAll(node.nodes, { item, outer: scope }, rendering);
    if (problem !== null) return problem;
  }
  return null;
}

/** False for what a section skips: nothing, null, false, the empty text and the empty list. 0 is present. */
function isPresent(value: JsonValue | undefined): value is JsonValue {
  if (value === undefined || value === null || value === false || value === "") return false;
  return !(Array.isArray(value) && value.length === 0);
}

function append(text: string, rendering: Rendering): string | null {
  rendering.bytesLeft -=
    text.length > rendering.bytesLeft ? Infinity : ENCODER.encode(text).byteLength;
  if (rendering.bytesLeft < 0) return tooLarge();
  rendering.parts.push(text);
  return null;
}

function hasStepLeft(rendering: Rendering): boolean {
  rendering.stepsLeft -= 1;
  return rendering.stepsLeft >= 0;
}

function tooManySteps(): string {
  return `Rendering takes more than ${LIMITS.templateSteps} steps.`;
}

function tooLarge(): string {
  return `The rendered text has more than ${LIMITS.renderedBytes} bytes.`;
}

function read(path: string, scope: Scope | null, rendering: Rendering): JsonValue | undefined {
  if (path === ".") return scope?.item;
  const segments = segmentsOf(path, rendering);
  const [first = ""] = segments;
  for (let place = scope; place !== null; place = place.outer) {
    if (isJsonObject(place.item) && Object.hasOwn(place.item, first)) {
      return readSegments(place.item[first], segments, rendering);
    }
  }
  const { outer } = rendering;
  if (!outer.has(path)) outer.set(path, rendering.lookup(path));
  return outer.get(path);
}

/** Split once, not for each item of a list: a path may have 500 segments, and a list 50,000 items. */
function segmentsOf(path: string, { segments: known }: Rendering): readonly string[] {
  const segments = known.get(path) ?? path.split(".");
  known.set(path, segments);
  return segments;
}

/** All but the first segment; each that leads further is a step. */
function readSegments(
  start: JsonValue | undefined,
  segments: readonly string[],
  rendering: Rendering,
): JsonValue | undefined {
  let value = start;
  for (const segment of segments.slice(1)) {
    rendering.stepsLeft -= 1 / SEGMENTS_PER_STEP;
    if (Array.isArray(value)) {
      value = /^(?:0|[1-9]\d*)$/.test(segment) ? value[Number(segment)] : undefined;
    } else if (isJsonObject(value)) {
      value = ownProperty(value, segment);
    } else {
      return undefined;
    }
  }
  return value;
}
