import { describe, expect, it } from "vitest";
import { readSettings } from "#settings.ts";
import { firstColumn, readDocument, sectionsOf } from "./document.ts";

const { scripts } = JSON.parse(readDocument("package.json")) as { scripts: Record<string, string> };

describe("package.json", () => {
  it.each(["dev", "lint", "type", "test", "migrate", "seed", "audit", "spec-check", "perf"])(
    "has the script %s",
    (name) => {
      expect(scripts).toHaveProperty([name]);
    },
  );
});

describe("documents that show commands", () => {
  const documents = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/operations.md",
    "docs/architecture.md",
    "docs/contract.md",
    "docs/performance.md",
    ".github/workflows/ci.yml",
  ];

  it.each(documents)("%s names only scripts that exist", (path) => {
    const named = [...readDocument(path).matchAll(/npm run ([a-z][a-z-]*)/g)].map(
      ([, name = ""]) => name,
    );
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});

describe("docs/operations.md", () => {
  const operations = readDocument("docs/operations.md");
  const inEffect = settingsUnder("Settings", 2);

  function settingsUnder(heading: string, level: number): string[] {
    const section = sectionsOf(operations, level).find((one) => one.heading === heading);
    return firstColumn(section?.text ?? "");
  }

  it("describes each setting that the service reads, and no other", () => {
    expect(inEffect.toSorted()).toEqual(settingsRead().toSorted());
  });

  it("describes each setting of .dev.vars.example, and no other", () => {
    const example = [...readDocument(".dev.vars.example").matchAll(/^([A-Z][A-Z0-9_]*)=/gm)].map(
      ([, name = ""]) => name,
    );
    expect(inEffect.toSorted()).toEqual(example.toSorted());
  });
});

/** The names that the service looks up in its environment. */
function settingsRead(): string[] {
  const names = new Set<string>();
  const environment = new Proxy(
    {},
    {
      get(_target, name) {
        if (typeof name === "string" && /^[A-Z][A-Z0-9_]*$/.test(name)) names.add(name);
        return undefined;
      },
    },
  );
  readSettings(environment);
  return [...names];
}
