/** The contrasts that WCAG 2.2 AA asks for, of every pair of colours that meet, in both themes. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const CSS = readFileSync(new URL("../../src/console/styles/tokens.css", import.meta.url), "utf8");
const TOKENS = new Map(
  Array.from(
    CSS.matchAll(/--wo-([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g),
    ([, name = "", light = "", dark = ""]) => [name, { light, dark }] as const,
  ),
);

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = ["canvas", "surface", "sunken"];
const TEXTS = ["text", "text-muted", "accent", "accent-hover", "positive", "negative", "warning"];
const PAIRS: [string, string, number][] = [
  ...TEXTS.flatMap((text) =>
    GROUNDS.map((ground): [string, string, number] => [text, ground, 4.5]),
  ),
  ["on-accent", "accent", 4.5],
  ["on-accent", "accent-hover", 4.5],
  ["negative", "negative-soft", 4.5],
  ["positive", "positive-soft", 4.5],
  ["warning", "warning-soft", 4.5],
  ["accent", "accent-soft", 4.5],
  // What shows where an input is, and where the focus is.
  ["border-strong", "canvas", 3],
  ["border-strong", "surface", 3],
];

it("computes contrast as WCAG does", () => {
  expect(contrast("#000000", "#ffffff")).toBe(21);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  it.each(PAIRS)("%s on %s has a contrast of at least %d", (front, ground, least) => {
    const [one, other] = [TOKENS.get(front)?.[theme], TOKENS.get(ground)?.[theme]];
    if (one === undefined || other === undefined) throw new Error(`${front}, ${ground}: no token`);
    expect(contrast(one, other)).toBeGreaterThanOrEqual(least);
  });
});
