/** `workflow upgrade`: exit codes, what is written where, and what is said. */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { callProgram, Folder, type Outcome, spawnProgram } from "./program.ts";

const OLD = `# drafts
version: 0.1
name: Drafts
start: ask
steps:
  ask:
    kind: form
    title: Ask   # the person
    fields: [{ name: topic, type: str }]
`;
const NEW = `# drafts
schema_version: "0.2.0"
name: Drafts
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask   # the person
    config:
      fields: [{ key: topic, type: string, required: true }]
`;
const LOSSY = OLD.replace("    kind: form\n", "    kind: form\n    colour: blue\n");
const LOSSY_NEW = NEW.replace(
  "    type: form\n",
  "    type: form\n    x-unmapped: # no counterpart in format 0.2\n      colour: blue\n",
);
const DANGLING = `${OLD}    goto: aks\n`;

let folder: Folder;
beforeEach(() => {
  folder = new Folder({
    "old.yaml": OLD,
    "new.yaml": NEW,
    "lossy.yaml": LOSSY,
    "dangling.yaml": DANGLING,
    "other.yaml": "something: else\n",
    "alias.yaml": "version: 0.1\nname: &a A\n",
    "local.yaml": `version: 0.1
name: Local
start: call
steps:
  call: { kind: http, title: Call, endpoint: "http://127.0.0.1:9000/x", verb: GET }
`,
    "bom.yaml": `\uFEFF${OLD.replaceAll("\n", "\r\n")}`,
    "no-end.yaml": OLD.trimEnd(),
  });
});
afterEach(() => folder.remove());

/** Called as from within the folder: its path is left out of what is said. */
async function upgrade(...args: string[]): Promise<Outcome> {
  const inFolder = args.map((arg) => (arg.endsWith(".yaml") ? `${folder.path}/${arg}` : arg));
  const { code, out, err } = await callProgram(["upgrade", ...inFolder]);
  return { code, out, err: err.replaceAll(`${folder.path}/`, "") };
}

function read(name: string): string {
  return readFileSync(`${folder.path}/${name}`, "utf8");
}

describe("exit code 0", () => {
  test("a file of format 0.1 is written in format 0.2", async () => {
    const files = ["--in", "old.yaml", "--out", "made.yaml"];
    const outcome = await upgrade("--from", "0.1", "--to", "0.2", ...files);
    expect(outcome).toEqual({ code: 0, out: "", err: "Wrote made.yaml.\n" });
    expect(read("made.yaml")).toBe(NEW);
  });

  test.each([[[]], [["--out", "-"]]])(
    "without a file to write, on standard output: %j",
    async (out) => {
      expect(await upgrade("--in", "old.yaml", ...out)).toEqual({ code: 0, out: NEW, err: "" });
    },
  );

  test("a file of format 0.2 is said to be one, and written as it is", async () => {
    const { code, err } = await upgrade("--in", "new.yaml", "--out", "made.yaml");
    expect({ code, err }).toEqual({
      code: 0,
      err: "new.yaml is already of format 0.2; nothing was changed.\nWrote made.yaml.\n",
    });
    expect(read("made.yaml")).toBe(NEW);
  });

  test("with --force, what has no counterpart is kept under x-unmapped and shown", async () => {
    const { code, err } = await upgrade("--in", "lossy.yaml", "--out", "made.yaml", "--force");
    expect(code).toBe(0);
    expect(err).toMatch(
      /^lossy\.yaml:8:5: warning unknown_key: "colour" .+\n.+\n.+\nWrote made\.yaml\.\n$/,
    );
    expect(read("made.yaml")).toBe(LOSSY_NEW);
  });

  test("a host that may be called by http is no finding when it is named", async () => {
    const args = ["--in", "local.yaml", "--out", "made.yaml"];
    expect((await upgrade(...args)).code).toBe(1);
    expect((await upgrade(...args, "--allow-http", "127.0.0.1:9000")).code).toBe(0);
  });

  test("a step without a title is named by its id, which is said", async () => {
    folder.write("untitled.yaml", OLD.replace(/^ +title.+\n/m, ""));
    const { err } = await upgrade("--in", "untitled.yaml", "--out", "made.yaml");
    expect(err).toBe("These have no title and are named by their id: ask.\nWrote made.yaml.\n");
  });

  test("a byte order mark and the line ends of Windows stay", async () => {
    await upgrade("--in", "bom.yaml", "--out", "made.yaml");
    expect(read("made.yaml")).toBe(`\uFEFF${NEW.replaceAll("\n", "\r\n")}`);
  });

  test("a missing line end at the end of the file stays missing", async () => {
    await upgrade("--in", "no-end.yaml", "--out", "made.yaml");
    expect(read("made.yaml")).toBe(NEW.trimEnd());
  });
});

describe("exit code 1, and nothing is written", () => {
  test.each([
    [
      "something has no counterpart",
      "lossy.yaml",
      /^lossy\.yaml:8:5: error unknown_key: "colour" is not a key .+\n {4}8 \|     colour: blue\n {6}\|     \^{6}\n\nNothing was written\. Fix the keys without a counterpart; with --force it is kept under x-unmapped\.\n$/,
    ],
    [
      "it cannot be upgraded at all",
      "alias.yaml",
      /^alias\.yaml:2:10: error yaml_alias: [^]+\nNothing was written: alias\.yaml cannot be upgraded as it is\.\n$/,
    ],
    [
      "the result has errors",
      "dangling.yaml",
      /^made\.yaml:11:11: error unknown_step: "next" names [^]+ {4}next: aks\n[^]+did you mean "ask"\?\n\nNothing was written: the result, as shown, has errors\. --force writes it\.\n$/,
    ],
  ])("when %s", async (_what, name, message) => {
    const { code, out, err } = await upgrade("--in", name, "--out", "made.yaml");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(message);
    expect(existsSync(`${folder.path}/made.yaml`)).toBe(false);
  });

  test("with --force a result with errors is written, and the exit code tells", async () => {
    expect((await upgrade("--in", "dangling.yaml", "--out", "made.yaml", "--force")).code).toBe(1);
    expect(read("made.yaml")).toBe(`${NEW}    next: aks\n`);
  });

  test("not even --force upgrades what is not a workflow of format 0.1", async () => {
    expect((await upgrade("--in", "alias.yaml", "--out", "made.yaml", "--force")).code).toBe(1);
    expect(existsSync(`${folder.path}/made.yaml`)).toBe(false);
  });
});

describe("a file that exists already", () => {
  test.each([["other.yaml"], ["old.yaml"]])("%s is kept, and the exit code is 2", async (name) => {
    const before = read(name);
    const { code, err } = await upgrade("--in", "old.yaml", "--out", name, "--force");
    expect({ code, err }).toEqual({
      code: 2,
      err: `${name} already exists with different content.\nChoose another file, or use --overwrite.\n`,
    });
    expect(read(name)).toBe(before);
  });

  test.each([["other.yaml"], ["old.yaml"]])("%s is replaced with --overwrite", async (name) => {
    expect((await upgrade("--in", "old.yaml", "--out", name, "--overwrite")).code).toBe(0);
    expect(read(name)).toBe(NEW);
  });

  test("is left alone when it holds the result already", async () => {
    const { code, err } = await upgrade("--in", "old.yaml", "--out", "new.yaml");
    expect({ code, err }).toEqual({ code: 0, err: "new.yaml already has this content.\n" });
  });

  test("keeps its mode, and stays the target of a link", async () => {
    chmodSync(`${folder.path}/other.yaml`, 0o640);
    symlinkSync(`${folder.path}/other.yaml`, `${folder.path}/link.yaml`);
    await upgrade("--in", "old.yaml", "--out", "link.yaml", "--overwrite");
    expect(read("other.yaml")).toBe(NEW);
    expect(statSync(`${folder.path}/other.yaml`).mode & 0o777).toBe(0o640);
  });

  test("is never seen half written: what is written first has another name, and goes", async () => {
    await upgrade("--in", "old.yaml", "--out", "other.yaml", "--overwrite");
    expect(readdirSync(folder.path).filter((name) => name.includes("tmp"))).toEqual([]);
  });
});

describe("exit code 2, and why on standard error", () => {
  test.each([
    [[], "workflow upgrade: --in is missing."],
    [["old.yaml"], /^workflow upgrade: Unexpected argument: /],
    [["--in", "nothing.yaml"], "nothing.yaml cannot be read: the file does not exist."],
    [
      ["--in", "old.yaml", "--out", "none/made.yaml"],
      "none/made.yaml cannot be written: its folder does not exist.",
    ],
    [
      ["--in", "old.yaml", "--from", "0.2"],
      'workflow upgrade: There is no upgrade from "0.2" to "0.2"; there is one from 0.1 to 0.2.',
    ],
    [
      ["--in", "old.yaml", "--to", "1.0"],
      'workflow upgrade: There is no upgrade from "0.1" to "1.0"; there is one from 0.1 to 0.2.',
    ],
    [
      ["--in", "old.yaml", "--forse"],
      'workflow upgrade: There is no option --forse. Did you mean "--force"?',
    ],
  ])("%j", async (args, message) => {
    const { code, out, err } = await upgrade(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    const [first] = err.split("\n");
    if (typeof message === "string") expect(first).toBe(message);
    else expect(first).toMatch(message);
  });

  test("a folder to write to", async () => {
    const { code, err } = await callProgram([
      "upgrade",
      "--in",
      `${folder.path}/old.yaml`,
      "--out",
      folder.path,
    ]);
    expect(code).toBe(2);
    expect(err).toBe(`${folder.path} cannot be written: it is a folder.\n`);
  });
});

test("in a process of its own it reads standard input and writes standard output", async () => {
  const outcome = await spawnProgram(["upgrade", "--in", "-"], { stdin: OLD });
  expect(outcome).toEqual({ code: 0, out: NEW, err: "" });
});
