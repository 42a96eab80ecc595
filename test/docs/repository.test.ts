import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const IGNORED = new Set([".git", "node_modules", "dist", ".wrangler", ".dev.vars", "coverage"]);

/** Everything that is committed or could be: all files but those that .gitignore names. */
function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (IGNORED.has(entry.name) || entry.name.endsWith(".log")) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

const texts = filesBelow(".")
  .map((path) => ({ path, bytes: readFileSync(join(ROOT, path)) }))
  .filter(({ bytes }) => !bytes.includes(0))
  .map(({ path, bytes }) => ({ path, text: bytes.toString("utf8") }));

/** Written in parts, so that this file does not hold what it looks for. */
const FORBIDDEN: [what: string, pattern: RegExp][] = [
  ["the folder of a machine", new RegExp(["", "work", ""].join("/"))],
  ["a folder beside the repository", new RegExp(["\\.\\.", "shared"].join("/"))],
  ["a person's home", /\/(?:home|Users)\/[A-Za-z]/],
  [
    "the host of a package registry",
    /\/\/(?:[\w-]+\.)*(?:registry|artifactory|nexus|verdaccio)\.[\w.-]+/i,
  ],
  ["the address of a package", /https?:\/\/\S+\/-\/\S+\.tgz/],
  ["a registry to install from", /^\s*(?:@[\w-]+:)?registry\s*=/m],
];

describe("the repository", () => {
  it.each(FORBIDDEN)("does not name %s", (_what, pattern) => {
    const found = texts.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
    expect(found).toEqual([]);
  });

  it("has no link between its documents that leads nowhere", () => {
    const broken = texts
      .filter(({ path }) => path.endsWith(".md"))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
          .map(([, target = ""]) => ({ path, target }))
          .filter(({ target }) => !existsSync(join(ROOT, dirname(path), target))),
      );
    expect(broken).toEqual([]);
  });

  it("has no link to a heading that is not there", () => {
    const documents = new Map(
      texts.filter(({ path }) => path.endsWith(".md")).map(({ path, text }) => [path, text]),
    );
    const broken = [...documents].flatMap(([path, text]) =>
      [...text.matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)]
        .map(([, file = "", anchor = ""]) => ({
          path,
          target: file === "" ? path : join(dirname(path), file),
          anchor,
        }))
        .filter(({ target, anchor }) => !anchorsOf(documents.get(target) ?? "").has(anchor)),
    );
    expect(broken).toEqual([]);
  });
});

/** The anchors that a document has, as GitHub makes them from headings. */
function anchorsOf(markdown: string): Set<string> {
  const headings = [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

describe("docs/adr", () => {
  const names = readdirSync(join(ROOT, "docs/adr"))
    .filter((name) => /^\d/.test(name))
    .toSorted();
  const textOf = (name: string) => readFileSync(join(ROOT, "docs/adr", name), "utf8");

  it("assigns each decision its own number", () => {
    const numbers = names.map((name) => name.slice(0, 4));
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it.each(names)("%s has its status, context, decision and consequences", (name) => {
    const headings = [...textOf(name).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(["Context", "Decision", "Consequences"]);
    expect(textOf(name)).toMatch(
      /^Status: (?:proposed|accepted|rejected|superseded by \d{4})\. Date: \d{4}-\d{2}-\d{2}\.$/m,
    );
  });

  it("is listed in its index", () => {
    const index = textOf("README.md");
    expect(names.filter((name) => !index.includes(`(${name})`))).toEqual([]);
  });
});
