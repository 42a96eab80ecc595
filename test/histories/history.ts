/** Histories of releases as `npm run record-histories` wrote them: one run a line. */
import { readdirSync, readFileSync } from "node:fs";
import type { RunState } from "#engine/state.ts";
import type { RunEvent } from "#model/event.ts";
import type { JsonValue } from "#model/json.ts";
import type { History as ShownHistory, Run } from "#model/run.ts";
import type { StartRecord } from "#model/start-record.ts";

const FOLDER = `${import.meta.dirname}/`;

export interface History {
  release: string;
  /** Of the scenario. */
  name: string;
  runId: string;
  /** The rows of `doc`, values parsed. */
  doc: { start: StartRecord; snapshot?: RunState; [name: string]: unknown };
  /** One entry a transaction. */
  log: RunEvent[][];
  /** As the API showed it. */
  shown: { run: Run; history: ShownHistory };
}

export const RELEASES: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".ndjson"))
  .map((name) => name.slice(0, -".ndjson".length))
  .toSorted();

export function readHistories(release: string): History[] {
  return readFileSync(`${FOLDER}${release}.ndjson`, { encoding: "utf8" })
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as History);
}

export function outputOf({ doc }: History, stepId: string): JsonValue | undefined {
  return doc[`output:${stepId}`] as JsonValue | undefined;
}

/** What a run is loaded from. */
export function storedRun(history: History, state: RunState) {
  const outputs = Object.entries(history.doc).filter(([name]) => name.startsWith("output:"));
  return {
    isArchived: false,
    state,
    outputBytes: outputs.reduce((bytes, [, value]) => bytes + JSON.stringify(value).length, 0),
    readOutput: (stepId: string) => outputOf(history, stepId),
  };
}
