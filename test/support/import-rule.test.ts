/** The table of docs/architecture.md: the linter must refuse what it forbids, and only that. */
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/workflow-imports-`);
  copyFileSync(`${ROOT}.oxlintrc.json`, `${folder}/.oxlintrc.json`);
  writeFileSync(`${folder}/package.json`, '{ "type": "module", "imports": { "#*": "./src/*" } }');
  cpSync(`${ROOT}.oxlint`, `${folder}/.oxlint`, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** File, what it imports, whether it may. */
const CASES: readonly (readonly [string, string, boolean])[] = [
  ["src/model/a.ts", "#validation/answers.ts", false],
  ["src/model/a.ts", "./json.ts", true],
  ["src/model/a.ts", "zod", true],
  ["src/validation/a.ts", "#model/json.ts", true],
  ["src/validation/a.ts", "../model/json.ts", false],
  ["src/validation/a.ts", "#validation/fields.ts", false],
  ["src/validation/a.ts", "#run/views/run-view.ts", false],
  ["src/validation/json-schema/a.ts", "#model/json.ts", true],
  ["src/validation/json-schema/a.ts", "../pattern.ts", true],
  ["src/validation/json-schema/a.ts", "../../model/json.ts", false],
  ["src/validation/json-schema/a.ts", "#run/views/run-view.ts", false],
  ["src/template/a.ts", "#validation/answers.ts", false],
  ["src/security/a.ts", "#db/runs.ts", false],
  ["src/engine/a.ts", "#model/event.ts", true],
  ["src/engine/a.ts", "#expression/parse.ts", false],
  ["src/engine/a.ts", "#executors/form.ts", false],
  ["src/engine/a.ts", "zod", false],
  ["src/engine/deep/deeper/a.ts", "#executors/form.ts", false],
  ["src/engine/deep/deeper/a.ts", "../../../executors/form.ts", false],
  ["src/engine/deep/deeper/a.ts", "../../advance.ts", true],
  ["src/workflow/a.ts", "#template/render.ts", true],
  ["src/workflow/a.ts", "#run/views/run-view.ts", false],
  ["src/workflow/checks/a.ts", "#ai/registry.ts", false],
  ["src/workflow/upgrade/a.ts", "#expression/parse.ts", true],
  ["src/workflow/upgrade/a.ts", "#validation/fields.ts", false],
  ["src/workflow/upgrade/a.ts", "../source/yaml.ts", true],
  ["src/workflow/upgrade/a.ts", "#cli/proving/old-file.ts", false],
  ["src/cli/proving/a.ts", "#parity/compare.ts", true],
  ["src/cli/proving/a.ts", "../terminal/printable.ts", true],
  ["src/cli/proving/a.ts", "../terminal/table.ts", false],
  ["src/cli/proving/a.ts", "./prove.ts", true],
  ["src/cli/proving/a.ts", "#workflow/upgrade/upgrade.ts", false],
  ["src/cli/proving/a.ts", "#workflow/read.ts", false],
  ["src/cli/proving/old-a.ts", "#model/json.ts", true],
  ["src/cli/proving/old-a.ts", "#expression/parse.ts", false],
  ["src/cli/proving/old-a.ts", "#workflow/source/yaml.ts", false],
  ["src/cli/commands/a.ts", "#http/app.ts", false],
  ["src/cli/commands/a.ts", "#run/run-object.ts", false],
  ["src/parity/a.ts", "#model/limits.ts", true],
  ["src/parity/a.ts", "./memory.ts", true],
  ["src/parity/a.ts", "mustache", true],
  ["src/parity/a.ts", "#expression/parse.ts", false],
  ["src/parity/a.ts", "#ai/mock/provider.ts", false],
  ["src/parity/a.ts", "#settings.ts", false],
  ["src/parity/expression/a.ts", "#model/limits.ts", true],
  ["src/parity/expression/a.ts", "./parse.ts", true],
  ["src/parity/expression/a.ts", "#expression/parse.ts", false],
  ["src/dual-run/a.ts", "#parity/compare.ts", true],
  ["src/dual-run/a.ts", "#http/route.ts", true],
  ["src/dual-run/a.ts", "#engine/advance.ts", false],
  ["src/ai/a.ts", "#template/render.ts", true],
  ["src/ai/openai/a.ts", "#executors/form.ts", false],
  ["src/executors/a.ts", "#ai/provider.ts", true],
  ["src/executors/a.ts", "#engine/advance.ts", false],
  ["src/ports/a.ts", "#executors/executor.ts", true],
  ["src/ports/a.ts", "#run/store.ts", false],
  ["src/run/a.ts", "#engine/advance.ts", true],
  ["src/run/a.ts", "#http/app.ts", false],
  ["src/run/sinks/a.ts", "#parity/compare.ts", false],
  ["src/run/sinks/a.ts", "../store.ts", true],
  ["src/http/a.ts", "#run/views/answer-view.ts", true],
  ["src/http/a.ts", "#engine/advance.ts", false],
  ["src/http/executions/a.ts", "#engine/advance.ts", false],
  ["src/http/executions/a.ts", "#dual-run/route.ts", false],
  ["src/console/components/A.tsx", "#model/run.ts", true],
  ["src/console/components/A.tsx", "#validation/answers.ts", true],
  ["src/console/components/A.tsx", "#validation/number-text.ts", true],
  ["src/console/components/A.tsx", "#validation/pattern.ts", false],
  ["src/console/components/A.tsx", "#run/views/run-view.ts", false],
  ["src/console/a.tsx", "./components/FormRenderer.tsx", true],
  ["src/console/a.tsx", "#http/app.ts", false],
  ["src/console/app/a.tsx", "../client/api.ts", true],
  ["test/engine/a.test.ts", "#engine/advance.ts", true],
  ["test/engine/a.test.ts", "../../src/engine/advance.ts", false],
  ["test/engine/a.test.ts", "../support/http.ts", true],
  ["stories/a.tsx", "../src/console/main.tsx", false],
  ["stories/a.tsx", "#console/main.tsx", true],
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

interface Finding {
  code: string;
  filename: string;
}

function lint(): Finding[] {
  return findings().filter(({ code }) => code.includes("project(imports)"));
}

function findings(): Finding[] {
  let output: string;
  try {
    output = execFileSync(`${ROOT}node_modules/.bin/oxlint`, ["--format=json"], {
      cwd: folder,
    }).toString();
  } catch (error) {
    // Findings make the exit code 1.
    output = String((error as { stdout: Buffer }).stdout);
  }
  const { diagnostics } = JSON.parse(output) as { diagnostics: Finding[] };
  return diagnostics;
}

it("refuses cycles, those of types included", () => {
  mkdirSync(`${folder}/src/engine`, { recursive: true });
  writeFileSync(
    `${folder}/src/engine/a.ts`,
    'import type { B } from "./b.ts";\nexport type A = B | null;\n',
  );
  writeFileSync(
    `${folder}/src/engine/b.ts`,
    'import type { A } from "./a.ts";\nexport type B = A[];\n',
  );
  expect(findings().filter(({ code }) => code.includes("no-cycle"))).toHaveLength(2);
});
