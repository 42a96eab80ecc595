/** The proof of an upgrade: it holds for right ones, and sees wrong ones. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test, vi } from "vitest";
import { loadOldFile } from "#cli/proving/old-file.ts";
import { type Proof, proveUpgrade } from "#cli/proving/prove.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { readWorkflow } from "#workflow/read.ts";
import * as upgrading from "#workflow/upgrade/upgrade.ts";
import { UPGRADE_FIXTURES } from "../../workflow/upgrade/fixtures.ts";
import { callProgram, Folder } from "../program.ts";

const OLD = `version: 0.1
name: Expenses
start: ask
steps:
  ask:
    kind: form
    title: Ask
    fields:
      - { name: amount, type: int }
      - { name: reason, type: str, optional: true }
    goto: large
  large:
    kind: if
    title: Large?
    condition: ctx["runtime"]["inputs"]["amount"] > 100
    if_true: approve
    if_false: book
  approve:
    kind: approve
    title: Approve
    approver: lead@example.com
    goto: write
  write:
    kind: ai
    title: Write
    prompt: email_v1
    inputs: [amount]
    schema: { type: object, properties: { subject: { type: string } }, required: [subject] }
    timeout: 20s
    goto: book
  book:
    kind: http
    title: Book
    endpoint: https://books.example.com/{{ctx["runtime"]["inputs"]["amount"]}}
    verb: PUT
    timeout: 1m30s
    body:
      note: |
        two
          lines
`;

const NEW = `schema_version: "0.2.0"
name: Expenses
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    config:
      fields:
        - { key: amount, type: integer, required: true }
        - { key: reason, type: string, required: false }
    next: large
  - id: large
    type: conditional
    name: Large?
    config:
      when: runtime.inputs.amount > 100
      then: approve
      else: book
  - id: approve
    type: approval
    name: Approve
    config:
      approvers: [lead@example.com]
    next: write
  - id: write
    type: ai_generate
    name: Write
    config:
      template_id: email_v1
      variables: [amount]
      json_schema: { type: object, properties: { subject: { type: string } }, required: [subject] }
      timeout_s: 20
    next: book
  - id: book
    type: api_call
    name: Book
    config:
      url: https://books.example.com/{{runtime.inputs.amount}}
      method: PUT
      timeout_s: 90
      body:
        note: |
          two
            lines
`;

function define(text: string): WorkflowDefinition {
  const { definition, diagnostics } = readWorkflow(
    { format: "yaml", text },
    { allowHttpHosts: [] },
  );
  if (definition === null) throw new Error(JSON.stringify(diagnostics));
  return definition;
}

const proofOf = (text: string): Promise<Proof> => proveUpgrade(OLD, define(text));

test("a right upgrade is proved, and every step was come to", async () => {
  expect(await proofOf(NEW)).toEqual({ outcome: "equal", runs: 60, unreached: [] });
});

test("a rule that says one name in both ways reads it once", async () => {
  const rule = 'ctx["runtime"]["inputs"]["amount"] > 100';
  const old = OLD.replace(rule, `${rule} and runtime.inputs.amount > 5`);
  const upgraded = NEW.replace(/(when: .+)/, "$1 and runtime.inputs.amount > 5");
  expect(await proveUpgrade(old, define(upgraded))).toMatchObject({ outcome: "equal" });
});

const provable = UPGRADE_FIXTURES.filter(
  ({ after, name }) => after !== null && !name.startsWith("lost-"),
);
test.each(provable)("the upgrade of $name is proved", async ({ before, after }) => {
  expect(await proveUpgrade(before, define(after ?? ""), 12)).toMatchObject({ outcome: "equal" });
});

describe("a wrong upgrade is seen", () => {
  const BOTH = { definition: true, runs: true };
  const DEFINITION = { definition: true, runs: false };
  const RUNS = { definition: false, runs: true };
  /** What is wrong, the change that makes it so, and where it shows. */
  const WRONG: [
    what: string,
    from: string | RegExp,
    to: string,
    seen: { definition: boolean; runs: boolean },
  ][] = [
    [
      "an optional field that is required",
      "key: reason, type: string, required: false",
      "key: reason, type: string, required: true",
      BOTH,
    ],
    [
      "a required field that is optional",
      "type: integer, required: true",
      "type: integer, required: false",
      BOTH,
    ],
    [
      "branches the wrong way round",
      /then: approve\n( +)else: book/,
      "then: book\n$1else: approve",
      BOTH,
    ],
    ["a branch that is lost", /\n +else: book/, "", BOTH],
    ["a field of another type", "type: integer", "type: number", BOTH],
    ["a field of another name", "key: reason", "key: cause", BOTH],
    ["another rule", "> 100", ">= 100", RUNS],
    [
      "a rule over another name",
      "runtime.inputs.amount >",
      "runtime.steps.ask.output.amount >",
      RUNS,
    ],
    [
      "a rule that says its name as text",
      "runtime.inputs.amount > 100",
      "\"'runtime.inputs.amount' == '100'\"",
      RUNS,
    ],
    ["a goto that is lost", "    next: write\n", "", BOTH],
    ["a goto to another step", "next: write", "next: book", BOTH],
    ["a start at another step", "start_step: ask", "start_step: large", BOTH],
    ["another approver", "lead@", "lead2@", DEFINITION],
    ["another timeout of a model", "timeout_s: 20", "timeout_s: 0.2", BOTH],
    ["another timeout of a call", "timeout_s: 90", "timeout_s: 60", DEFINITION],
    ["another address", "{{runtime.inputs.amount}}", "{{runtime.inputs.reason}}", BOTH],
    ["another method", "method: PUT", "method: DELETE", BOTH],
    ["a variable that is lost", "variables: [amount]", "variables: []", BOTH],
    ["another template", "email_v1", "content_v1", BOTH],
    ["a schema that asks for less", "required: [subject]", "required: []", BOTH],
    ["a text that lost its indentation", "            lines\n", "          lines\n", BOTH],
    ["a name that is lost", "name: Large?", "name: large", DEFINITION],
    [
      "a step more",
      /$/,
      "  - { id: more, type: form, name: More, config: { fields: [{ key: a, type: string, required: true }] } }\n",
      DEFINITION,
    ],
  ];

  test.each(WRONG)("%s", async (_what, from, to, seen) => {
    const text = NEW.replace(from, to);
    expect(text).not.toBe(NEW);
    const proof = await proofOf(text);
    if (proof.outcome !== "different") throw new Error(proof.outcome);
    const { definition, differing } = proof;
    expect({ definition: definition.length > 0, runs: differing.length > 0 }).toEqual(seen);
  });

  test("and shown with what it was tried with, and nothing is written", async () => {
    const folder = new Folder({ "old.yaml": OLD });
    const wrong = NEW.replace("> 100", ">= 100");
    const spy = vi
      .spyOn(upgrading, "upgradeWorkflow")
      .mockReturnValue({ outcome: "upgraded", text: wrong, unmapped: [], unnamed: [] });
    const files = ["--in", `${folder.path}/old.yaml`, "--out", `${folder.path}/new.yaml`];
    const { code, err } = await callProgram(["upgrade", ...files, "--prove"]);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^The old and the new file do not mean the same\.\n\d+ of 60 runs differ:\n {2}\/\S+: .+ became .+, with \{"amount":100.*\n/,
    );
    expect(err).toContain(
      "\nNothing was written: it is not proved that the result means the same.\n",
    );
    expect(existsSync(`${folder.path}/new.yaml`)).toBe(false);
    spy.mockRestore();
    folder.remove();
  });
});

describe("on the command line", () => {
  const folder = new Folder({
    "old.yaml": OLD,
    "lossy.yaml": OLD.replace("timeout: 20s", "timeout: soon"),
  });
  afterAll(() => folder.remove());
  const prove = async (name: string, ...options: string[]) => {
    const files = ["--in", `${folder.path}/${name}`, "--out", `${folder.path}/made-${name}`];
    const { code, err } = await callProgram(["upgrade", ...files, "--prove", ...options]);
    return { code, err: err.replaceAll(`${folder.path}/`, "") };
  };

  test("a proved upgrade is written", async () => {
    expect(await prove("old.yaml")).toEqual({
      code: 0,
      err: "Proved: the old and the new file mean the same, in 60 runs of each.\nWrote made-old.yaml.\n",
    });
    expect(readFileSync(`${folder.path}/made-old.yaml`, "utf8")).toBe(NEW);
  });

  test("what cannot be read cannot be proved, which --force does not hide", async () => {
    const { code, err } = await prove("lossy.yaml", "--force");
    expect(code).toBe(1);
    expect(err).toMatch(
      /\nThe proof cannot read lossy\.yaml: steps\.write\.timeout: .+\nWrote made-lossy\.yaml\.\n$/,
    );
  });
});

describe("the loader of the proof", () => {
  test.each([
    ["no YAML", "a: [", /./],
    ["no workflow", "a: 1\n", /^start: /],
    ["another kind", OLD.replace("kind: form", "kind: frm"), /^steps\.ask/],
    ["a bare timeout", OLD.replace("20s", "20"), /^steps\.write\.timeout: /],
    ["a timeout in the wrong order", OLD.replace("1m30s", "30s1m"), /^steps\.book\.timeout: /],
  ])("says what it cannot read: %s", (_what, text, message) => {
    const loaded = loadOldFile(text);
    expect(loaded).toMatchObject({ ok: false, error: expect.stringMatching(message) as string });
  });

  test("shares nothing with the upgrade but the model, nor the upgrade with the proof", () => {
    const loader = reachedFrom("src/cli/proving/old-file.ts");
    const upgrade = reachedFrom("src/workflow/upgrade/upgrade.ts");
    const shared = [...loader].filter((file) => upgrade.has(file));
    expect(shared.filter((file) => !file.startsWith("src/model/"))).toEqual([]);
    expect([...loader].filter((file) => !/^src\/(?:model|cli\/proving)\//.test(file))).toEqual([]);
    expect([...upgrade].filter((file) => /^src\/(?:cli|parity)\//.test(file))).toEqual([]);
    const proof = reachedFrom("src/cli/proving/prove.ts");
    expect([...proof].filter((file) => file.startsWith("src/workflow/"))).toEqual([]);
    // Were the walk broken, all of this would hold.
    expect(upgrade.size).toBeGreaterThan(20);
    expect(loader.size).toBeGreaterThan(3);
    expect(proof.size).toBeGreaterThan(20);
  });
});

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** The files of the project that a file imports, and those that these import, itself included. */
function reachedFrom(start: string): Set<string> {
  const reached = new Set<string>();
  const waiting = [join(ROOT, start)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const name = relative(ROOT, file);
    if (reached.has(name)) continue;
    reached.add(name);
    for (const [, path = ""] of readFileSync(file, "utf8").matchAll(/\bfrom "([.#][^"]+)"/g)) {
      waiting.push(
        path.startsWith("#") ? join(ROOT, "src", path.slice(1)) : join(dirname(file), path),
      );
    }
  }
  return reached;
}
