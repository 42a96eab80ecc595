import { describe, expect, it } from "vitest";
import { ROWS } from "./security.ts";
import { figureOf, line, planted, redaction, tests, work } from "./security-figures.ts";

const HELD_OUT = `stdout | test/security/redaction-quality.test.ts
held out: 220 texts
  email    recall  1.000 (40/40)      precision  0.960 (40/41)   exact  0.909
  phone    recall  0.910 (29/31)      precision  0.955 (21/22)   exact  0.955
tuning: 349 texts
  email    recall  0.100 (39/39)      precision  0.100 (39/39)   exact  1.000
`;

const WORK = `3 hostile inputs, 2026-11-28
| entry | input | KB | ordinary | hostile | × | growth | |
| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |
| yaml | nested lists | 64 | 1.0 | 80.5 | 80.5 | 2.01 |  |
| start | short values | 240 | 1.0 | 120.1 | 1.2 | 1.00 |  |

2 of 2 within their gates
`;

describe("a figure", () => {
  const check = { command: "x", read: line(/^S4 (ssrf: .*)$/m) };

  it("is met when it is printed and the command ends well", () => {
    expect(figureOf(check, { code: 0, printed: "a\nS4 ssrf: 0 of 9\nb" })).toEqual({
      isMet: true,
      figure: "ssrf: 0 of 9",
    });
  });

  it("is missed when the command fails, even if it is printed", () => {
    expect(figureOf(check, { code: 1, printed: "S4 ssrf: 0 of 9" }).isMet).toBe(false);
    expect(figureOf(check, { code: null, printed: "S4 ssrf: 0 of 9" }).isMet).toBe(false);
  });

  it("is missed when nothing is printed, even if the command ends well", () => {
    expect(figureOf(check, { code: 0, printed: "" })).toEqual({
      isMet: false,
      figure: "no figure by x",
    });
  });
});

describe("tests", () => {
  it.each([
    ["  Tests  12 passed (12)", { isMet: true, figure: "0 of 12 tests failed" }],
    ["  Tests  1 failed | 11 passed (12)", { isMet: false, figure: "1 of 12 tests failed" }],
    ["no report", null],
  ])("in %j", (printed, expected) => {
    expect(tests(printed)).toEqual(expected);
  });
});

describe("planted values", () => {
  it("are added up over the files", () => {
    const printed = "planted: 600\nplanted: 500\n  Tests  4 passed (4)";
    expect(planted(1_000)(printed)).toEqual({ isMet: true, figure: "0 found; 1100 planted" });
  });

  it.each([
    ["too few", "planted: 999\n  Tests  4 passed (4)"],
    ["one found", "planted: 1000\n  Tests  1 failed | 3 passed (4)"],
  ])("miss their target: %s", (_what, printed) => {
    expect(planted(1_000)(printed)?.isMet).toBe(false);
  });

  it("are no figure when none was planted", () => {
    expect(planted(1_000)("  Tests  4 passed (4)")).toBeNull();
  });
});

describe("work", () => {
  it("names the worst input", () => {
    expect(work(WORK)).toEqual({
      isMet: true,
      figure: "2 of 2 within their gates; worst 120.1 ms (start: short values)",
    });
  });

  it.each(["1 of 2 within their gates", "0 of 0 within their gates"])(
    "is missed: %s",
    (verdict) => {
      expect(work(verdict)?.isMet).toBe(false);
    },
  );

  it("is no figure without a verdict", () => {
    expect(work("npm error Missing script: work")).toBeNull();
  });
});

describe("redaction", () => {
  it("counts the held-out texts alone", () => {
    expect(redaction(HELD_OUT)).toEqual({
      isMet: true,
      figure: "email 1.000/0.960, phone 0.910/0.955; 220 held-out texts",
    });
  });

  it.each([
    ["recall", HELD_OUT.replace("recall  1.000", "recall  0.979")],
    ["precision", HELD_OUT.replace("precision  0.960", "precision  0.949")],
    ["recall of telephone numbers", HELD_OUT.replace("recall  0.910", "recall  0.899")],
    ["nothing there", HELD_OUT.replace("recall  1.000", "recall      -")],
  ])("is missed by one kind: %s", (_what, printed) => {
    expect(redaction(printed)?.isMet).toBe(false);
  });
});

it("every row of the scoreboard has a command", () => {
  expect(ROWS.map(({ id }) => id)).toEqual(["S1", "S2", "S3", "S4", "S5", "S6", "S7"]);
  expect(ROWS.filter(({ checks }) => checks.length === 0)).toEqual([]);
});
