/**
 * How much of what must be redacted is found, and how much is replaced without reason, on labelled
 * texts. `npm run redaction` prints it. Texts that were held out are counted, never shown: who sees
 * them is tempted to tune to them.
 */
import { describe, expect, it } from "vitest";
import { findSensitive } from "#security/redact.ts";
import {
  faultsOf,
  KINDS,
  type LabelledText,
  readLabelledTexts,
  scoresOf,
  table,
  unmark,
} from "../support/labelled-texts.ts";

const heldOut = readLabelledTexts("held-out-5");
const tuning = readLabelledTexts("tuning");
const all = [...heldOut, ...tuning];

/** Of what there is; of what is replaced. */
const GOALS = { recall: 0.98, precision: 0.95 };
const PHONE_GOALS = { recall: 0.9, precision: 0.8 };

const print = (title: string, texts: LabelledText[]) =>
  console.log(table(title, texts.length, scoresOf(texts, findSensitive)));

describe("the labelled texts", () => {
  it("are at least 300, 200 of them or more held out, each there once", () => {
    expect(all.length).toBeGreaterThanOrEqual(300);
    expect(heldOut.length).toBeGreaterThanOrEqual(200);
    expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
  });

  it("hold texts in which nothing is sensitive, a third of them or more", () => {
    const clean = all.filter(({ labels }) => labels.length === 0);
    expect(clean.length / all.length).toBeGreaterThanOrEqual(1 / 3);
  });

  it("are marked exactly", () => {
    expect(unmark("a ⟦email:b@c.io⟧, ⟦ssn:078-05-1120⟧")).toEqual({
      text: "a b@c.io, 078-05-1120",
      labels: [
        { kind: "email", start: 2, end: 8 },
        { kind: "ssn", start: 10, end: 21 },
      ],
    });
  });
});

describe("a redactor", () => {
  const texts = [unmark("⟦email:b@c.io⟧ and ⟦email:d@e.io⟧"), unmark("nothing")];
  const finding = (start: number, end: number) => ({
    kind: "email" as const,
    start,
    end,
    value: { start, end },
    replacement: "",
  });

  it("is measured by what it misses, in part too, and by what it replaces without reason", () => {
    const half = (text: string) => (text === "nothing" ? [finding(0, 3)] : [finding(0, 5)]);
    const [email] = scoresOf(texts, half);
    expect(email).toEqual({ kind: "email", labels: 2, found: 0, findings: 2, right: 1, exact: 0 });
    expect(texts.flatMap((text) => faultsOf(text, half))).toHaveLength(3);
  });

  it("is perfect when it finds exactly what is marked", () => {
    const exactly = (text: string) => (text === "nothing" ? [] : [finding(0, 6), finding(11, 17)]);
    const [email] = scoresOf(texts, exactly);
    expect(email).toEqual({ kind: "email", labels: 2, found: 2, findings: 2, right: 2, exact: 2 });
  });
});

describe("the redactor", () => {
  it("prints its recall and precision", () => {
    print("held out", heldOut);
    print("tuning", tuning);
    print("all", all);
  });

  it.each(KINDS)("reaches its goals for %s on what it was tuned on", (kind) => {
    const goals = kind === "phone" ? PHONE_GOALS : GOALS;
    const score = scoresOf(tuning, findSensitive).find((one) => one.kind === kind);
    const { labels = 0, found = 0, findings = 0, right = 0 } = score ?? {};
    const faults = tuning.flatMap((text) => faultsOf(text, findSensitive)).join("\n");
    expect(found / labels, faults).toBeGreaterThanOrEqual(goals.recall);
    expect(right / findings, faults).toBeGreaterThanOrEqual(goals.precision);
  });
});
