/**
 * The archive of a run as text: all that its object had, so that the object can be read from it as
 * before. Canonical: the same run has the same text. Pure; knows no storage and no key.
 *
 * Persisted shape, format 1: lines of JSON. The first is `{"record":1,"run_id":…}`; then
 * `{"start":StartRecord}`, `{"event":RunEvent}` in the order of the log, `{"snapshot":RunState}` only
 * where the log does not fold to the state, `{"output":step,"value":…}` and
 * `{"key":name,"fingerprint":…}`, both by name. Readers take lines of other kinds for those of a later
 * release, and refuse them: what they cannot read they must not show as all.
 */
import { isJsonObject, type JsonValue, parseJson } from "#model/json.ts";
import type { Failed, Result } from "#model/result.ts";
import type { RunEvent } from "#model/event.ts";
import type { StartRecord } from "#model/start-record.ts";

const FORMAT = 1;

export interface RunRecord {
  runId: string;
  start: StartRecord;
  events: readonly RunEvent[];
  /** The state as the engine has it; null: the log folds to it. */
  snapshot: JsonValue;
  /** By step. */
  outputs: ReadonlyMap<string, JsonValue>;
  /** Fingerprints by the names of idempotency keys. */
  keys: ReadonlyMap<string, string>;
}

/** `format_unknown`: a later release wrote it. `unreadable`: it is no record. */
export type RecordFault = { kind: "format_unknown" } | { kind: "unreadable" };

export function writeRecord(record: RunRecord): string {
  const { runId, start, events, snapshot, outputs, keys } = record;
  const lines: unknown[] = [
    { record: FORMAT, run_id: runId },
    { start },
    ...events.map((event) => ({ event })),
    ...(snapshot === null ? [] : [{ snapshot }]),
    ...byName(outputs).map(([output, value]) => ({ output, value })),
    ...byName(keys).map(([key, fingerprint]) => ({ key, fingerprint })),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

export function readRecord(text: string): Result<RunRecord, RecordFault> {
  const [head, ...lines] = text.split("\n").slice(0, -1).map(parseLine);
  if (!isJsonObject(head) || typeof head["run_id"] !== "string") return refuse("unreadable");
  if (head["record"] !== FORMAT) return refuse("format_unknown");
  const parts = newParts();
  for (const line of lines) {
    if (!isJsonObject(line)) return refuse("unreadable");
    if (!take(parts, line)) return refuse("format_unknown");
  }
  const { start, ...rest } = parts;
  if (start === null || rest.events.length === 0) return refuse("unreadable");
  return { ok: true, value: { runId: head["run_id"], start, ...rest } };
}

type Parts = ReturnType<typeof newParts>;

function newParts() {
  return {
    start: null as StartRecord | null,
    events: [] as RunEvent[],
    snapshot: null as JsonValue,
    outputs: new Map<string, JsonValue>(),
    keys: new Map<string, string>(),
  };
}

/** A line of the record. Only `writeRecord` made it, and what it sealed is authentic. */
type Line = { readonly [name: string]: JsonValue };

/** False: the line is of a kind that this release does not know. */
function take(parts: Parts, line: Line): boolean {
  const { start, event, snapshot, output, value, key, fingerprint } = line;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written from a StartRecord
  if (isJsonObject(start)) parts.start = start as unknown as StartRecord;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written from a RunEvent
  else if (isJsonObject(event)) parts.events.push(event as unknown as RunEvent);
  else if (isJsonObject(snapshot)) parts.snapshot = snapshot;
  else if (typeof output === "string" && value !== undefined) parts.outputs.set(output, value);
  else if (typeof key === "string" && typeof fingerprint === "string")
    parts.keys.set(key, fingerprint);
  else return false;
  return true;
}

function byName<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].toSorted(([left], [right]) => (left < right ? -1 : 1));
}

function parseLine(line: string): JsonValue {
  try {
    return parseJson(line);
  } catch {
    // The caller refuses the record as a whole; a line of it must not stand in a message.
    return null;
  }
}

function refuse(kind: RecordFault["kind"]): Failed<RecordFault> {
  return { ok: false, error: { kind } };
}
