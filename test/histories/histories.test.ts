/**
 * The runs of earlier releases, as their services recorded them: the engine of today folds each of
 * them to the same state, decides the same on what happened to them, and shows them alike.
 */
import { describe, expect, it } from "vitest";
import { foldLog } from "#engine/fold.ts";
import type { RunState } from "#engine/state.ts";
import type { RunEvent } from "#model/event.ts";
import { Work } from "#model/work.ts";
import { LoadedRun } from "#run/loaded-run.ts";
import { viewHistory, viewRun } from "#run/views/run-view.ts";
import { shownWithin } from "#run/views/shown-run.ts";
import { asThen } from "./differences.ts";
import { type History, readHistories, RELEASES, storedRun } from "./history.ts";
import { replay } from "./replay.ts";

const EVENT_TYPES_RECORDED = [
  "ai.request",
  "ai.response",
  "run.canceled",
  "run.completed",
  "run.created",
  "run.failed",
  "run.resumed",
  "run.started",
  "run.waiting",
  "step.completed",
  "step.failed",
  "step.retrying",
  "step.started",
];

function folded({ log }: History): RunState {
  const state = foldLog(log.flat(), null);
  if (!state) throw new Error("an empty log");
  return state;
}

describe.each(RELEASES)("histories of %s", (release) => {
  const histories = readHistories(release);
  const each = it.each(histories.map((history) => [history.name, history] as const));

  it("hold every seed workflow, each step type, and each way in which a run ends", () => {
    const events = histories.flatMap(({ log }) => log.flat());
    const types = new Set(events.map(({ type }) => type));
    expect(EVENT_TYPES_RECORDED.filter((type) => !types.has(type as never))).toEqual([]);
    const steps = histories.flatMap((history) => Object.values(folded(history).steps));
    expect(new Set(steps.map(({ type }) => type)).size).toBe(5);
    const statuses = new Set(histories.map((history) => folded(history).status));
    expect([...statuses].toSorted()).toEqual(["canceled", "completed", "failed", "waiting"]);
  });

  each("%s folds to the state that was stored", (_name, history) => {
    const { snapshot } = history.doc;
    const upTo = history.log.flat().filter(({ seq }) => !snapshot || seq <= snapshot.seq);
    const state = foldLog(upTo, null);
    if (snapshot) expect(asThen(release, { state })).toEqual(asThen(release, { state: snapshot }));
    // Over a snapshot it is the same as from the beginning.
    const rest = history.log.flat().filter(({ seq }) => snapshot && seq > snapshot.seq);
    if (state && snapshot) expect(foldLog(rest, state)).toEqual(folded(history));
  });

  each("%s is decided as it was", (_name, history) => {
    const { transactions, state } = replay(history);
    const decided = transactions.map((events) => asThen(release, { events }).events);
    expect(decided).toEqual(history.log.map((events) => asThen(release, { events }).events));
    expect(asThen(release, { state })).toEqual(asThen(release, { state: folded(history) }));
  });

  each("%s is shown as it was", (_name, history) => {
    const run = new LoadedRun(history.doc.start, storedRun(history, folded(history)));
    const shown = shownWithin(run, Work.ofRequest());
    const now = { run: viewRun(shown), history: viewHistory(shown, history.log.flat()) };
    expect(asThen(release, { shown: now })).toEqual(asThen(release, { shown: history.shown }));
  });
});

describe("a history that was changed", () => {
  const history = readHistories(RELEASES[0] ?? "").find(({ name }) => name === "model");

  it.each([
    ["an attempt", (event: RunEvent) => ({ ...event, attempt: 2 })],
    ["a type", (event: RunEvent) => ({ ...event, type: "step.failed" })],
  ])("is not decided as it was: %s", (_what, change) => {
    if (!history) throw new Error("no history");
    const log = history.log.map((events) =>
      events.map((event) => (event.type === "step.completed" ? change(event) : event)),
    ) as RunEvent[][];
    const again = () => replay({ ...history, log }).transactions;
    let decided: RunEvent[][] | null = null;
    try {
      decided = again();
    } catch {
      // An event that cannot be is refused.
    }
    expect(decided).not.toEqual(log);
  });

  it("does not fold to its state: an event that is missing", () => {
    if (!history) throw new Error("no history");
    const log = history.log.flat().filter(({ type }) => type !== "ai.response");
    expect(foldLog(log, null)).not.toEqual(history.doc.snapshot);
  });
});
