/** The page behind a resume link brings its own style, with the colours of the console. */
import { describe, expect, it } from "vitest";
import { STYLE_ELEMENT, styleSource } from "#http/resume-page/style.ts";
import { createHash } from "node:crypto";
import { readDocument } from "./document.ts";

function coloursOf(css: string): Map<string, string> {
  return new Map(
    [...css.matchAll(/(--wo-[a-z-]+): (light-dark\([^)]*\));/g)].map(
      ([, name = "", value = ""]) => [name, value],
    ),
  );
}

const css = String(STYLE_ELEMENT);

describe("the style of the resume page", () => {
  it("has the colours of the console", () => {
    const console = coloursOf(readDocument("src/console/styles/tokens.css"));
    const own = [...coloursOf(css)];
    expect(own.length).toBeGreaterThan(10);
    for (const [name, value] of own) expect([name, value]).toEqual([name, console.get(name)]);
  });

  it("names each colour that it uses, and uses each that it names", () => {
    const used = new Set([...css.matchAll(/var\((--wo-[a-z-]+)\)/g)].map(([, name = ""]) => name));
    expect([...used].toSorted()).toEqual([...coloursOf(css).keys()].toSorted());
  });

  it("is named in the policy by its hash, and loads nothing", async () => {
    const text = css.slice("<style>".length, -"</style>".length);
    const hash = createHash("sha256").update(text).digest("base64");
    expect(await styleSource()).toBe(`'sha256-${hash}'`);
    expect(css).not.toMatch(/url\(|@import|<\/style>.+/s);
  });
});
