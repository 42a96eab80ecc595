/**
 * The graph of steps: ids are unique, targets exist, no cycle, every step can be reached.
 * Nothing here recurses, and work is linear in steps and exits.
 */
import { NameIndex } from "#model/nearest-name.ts";
import { RESERVED_STEP_IDS } from "#model/workflow.ts";
import { quote, type Report } from "../findings.ts";
import type { Exit, Outline, OutlineStep } from "./outline.ts";
import { stronglyConnected } from "./strongly-connected.ts";

/** A graph whose ids and targets hold: steps by id, and a start that exists. */
export interface StepGraph {
  start: OutlineStep;
  byId: ReadonlyMap<string, OutlineStep>;
}

/** Reports what is wrong with the graph; null when ways through it cannot be told. */
export function checkGraph(outline: Outline, report: Report): StepGraph | null {
  const byId = new Map<string, OutlineStep>();
  let sound = outline.complete;
  for (const step of outline.steps) {
    const fresh = checkId(step, byId, report);
    if (fresh) byId.set(step.id, step);
    else sound = false;
  }
  // One for all: built for each misspelt target, it would cost the square of the workflow.
  const ids = new NameIndex(byId.keys());
  for (const step of outline.steps) {
    for (const exit of step.targets) {
      if (!checkTarget(exit, ids, report)) sound = false;
    }
  }
  const start = checkStart(outline, byId, report);
  checkCycles(outline, byId, report);
  if (!sound || start === null) return null;
  checkReachable({ start, byId }, report);
  return { start, byId };
}

function checkId(
  step: OutlineStep,
  byId: ReadonlyMap<string, OutlineStep>,
  report: Report,
): boolean {
  const path = [...step.path, "id"];
  if (RESERVED_STEP_IDS.has(step.id)) {
    const message = `The id ${quote(step.id)} is reserved; choose another one.`;
    report({ code: "reserved_id", message, path });
  }
  const first = byId.get(step.id);
  if (first === undefined) return true;
  const message = `The id ${quote(step.id)} is already used by step ${first.index + 1} of the list; ids must be unique.`;
  report({ code: "duplicate_id", message, path });
  return false;
}

function checkTarget({ key, to, path }: Exit, ids: NameIndex, report: Report): boolean {
  if (to === null || ids.has(to)) return true;
  report({
    code: "unknown_step",
    message: `"${key}" names the step ${quote(to)}, which does not exist.${onEnding(to)}`,
    path,
    meant: { name: to, among: ids },
  });
  return false;
}

function onEnding(target: string): string {
  if (target === "fail") {
    return " Without on_error, a run fails automatically when a step fails; remove the key.";
  }
  return /^(end|stop|done|none|null|)$/.test(target)
    ? " To end the run here, remove the key or set it to null."
    : "";
}

function checkStart(
  { start }: Outline,
  byId: ReadonlyMap<string, OutlineStep>,
  report: Report,
): OutlineStep | null {
  if (start === null) return null;
  const step = byId.get(start);
  if (step !== undefined) return step;
  // Without steps everything is missing, and that is said already.
  if (byId.size === 0) return null;
  report({
    code: "unknown_step",
    message: `"start_step" names the step ${quote(start)}, which does not exist.`,
    path: ["start_step"],
    meant: { name: start, among: byId.keys() },
  });
  return null;
}

/** One finding for each knot of cycles: the shortest cycle through its first step. */
function checkCycles(
  { steps }: Outline,
  byId: ReadonlyMap<string, OutlineStep>,
  report: Report,
): void {
  const nodes = steps.filter((step) => byId.get(step.id) === step);
  const follow = (step: OutlineStep) =>
    step.exits
      .map(({ to }) => (to === null ? undefined : byId.get(to)))
      .filter((to) => to !== undefined);
  for (const component of stronglyConnected(nodes, follow)) {
    const cycle = shortestCycle(component, byId);
    const last = cycle.at(-1);
    const first = cycle[0];
    if (last === undefined || first === undefined) continue;
    const back = last.exits.find(({ to }) => to === first.id);
    report({
      code: "cycle",
      message: `The steps form a cycle: ${chain([...cycle, first].map(({ id }) => id))}. A run must be able to end.`,
      path: back?.path ?? last.path,
    });
  }
}

/** The steps of a shortest cycle, beginning with the one that is first in the list; empty when there is none. */
function shortestCycle(
  component: readonly OutlineStep[],
  byId: ReadonlyMap<string, OutlineStep>,
): OutlineStep[] {
  const inside = new Set(component);
  const first = component.reduce((a, b) => (a.index < b.index ? a : b));
  const cameFrom = new Map<OutlineStep, OutlineStep>();
  const queue = [first];
  for (const step of queue) {
    for (const { to } of step.exits) {
      const next = to === null ? undefined : byId.get(to);
      if (next === first) return wayTo(step, first, cameFrom);
      if (next === undefined || !inside.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, step);
      queue.push(next);
    }
  }
  return [];
}

function wayTo(
  end: OutlineStep,
  first: OutlineStep,
  cameFrom: ReadonlyMap<OutlineStep, OutlineStep>,
): OutlineStep[] {
  const way = [end];
  for (let at: OutlineStep | undefined = end; at !== undefined && at !== first;) {
    at = cameFrom.get(at);
    if (at !== undefined) way.unshift(at);
  }
  return way;
}

function checkReachable({ start, byId }: StepGraph, report: Report): void {
  const reached = new Set([start]);
  for (const step of reached) {
    for (const { to } of step.exits) {
      const next = to === null ? undefined : byId.get(to);
      if (next !== undefined) reached.add(next);
    }
  }
  for (const step of byId.values()) {
    if (reached.has(step)) continue;
    const message = `No path leads from ${quote(start.id)} to the step ${quote(step.id)}; it never runs.`;
    report({ code: "unreachable_step", message, path: [...step.path, "id"] });
  }
}

/** `a → b → c`; the middle of a long chain is left out. `count`: how many there are with it. */
export function chain(names: readonly string[], count = names.length): string {
  const shown =
    count <= 12 ? names : [...names.slice(0, 5), `… ${count - 10} more …`, ...names.slice(-5)];
  return shown.join(" → ");
}
