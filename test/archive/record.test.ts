import { assert, dictionary, jsonValue, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { readRecord, type RunRecord, writeRecord } from "#archive/record.ts";
import type { JsonValue } from "#model/json.ts";
import { toJsonText } from "#model/json-text.ts";
import type { StartRecord } from "#model/start-record.ts";
import { runEvent } from "../support/run-event.ts";
import { definition, form } from "../support/definitions.ts";

const START: StartRecord = {
  runId: "run_aaaaaaaaaaaaaaaaaaaaaaaaaa",
  fingerprint: "f",
  workflowVersion: 1,
  definition: toJsonText(definition([form("ask")])),
  templates: toJsonText([]),
  inputs: { topic: "line\nbreak and \u2028" },
  profile: {},
  provider: "mock",
  mock: null,
  tags: [],
  caller: { id: "dev" },
};

function record(over: Partial<RunRecord> = {}): RunRecord {
  return {
    runId: START.runId,
    start: START,
    events: [runEvent("run.created", {}, { seq: 1 }), runEvent("run.completed", {}, { seq: 2 })],
    snapshot: null,
    outputs: new Map(),
    keys: new Map(),
    ...over,
  };
}

describe("the record of a run", () => {
  it("reads back to what was written, outputs and keys of any names and values", () => {
    const json = jsonValue({ maxDepth: 2 });
    assert(
      property(dictionary(string({ unit: "binary" }), json, { maxKeys: 5 }), (given) => {
        const outputs = new Map(
          Object.entries(given).map(([name, value]) => [
            name,
            JSON.parse(JSON.stringify(value)) as JsonValue,
          ]),
        );
        const keys = new Map([...outputs.keys()].map((name) => [name, `print of ${name}`]));
        const written = record({ outputs, keys, snapshot: { seq: 2 } });
        expect(readRecord(writeRecord(written))).toEqual({ ok: true, value: written });
      }),
      { numRuns: 50 },
    );
  });

  it("is the same text in any order of the rows that were read", () => {
    const one = record({
      keys: new Map([
        ["a", "1"],
        ["b", "2"],
      ]),
    });
    const other = record({
      keys: new Map([
        ["b", "2"],
        ["a", "1"],
      ]),
    });
    expect(writeRecord(one)).toBe(writeRecord(other));
  });

  it("of format 1 is read as the first release wrote it", () => {
    const text = [
      '{"record":1,"run_id":"run_x"}',
      `{"start":${JSON.stringify(START)}}`,
      '{"event":{"seq":1,"type":"run.created","at":"2026-11-22T09:30:00.000Z","run_id":"run_x","data":{}}}',
      '{"snapshot":{"seq":1}}',
      '{"output":"ask","value":null}',
      '{"key":"2:[\\"cancel\\"]","fingerprint":"ab"}',
      "",
    ].join("\n");
    expect(readRecord(text)).toMatchObject({
      ok: true,
      value: {
        runId: "run_x",
        start: START,
        events: [{ seq: 1, type: "run.created" }],
        snapshot: { seq: 1 },
        outputs: new Map([["ask", null]]),
        keys: new Map([['2:["cancel"]', "ab"]]),
      },
    });
  });

  const [head = "", start = "", ...rest] = writeRecord(record()).split("\n");

  it.each([
    ["nothing", "", "unreadable"],
    ["text", "hello\n", "unreadable"],
    ["a head alone", `${head}\n`, "unreadable"],
    ["no start", [head, ...rest].join("\n"), "unreadable"],
    ["no log", `${head}\n${start}\n`, "unreadable"],
    ["a line that is cut off", [head, start, '{"event":', ""].join("\n"), "unreadable"],
    ["a later format", writeRecord(record()).replace('"record":1', '"record":2'), "format_unknown"],
    ["a line of a later kind", `${writeRecord(record())}{"attempt":1}\n`, "format_unknown"],
  ])("is refused with %s", (_what, text, kind) => {
    expect(readRecord(text)).toEqual({ ok: false, error: { kind } });
  });
});
