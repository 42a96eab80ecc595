/**
 * What is set where: which exits of which steps set a fact, and on which way through the workflow
 * a fact is missing. A fact is an answer (`input:topic`), an output (`output:generate`) or an
 * error (`error:generate`). Iterative; one walk over the graph for each fact, remembered.
 */
import { isJsonObject, type JsonValue } from "#model/json.ts";
import type { StepGraph } from "./graph.ts";
import type { Exit, ExitKey, OutlineStep } from "./outline.ts";
import { memberOf, stringIn } from "../member.ts";

export type Fact = `${"input" | "output" | "error"}:${string}`;

/** A way from the start: the exits taken, and the step it comes to (null: the end of the run). */
export interface Way {
  exits: { step: OutlineStep; key: ExitKey }[];
  to: OutlineStep | null;
}

export interface DataFlow {
  /** A shortest way to a step, or to the end, on which nothing sets the fact; null: it is set. */
  wayWithout(fact: Fact, to: OutlineStep | null): Way | null;
}

export function dataFlow(graph: StepGraph): DataFlow {
  const walks = new Map<Fact, Arrivals>();
  return {
    wayWithout(fact, to) {
      const arrivals = walks.get(fact) ?? walkWithout(fact, graph);
      walks.set(fact, arrivals);
      return arrivals.has(to) ? wayTo(to, arrivals) : null;
    },
  };
}

/** The keys of the fields of a form, or of a list of declared inputs. */
export function fieldKeys(list: JsonValue | undefined): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((field: JsonValue) =>
    isJsonObject(field) ? (stringIn(field, "key") ?? []) : [],
  );
}

/** How each place was come to: by which exit of which step; null for the start. */
type Arrivals = Map<OutlineStep | null, { step: OutlineStep; exit: Exit } | null>;

function walkWithout(fact: Fact, { start, byId }: StepGraph): Arrivals {
  const arrivals: Arrivals = new Map([[start, null]]);
  const queue = [start];
  for (const step of queue) {
    for (const exit of step.exits) {
      const next = exit.to === null ? null : byId.get(exit.to);
      if (next === undefined || arrivals.has(next) || sets(step, exit.key, fact)) continue;
      arrivals.set(next, { step, exit });
      if (next !== null) queue.push(next);
    }
  }
  return arrivals;
}

function wayTo(to: OutlineStep | null, arrivals: Arrivals): Way {
  const exits: Way["exits"] = [];
  for (let at = arrivals.get(to); at !== undefined && at !== null; at = arrivals.get(at.step)) {
    exits.push({ step: at.step, key: at.exit.key });
  }
  return { exits: exits.toReversed(), to };
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
