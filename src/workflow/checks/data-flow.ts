/**
 * What is set where: which exits of which steps set a fact, and on which way through the workflow
 * a fact is missing. A fact is an answer (`input:topic`), an output (`output:generate`) or an
 * error (`error:generate`). Iterative. One walk over the graph for all facts that the same steps
 * set, and of a way only its ends: hundreds of names can be missing on a way of hundreds of steps.
 */
import { isJsonObject, type JsonValue } from "#model/json.ts";
import type { StepGraph } from "./graph.ts";
import type { ExitKey, OutlineStep } from "./outline.ts";
import { memberOf, stringIn } from "../member.ts";

export type Fact = `${"input" | "output" | "error"}:${string}`;

export interface Stop {
  step: OutlineStep;
  key: ExitKey;
}

/** A way from the start: its ends, and the step it comes to (null: the end of the run). */
export interface Way {
  /** How many exits are taken. */
  length: number;
  /** At most the first `SHOWN_STOPS` exits. */
  first: readonly Stop[];
  /** At most the last `SHOWN_STOPS` exits. */
  last: readonly Stop[];
  to: OutlineStep | null;
}

/** A way that is not longer can be shown as a whole. */
export const SHOWN_STOPS = 12;

export interface DataFlow {
  /** A shortest way to a step, or to the end, on which nothing sets the fact; null: it is set. */
  wayWithout(fact: Fact, to: OutlineStep | null): Way | null;
}

export function dataFlow(graph: StepGraph): DataFlow {
  const walks = new Map<string, Arrivals>();
  const setters = settersOf(graph);
  return {
    wayWithout(fact, to) {
      const by = fact.startsWith(INPUT) ? (setters.get(fact.slice(INPUT.length)) ?? "") : fact;
      const arrivals = walks.get(by) ?? walkWithout(fact, graph);
      walks.set(by, arrivals);
      const arrival = arrivals.get(to);
      return arrival === undefined ? null : wayTo(to, arrival);
    },
  };
}

const INPUT = "input:";

/** By answer: the forms that set it, as the name of the walk without them. */
function settersOf({ byId }: StepGraph): Map<string, string> {
  const setters = new Map<string, string>();
  let index = 0;
  for (const step of byId.values()) {
    index += 1;
    if (step.type !== "form") continue;
    for (const key of answersOf(step)) setters.set(key, `${setters.get(key) ?? ""} ${index}`);
  }
  return setters;
}

/** The keys of the fields of a form, or of a list of declared inputs. */
export function fieldKeys(list: JsonValue | undefined): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((field: JsonValue) =>
    isJsonObject(field) ? (stringIn(field, "key") ?? []) : [],
  );
}

/** How a place was come to. */
interface Arrival {
  /** Exits taken so far. */
  length: number;
  /** Shared by all places behind them. */
  first: readonly Stop[];
  /** The last exit, and how its step was come to; null at the start. */
  by: { stop: Stop; from: Arrival } | null;
}

type Arrivals = Map<OutlineStep | null, Arrival>;

function walkWithout(fact: Fact, { start, byId }: StepGraph): Arrivals {
  const arrivals: Arrivals = new Map([[start, { length: 0, first: [], by: null }]]);
  for (const [step, from] of arrivals) {
    if (step === null) continue;
    for (const exit of step.exits) {
      const next = exit.to === null ? null : byId.get(exit.to);
      if (next === undefined || arrivals.has(next) || sets(step, exit.key, fact)) continue;
      const stop = { step, key: exit.key };
      const first = from.length < SHOWN_STOPS ? [...from.first, stop] : from.first;
      arrivals.set(next, { length: from.length + 1, first, by: { stop, from } });
    }
  }
  return arrivals;
}

function wayTo(to: OutlineStep | null, { length, first, by }: Arrival): Way {
  const last: Stop[] = [];
  for (let at = by; at !== null && last.length < SHOWN_STOPS; at = at.from.by) last.push(at.stop);
  return { length, first, last: last.toReversed(), to };
}

/**
 * Whether leaving a step by an exit sets a fact. An expired wait and a failure leave an error, a
 * rejection leaves the decisions as output, and only an answered form leaves answers.
 */
function sets(step: OutlineStep, key: ExitKey, fact: Fact): boolean {
  const failed = key === "on_error" || key === "on_expire";
  if (fact.startsWith("error:")) return failed && fact === `error:${step.id}`;
  if (failed) return false;
  if (fact.startsWith("output:")) return fact === `output:${step.id}`;
  return step.type === "form" && answersOf(step).has(fact.slice("input:".length));
}

const answers = new WeakMap<OutlineStep, ReadonlySet<string>>();

function answersOf(step: OutlineStep): ReadonlySet<string> {
  const known = answers.get(step) ?? new Set(fieldKeys(memberOf(step.config, "fields")));
  answers.set(step, known);
  return known;
}
