/**
 * The short form of `npm run work`: hostile inputs over all entry points, by how their cost grows and
 * by how many times the floor they take. What is gated on is never a time.
 */
import { describe, expect, it } from "vitest";
import { INPUTS } from "./inputs.ts";
import { excess, machineScale, measure } from "./measure.ts";

/** One measurement on a busy machine has noise; the command has the gates of the contract. */
const NOISE = 1.6;

/** Those that took seconds once, and one of each other kind. */
const SEEN: ReadonlySet<string> = new Set([
  "200 misspelt targets, ids of 64 letters",
  "all targets misspelt in 24 KB",
  "misspelt constants among 8,000",
  "brackets that close nothing",
  "commas",
  "wrong escapes",
  "unknown keys against 100 long ones",
  "texts that a pattern tries in all its places",
  "unknown keys against 8,000 keys of forms",
  "unknown keys that share all letters",
  "zeros between ones",
  "enum of 400 objects, 8,000 items",
  "uniqueItems of 20,000 objects",
  "anyOf of 100 that all fail",
  "a pattern that tries all its places",
  "stars in stars that never match",
  "stars in stars",
  "a tree without end",
  "a long path in a section of many items",
  "50 readings of one large object",
  "400 conditionals over an object of 16,000 keys",
  "400 conditionals that read all inputs",
  "499 comparisons of large lists",
  "14,000 texts under a sensitive key, and 110 KB",
  "4,500 short sensitive answers, and a text of their letters",
  "base64 in base64, in parts",
  "a full context of base64",
  "answers as keys that become the same",
  "names that are missing on a long way",
]);

describe("the hostile inputs", () => {
  it("are at least 60, over all entry points", () => {
    expect(INPUTS.length).toBeGreaterThanOrEqual(60);
    expect([...new Set(INPUTS.map(({ entry }) => entry))]).toEqual([
      "workflow, JSON",
      "workflow, YAML",
      "form answers",
      "start inputs",
      "JSON body",
      "model's answer",
      "mock",
      "template",
      "expression",
      "turn of a run",
      "reading of a run",
      "answer of an API",
    ]);
    const names = INPUTS.map(({ entry, name }) => `${entry}: ${name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  const scale = machineScale();
  const short = INPUTS.filter(({ name }) => SEEN.has(name));

  it.each(short.map((input) => [input.entry, input.name, input] as const))(
    "%s: %s stays within its bounds",
    (_entry, _name, input) => {
      const most = input.mostMs * NOISE;
      const first = excess(measure({ ...input, mostMs: most }, scale, 2), 2.5 * NOISE);
      // Measured again before it is believed: another process may have had its turn in between.
      const again = first && excess(measure({ ...input, mostMs: most }, scale, 4), 2.5 * NOISE);
      expect(again).toBeNull();
    },
  );
});
