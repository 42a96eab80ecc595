/** The table of docs/architecture.md: the linter must refuse what it forbids, and only that. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/workflow-imports-`);
  copyFileSync(`${ROOT}.oxlintrc.json`, `${folder}/.oxlintrc.json`);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** File, what it imports, whether it may. */
const CASES: readonly (readonly [string, string, boolean])[] = [
  ["src/model/a.ts", "../validation/answers.ts", false],
  ["src/validation/a.ts", "../model/json.ts", true],
  ["src/validation/a.ts", "../run/view.ts", false],
  ["src/template/a.ts", "../validation/answers.ts", false],
  ["src/security/a.ts", "../db/runs.ts", false],
  ["src/engine/a.ts", "../expression/parse.ts", true],
  ["src/engine/a.ts", "../executors/form.ts", false],
  ["src/engine/a.ts", "zod", false],
  ["src/workflow/a.ts", "../template/render.ts", true],
  ["src/workflow/a.ts", "../run/view.ts", false],
  ["src/workflow/upgrade/a.ts", "../../expression/parse.ts", true],
  ["src/workflow/upgrade/a.ts", "../yaml.ts", true],
  ["src/workflow/upgrade/a.ts", "../../cli/proving/old-file.ts", false],
  ["src/cli/proving/a.ts", "../../parity/compare.ts", true],
  ["src/cli/proving/a.ts", "../../workflow/upgrade/upgrade.ts", false],
  ["src/cli/proving/a.ts", "../../workflow/read.ts", false],
  ["src/cli/proving/old-a.ts", "../../model/json.ts", true],
  ["src/cli/proving/old-a.ts", "../../expression/parse.ts", false],
  ["src/cli/proving/old-a.ts", "../../workflow/yaml.ts", false],
  ["src/parity/a.ts", "../model/limits.ts", true],
  ["src/parity/a.ts", "./memory.ts", true],
  ["src/parity/a.ts", "mustache", true],
  ["src/parity/a.ts", "../expression/parse.ts", false],
  ["src/parity/a.ts", "../ai/mock.ts", false],
  ["src/parity/a.ts", "../settings.ts", false],
  ["src/parity/expression/a.ts", "../../model/limits.ts", true],
  ["src/parity/expression/a.ts", "./parse.ts", true],
  ["src/parity/expression/a.ts", "../../expression/parse.ts", false],
  ["src/ai/a.ts", "../template/render.ts", true],
  ["src/ai/a.ts", "../executors/form.ts", false],
  ["src/executors/a.ts", "../ai/provider.ts", true],
  ["src/executors/a.ts", "../engine/advance.ts", false],
  ["src/run/a.ts", "../engine/advance.ts", true],
  ["src/run/a.ts", "../http/app.ts", false],
  ["src/http/a.ts", "../run/view.ts", true],
  ["src/http/a.ts", "../engine/advance.ts", false],
  ["src/console/components/A.tsx", "../../model/run.ts", true],
  ["src/console/components/A.tsx", "../../validation/answers.ts", true],
  ["src/console/components/A.tsx", "../../validation/number-text.ts", true],
  ["src/console/components/A.tsx", "../../validation/pattern.ts", false],
  ["src/console/components/A.tsx", "../../run/view.ts", false],
  ["src/console/a.tsx", "./components/FormRenderer.tsx", true],
  ["src/console/a.tsx", "../http/app.ts", false],
  ["src/console/app/a.tsx", "../client/api.ts", true],
];

it("refuses what the import rule forbids, and only that", () => {
  for (const [index, [file, imported]] of CASES.entries()) {
    const path = pathOf(index, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `import { value } from "${imported}";\nexport const other = value;\n`);
  }
  const output = lint();
  const allowed = CASES.map(([file, imported], index) => {
    const isRefused = output.some(({ filename }) => pathOf(index, file).endsWith(filename));
    return [file, imported, !isRefused];
  });
  expect(allowed).toEqual(CASES);
});

/** Each case has a file of its own beside the one that it names. */
function pathOf(index: number, file: string): string {
  return `${folder}/${file.replace(/(\.tsx?)$/, `-${index}$1`)}`;
}

function lint(): { filename: string }[] {
  let output: string;
  try {
    output = execFileSync(`${ROOT}node_modules/.bin/oxlint`, ["--format=json"], {
      cwd: folder,
    }).toString();
  } catch (error) {
    // Findings make the exit code 1.
    output = String((error as { stdout: Buffer }).stdout);
  }
  const { diagnostics } = JSON.parse(output) as {
    diagnostics: { code: string; filename: string }[];
  };
  return diagnostics.filter(({ code }) => code.includes("no-restricted-imports"));
}
