/**
 * Names: everything that an expression, a placeholder, `variables` or `output` reads can be set
 * by then, on every way through the workflow. Warnings only, since a run may be started with more
 * than the workflow says; who counts on that declares it. What an expression asks for before it
 * reads it (`"k" in x and x.k`) is no finding.
 *
 * Where a bare name may come from: an answer or start input, then the profile, then `static`.
 * With declared `inputs` no other start inputs exist; without, any name may be one.
 */
import { isJsonObject, type JsonObject } from "#model/json.ts";
import { NameIndex } from "#model/nearest-name.ts";
import { CONTEXT_ROOTS } from "#model/workflow.ts";
import {
  type DataFlow,
  dataFlow,
  type Fact,
  fieldKeys,
  SHOWN_STOPS,
  type Stop,
  type Way,
} from "./data-flow.ts";
import { type Finding, quote, type Report } from "../findings.ts";
import { chain, type StepGraph } from "./graph.ts";
import type { NameUse } from "./name-use.ts";
import type { Outline } from "./outline.ts";
import { outputKeys } from "./output-keys.ts";
import { memberOf, objectIn } from "../member.ts";

type Verdict = Pick<Finding, "code" | "message" | "suggestion" | "meant"> | null;

interface Known {
  graph: StepGraph;
  flow: DataFlow;
  constants: JsonObject;
  /** Declared start inputs; null when none are declared and any name may be given. */
  declared: ReadonlySet<string> | null;
  /** Keys of the fields of all forms. */
  answers: ReadonlySet<string>;
  /** All names of inputs that the workflow knows. */
  inputNames: NameIndex;
  /** All names that can stand alone. */
  bareNames: NameIndex;
  stepIds: NameIndex;
  /** The first step whose id goes on with a hyphen, by what stands before the hyphen. */
  hyphened: ReadonlyMap<string, string>;
  /** The keys of constants that are objects, as far as they were asked for. */
  keys: Map<JsonObject, NameIndex>;
}

/** Reports names that nothing sets, or that are missing on some way to where they are read. */
export function checkNames(
  outline: Outline,
  graph: StepGraph,
  uses: readonly NameUse[],
  report: Report,
): void {
  const known = whatIsKnown(outline, graph);
  const verdicts = new Map<string, Verdict>();
  for (const use of uses) {
    if (isGuarded(use)) continue;
    const form = use.guards === undefined ? "path" : "expression";
    const key = `${use.step?.index ?? "end"} ${form} ${use.segments.join(".")}`;
    const verdict = verdicts.get(key) ?? check(use, known);
    verdicts.set(key, verdict);
    if (verdict !== null) report({ ...verdict, path: use.path, spot: use.spot });
  }
}

/** Whether the expression asks for it, or for the beginning of it, before it is read. */
function isGuarded({ segments, guards = [] }: NameUse): boolean {
  const path = fromRuntime(segments);
  return guards.some((guard) => {
    const asked = fromRuntime(guard);
    const isInside = asked.every((segment, index) => path[index] === segment);
    const isInput = asked[0] === "inputs" || asked[0] === "profile";
    return isInside || (isInput && asked.length === 2 && asked[1] === path[0]);
  });
}

/** `runtime.inputs` and `runtime.steps` are `inputs` and `steps`. */
function fromRuntime(segments: readonly string[]): readonly string[] {
  return segments[0] === "runtime" ? segments.slice(1) : segments;
}

function whatIsKnown({ workflow, steps }: Outline, graph: StepGraph): Known {
  const constants = objectIn(workflow, "static");
  const inputs = memberOf(workflow, "inputs");
  const declared = Array.isArray(inputs) ? new Set(fieldKeys(inputs)) : null;
  const answers = new Set(steps.flatMap(({ config }) => fieldKeys(memberOf(config, "fields"))));
  const inputNames = [...answers, ...(declared ?? [])];
  return {
    graph,
    flow: dataFlow(graph),
    constants,
    declared,
    answers,
    inputNames: new NameIndex(inputNames),
    bareNames: new NameIndex([...inputNames, ...Object.keys(constants), ...CONTEXT_ROOTS]),
    stepIds: new NameIndex(graph.byId.keys()),
    hyphened: hyphenedIds(graph.byId.keys()),
    keys: new Map(),
  };
}

function check(use: NameUse, known: Known): Verdict {
  const [root = "", ...rest] = use.segments;
  switch (root) {
    case "profile":
    case "secrets":
      return null;
    case "static":
      return checkConstant(known, rest);
    case "inputs":
      return checkInput(use, rest, known);
    case "steps":
      return checkStepName(use, rest, known);
    case "runtime":
      return checkRuntime(use, rest, known);
    default:
      return checkBareName(use, root, known);
  }
}

function checkConstant({ constants, keys }: Known, rest: readonly string[]): Verdict {
  let at: unknown = constants;
  for (const [index, segment] of rest.entries()) {
    if (!isJsonObject(at)) return null;
    if (!Object.hasOwn(at, segment)) {
      const name = ["static", ...rest.slice(0, index + 1)].join(".");
      const among = keys.get(at) ?? new NameIndex(Object.keys(at));
      keys.set(at, among);
      const meant = { name: segment, among };
      return { code: "name_never_set", message: `${quote(name)} is not in "static".`, meant };
    }
    at = at[segment];
  }
  return null;
}

function checkRuntime(use: NameUse, [place, ...rest]: readonly string[], known: Known): Verdict {
  if (place === undefined) return null;
  if (place === "inputs") return checkInput(use, rest, known);
  if (place === "steps") return checkStepName(use, rest, known);
  const message = `"runtime" has "inputs" and "steps", not ${quote(place)}.`;
  return { code: "name_never_set", message, meant: { name: place, among: ["inputs", "steps"] } };
}

function checkInput(use: NameUse, [name]: readonly string[], known: Known): Verdict {
  if (name === undefined || known.declared?.has(name)) return null;
  if (known.answers.has(name)) return missingOn(use, `input:${name}`, quote(name), known);
  const reason = "no declared input and no form field has that name";
  return unknownName(name, known.inputNames, reason);
}

function checkBareName(use: NameUse, name: string, known: Known): Verdict {
  if (known.declared?.has(name) || Object.hasOwn(known.constants, name)) return null;
  if (known.answers.has(name)) return missingOn(use, `input:${name}`, quote(name), known);
  const step = known.graph.byId.get(name);
  if (step !== undefined) {
    const suggestion = `steps.${name}.output`;
    const message = `${quote(name)} is a step, not a value; its output is ${quote(suggestion)}.`;
    return { code: "name_never_set", message, suggestion };
  }
  const reason =
    "no declared input, form field or constant has that name (a name of the profile is written profile.…)";
  return unknownName(name, known.bareNames, reason);
}

/** A start may bring it all the same, where no inputs are declared: then it is to be declared. */
function unknownName(name: string, among: NameIndex, reason: string): Verdict {
  const message = `Nothing sets ${quote(name)}: ${reason}.`;
  return { code: "name_never_set", message, meant: { name, among } };
}

function checkStepName(
  use: NameUse,
  [id, place, ...rest]: readonly string[],
  known: Known,
): Verdict {
  if (id === undefined) return null;
  const step = known.graph.byId.get(id);
  if (step === undefined) return unknownStep(id, use, known);
  const name = `steps.${id}`;
  if (place === "error") return missingOn(use, `error:${id}`, quote(`${name}.error`), known);
  const keys = outputKeys(step);
  if (place === "output") {
    const missing = missingOn(use, `output:${id}`, quote(`${name}.output`), known);
    const [key] = rest;
    if (missing !== null || key === undefined || keys === null || keys.includes(key)) {
      return missing;
    }
    const message = `The output of ${quote(id)} has no ${quote(key)}; it has ${keys.join(", ")}.`;
    return { code: "name_never_set", message, meant: { name: key, among: keys } };
  }
  if (place === undefined) return null;
  const meant = (keys?.includes(place) ?? true) ? `${name}.output.${place}` : `${name}.output`;
  return {
    code: "name_never_set",
    message: `${quote(name)} has "output" and "error" only. Did you mean ${quote(meant)}?`,
    suggestion: meant,
  };
}

function hyphenedIds(ids: Iterable<string>): Map<string, string> {
  const first = new Map<string, string>();
  for (const id of ids) {
    for (let at = id.indexOf("-"); at !== -1; at = id.indexOf("-", at + 1)) {
      const before = id.slice(0, at);
      if (!first.has(before)) first.set(before, id);
    }
  }
  return first;
}

function unknownStep(
  id: string,
  { guards }: NameUse,
  { stepIds, hyphened: known }: Known,
): Verdict {
  // After a dot, `steps.my-step` reads as a subtraction in an expression, and there alone.
  const hyphened = guards && known.get(id);
  const message = `There is no step ${quote(id)}.`;
  if (hyphened === undefined) {
    return { code: "name_never_set", message, meant: { name: id, among: stepIds } };
  }
  const suggestion = `steps["${hyphened}"]`;
  return {
    code: "name_never_set",
    message: `${message} A name with a hyphen is written ${suggestion} in an expression.`,
    suggestion,
  };
}

function missingOn(use: NameUse, fact: Fact, name: string, { flow }: Known): Verdict {
  // What `output` names and the run never set is null in the answer: several ends may share one.
  if (use.step === null) return null;
  const way = flow.wayWithout(fact, use.step);
  if (way === null) return null;
  const message =
    way.length === 0
      ? `${name} is not set yet in the first step.`
      : `${name} is not set on the path ${describeWay(way)}.`;
  return { code: "name_may_be_missing", message };
}

/** `form → check (else) → mail`: exits other than `next` are named. */
function describeWay({ length, first, last, to }: Way): string {
  const nameOf = ({ step, key }: Stop) => (key === "next" ? step.id : `${step.id} (${key})`);
  const end = to?.id ?? "end of the run";
  const isShort = length <= SHOWN_STOPS;
  const stops = isShort ? first : [...first, ...last];
  return chain([...stops.map(nameOf), end], length + 1);
}
