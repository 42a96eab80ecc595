/** What the doctor says of a run, on both sides of each limit. */
import { describe, expect, test } from "vitest";
import { isMendable, judgeRun } from "#archive/judge.ts";
import type { RunInspection } from "#model/run-upkeep.ts";

const NOW = Date.parse("2026-11-29T12:00:00.000Z");
const ago = (s: number) => NOW - s * 1000;
const ROW = {
  id: "run_a",
  status: "waiting",
  seq: 5,
  created_at: "2026-11-29T00:00:00.000Z",
} as const;

const WELL: RunInspection = {
  status: "waiting",
  seq: 5,
  updatedAt: new Date(ago(3600)).toISOString(),
  heldBy: null,
  hasWork: false,
  nextTimerAt: null,
  wasUnarmed: false,
  projection: { seq: 5, failures: 0, retryAt: 0 },
  errorCode: null,
};

const kinds = (seen: Partial<RunInspection> | null, row = {}, restoring: string | null = null) =>
  judgeRun({ ...ROW, ...row }, seen && { ...WELL, ...seen }, NOW, restoring).map(
    ({ kind }) => kind,
  );

describe("a run that is well", () => {
  test.each<[string, Partial<RunInspection>]>([
    ["waits without expiry", {}],
    ["waits with an expiry that is armed", { hasWork: true, nextTimerAt: NOW + 1 }],
    ["is a minute late", { hasWork: true, nextTimerAt: ago(60) }],
    ["has work", { hasWork: true }],
    ["has moved on a minute ago", { seq: 7, updatedAt: new Date(ago(60)).toISOString() }],
    ["has ended", { status: "completed" }],
    ["failed by itself", { status: "failed", errorCode: "http_error" }],
    ["is delivered after failures", { projection: { seq: 5, failures: 3, retryAt: 0 } }],
  ])("%s", (_name, seen) => {
    expect(kinds(seen)).toEqual([]);
  });

  test("is held by the restore that is under way", () => {
    expect(kinds({ heldBy: "bak_1", hasWork: true, nextTimerAt: ago(9999) }, {}, "bak_1")).toEqual(
      [],
    );
  });
});

describe("finds", () => {
  test.each<[string, Partial<RunInspection> | null, object]>([
    ["run_missing", null, {}],
    ["row_behind", { seq: 7, updatedAt: new Date(ago(61)).toISOString() }, {}],
    ["row_ahead", {}, { seq: 6 }],
    ["projection_failing", { seq: 7, projection: { seq: 5, failures: 1, retryAt: NOW } }, {}],
    ["overdue", { hasWork: true, nextTimerAt: ago(61) }, {}],
    ["not_armed", { hasWork: true, nextTimerAt: NOW + 1, wasUnarmed: true }, {}],
    ["stranded", { status: "running" }, {}],
    ["held", { heldBy: "bak_1" }, {}],
    ["poisoned", { status: "failed", errorCode: "poisoned" }, {}],
  ])("%s", (kind, seen, row) => {
    expect(kinds(seen, row)).toEqual([kind]);
  });

  test("what to do with each, and mends those that it can", () => {
    const found = judgeRun(ROW, { ...WELL, hasWork: true, nextTimerAt: ago(61) }, NOW, null);
    expect(found).toEqual([
      {
        kind: "overdue",
        run_id: "run_a",
        seen: "Its timer of 2026-11-29T11:58:59.000Z has not fired.",
        advice: "Run `workflow doctor --fix`.",
        is_mended: false,
      },
    ]);
    expect(found.every(isMendable)).toBe(true);
    expect(isMendable({ kind: "run_missing" })).toBe(false);
    expect(isMendable({ kind: "poisoned" })).toBe(false);
  });

  test("a run that another restore holds", () => {
    expect(kinds({ heldBy: "bak_1" }, {}, "bak_2")).toEqual(["held"]);
  });
});
