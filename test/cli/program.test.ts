/** Exit codes, and what goes to which output. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { workflowJsonSchema } from "#workflow/json-schema.ts";
import { callProgram, Folder, type Outcome, spawnProgram } from "./program.ts";
import { freePort } from "../support/free-port.ts";

const SOUND = `name: Sound
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: topic, type: string, required: true }], expires_in_s: 60 }
`;
const BROKEN = SOUND.replace("start_step: ask", "start_step: aks");
const WARNED = `${SOUND}  - id: more
    type: form
    name: More
    config: { fields: [{ key: topic, type: string, required: true }], expires_in_s: 60 }
`;
const CALL = `name: Call
start_step: call
steps:
  - id: call
    type: api_call
    name: Call
    config: { url: "http://127.0.0.1:9000/x", method: GET }
`;

const folder = new Folder({
  "sound.yaml": SOUND,
  "broken.yaml": BROKEN,
  "warned.yml": WARNED,
  "hinted.yaml": SOUND.replace(", expires_in_s: 60", ""),
  "call.yaml": CALL,
  "broken.json": '{\n  "name": "A",\n}',
  "list.json": "[]",
  "numbers.json": '{"form": 1}',
  "ids.json": '{"id": 7615917337495251231, "a": 1, "a": 2}',
  "binary.yaml": new Uint8Array([0xff, 0xfe, 0x00]),
});
beforeAll(() => {
  vi.stubEnv("WORKFLOW_URL", "http://127.0.0.1:9");
  vi.stubEnv("WORKFLOW_API_KEY", "wo_key");
});
afterAll(() => {
  vi.unstubAllEnvs();
  folder.remove();
});

/** Called as from within the folder: its path is left out of what is said. */
async function run(args: readonly string[]): Promise<Outcome> {
  const { code, out, err } = await callProgram(args.map(inFolder));
  return { code, out: fromFolder(out), err: fromFolder(err) };
}

function inFolder(arg: string): string {
  return /^\w[\w/]*\.(?:ya?ml|json)$/.test(arg) ? `${folder.path}/${arg}` : arg;
}

function fromFolder(text: string): string {
  return text.replaceAll(`${folder.path}/`, "");
}

describe("exit code 0, and the answer on standard output", () => {
  test.each([
    [["--help"], /^Usage: workflow <command>/],
    [["-h"], /^Usage: workflow <command>/],
    [["help"], /^Usage: workflow <command>/],
    [["help", "run"], /^Usage: workflow run /],
    [["run", "--help"], /^Usage: workflow run /],
    [["resume", "-h"], /^Usage: workflow resume /],
    [["validate", "nothing.yaml", "--help"], /^Usage: workflow validate /],
    [["schema", "--help"], /^Usage: workflow schema /],
    [["seed", "--help"], /^Usage: workflow seed /],
    [["--version"], /^\d+\.\d+\.\d+\n$/],
    [["validate", "sound.yaml"], /^1 file checked: no findings\.\n$/],
    [["validate", "warned.yml"], /\n1 file checked: 1 warning\.\n$/],
    [["validate", "hinted.yaml"], /\n1 file checked: 1 hint\.\n$/],
    [["validate", "--", "sound.yaml"], /^1 file checked: no findings\.\n$/],
  ])("workflow %j", async (args, output) => {
    const { code, out, err } = await run(args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(output);
  });
});

describe("exit code 1", () => {
  test.each([
    ["a file with errors", ["validate", "broken.yaml"], /^broken\.yaml:2:13: error unknown_step: /],
    ["a file with errors beside one without", ["validate", "sound.yaml", "broken.yaml"], /^broken/],
    [
      "a file that is not JSON",
      ["validate", "broken.json"],
      /^broken\.json:3:1: error json_syntax: /,
    ],
  ])("%s: the findings on standard output", async (_what, args, output) => {
    const { code, out, err } = await run(args);
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(out).toMatch(output);
  });

  test.each([[["run", "sound"]], [["resume", `run_${"a".repeat(26)}`, "--approve"]], [["seed"]]])(
    "no service for %j: one line with its address and what to do",
    async (args) => {
      const port = await freePort();
      const { code, out, err } = await run([...args, "--url", `http://127.0.0.1:${port}`]);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toBe(
        `No service responds at http://127.0.0.1:${port} (ECONNREFUSED). Start one with npm start, or choose another with --url.\n`,
      );
    },
  );

  test("another program at the address", async () => {
    const server = createServer((_request, response) => response.end("Hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const url = typeof address === "object" ? `http://127.0.0.1:${address?.port}` : "";
    const { code, err } = await run(["seed", "--url", url]);
    server.close();
    expect(code).toBe(1);
    expect(err).toBe(
      `The server at ${url} is not this service (status 200). Choose another with --url.\n`,
    );
  });

  test("run shows what is wrong with a file before it asks a service", async () => {
    const { code, out, err } = await run(["run", "broken.yaml"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^broken\.yaml:2:13: error unknown_step: .+\n.+\n.+\n {2}help: did you/);
  });
});

describe("exit code 2, and why on standard error", () => {
  test.each([
    [[], "Usage: workflow <command> [options]"],
    [["valdate"], 'workflow: There is no command "valdate". Did you mean "validate"?'],
    [["frobnicate"], 'workflow: There is no command "frobnicate".'],
    [["--verbose"], 'workflow: There is no option "--verbose".'],
    [["validate"], "workflow validate: FILE is missing."],
    [
      ["validate", "--formt", "json", "a"],
      'workflow validate: There is no option --formt. Did you mean "--format"?',
    ],
    [
      ["validate", "--format", "jsn", "a"],
      'workflow validate: There is no format "jsn". Did you mean "json"?',
    ],
    [["validate", "-", "-"], "workflow validate: Standard input (-) can be read only once."],
    [
      ["validate", "nothing.yaml"],
      "workflow validate: nothing.yaml cannot be read: the file does not exist.",
    ],
    [["validate", "."], "workflow validate: . cannot be read: it is a folder."],
    [
      ["validate", "binary.yaml"],
      "workflow validate: binary.yaml cannot be read: it is not text in UTF-8.",
    ],
    [["schema", "more"], 'workflow schema: Unexpected argument: "more".'],
    [
      ["schema", "--out", "none/a.json"],
      "none/a.json cannot be written: its folder does not exist.",
    ],
    [["run"], "workflow run: FILE or ID is missing."],
    [["run", "nothing.yaml"], "nothing.yaml cannot be read: the file does not exist."],
    [["run", "Not An Id"], 'workflow run: "Not An Id" is neither a file nor the id of a workflow.'],
    [
      ["run", "sound", "--mock=sucess"],
      'workflow run: The mock has no mode "sucess". Did you mean "success"?',
    ],
    [["run", "sound", "--input", "topic"], 'workflow run: --input takes KEY=VALUE, not "topic".'],
    [["run", "sound", "--inputs", "list.json"], "list.json must contain a JSON object."],
    [
      ["run", "sound", "--inputs", "broken.json"],
      'broken.json:3:1: Expected a key in quotes, not "}".',
    ],
    [
      ["run", "sound", "--inputs", "ids.json"],
      "ids.json: /a appears twice; keep one of the two. The number 7615917337495251231 at /id would be rounded; put it in quotes to keep every digit.",
    ],
    [
      ["run", "sound", "--answer", "ids.json"],
      "ids.json: /a appears twice; keep one of the two. The number 7615917337495251231 at /id would be rounded; put it in quotes to keep every digit.",
    ],
    [
      ["run", "sound", "--answer", "numbers.json"],
      'numbers.json: the answer of "form" must be an object, true or false.',
    ],
    [["run", "sound", "--url", "ftp://x"], 'workflow run: "ftp://x" is not the URL of a service.'],
    [
      ["run", "sound", "--api-key", "a b"],
      "workflow run: This is not an API key. Use --api-key or WORKFLOW_API_KEY; npm start writes one into .dev.vars.",
    ],
    [["resume", "sound"], 'workflow resume: "sound" is not the id of a run.'],
    [
      ["resume", `run_${"a".repeat(26)}`, "--approve", "--reject"],
      "workflow resume: Use exactly one of inputs, --approve or --reject.",
    ],
    [
      ["resume", `run_${"a".repeat(26)}`, "--comment", "x"],
      "workflow resume: --comment needs --approve or --reject.",
    ],
    [
      ["resume", `run_${"a".repeat(26)}`, "--approve", "--wait", "0"],
      'workflow resume: --wait takes a number from 1, not "0".',
    ],
  ])("workflow %j", async (args, message) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err.split("\n")[0]).toBe(message);
    expect(err).not.toMatch(/^ +at /m);
  });

  test("without an API key anywhere", async () => {
    const env = { WORKFLOW_API_KEY: undefined, DEV_VARS: `${folder.path}/none.vars` };
    const { code, out, err } = await spawnProgram(["seed"], { env });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toBe(
      "workflow seed: There is no API key. Use --api-key or WORKFLOW_API_KEY; npm start writes one into .dev.vars.\nSee workflow seed --help.\n",
    );
  });

  test("a file that cannot be read does not keep the others from being checked", async () => {
    const { code, out, err } = await run(["validate", "nothing.yaml", "broken.yaml"]);
    expect(code).toBe(2);
    expect(out).toContain("broken.yaml:2:13: error unknown_step");
    expect(err).toBe("workflow validate: nothing.yaml cannot be read: the file does not exist.\n");
  });
});

describe("validate", () => {
  test("returns JSON and SARIF that can be parsed, with the same exit code", async () => {
    const [json, sarif] = await Promise.all([
      run(["validate", "--format", "json", "broken.yaml", "sound.yaml"]),
      run(["validate", "--format=sarif", "broken.yaml", "sound.yaml"]),
    ]);
    expect([json.code, sarif.code]).toEqual([1, 1]);
    expect(JSON.parse(json.out)).toMatchObject({
      files: [
        { file: "broken.yaml", valid: false },
        { file: "sound.yaml", valid: true, diagnostics: [] },
      ],
    });
    expect(JSON.parse(sarif.out)).toMatchObject({ version: "2.1.0" });
  });

  test.each([
    [["--templates", "email_v1, content_v1"], 0],
    [["--templates", "email_v1"], 1],
    [[], 0],
  ])("knows the templates that it gets: %j", async (options, expected) => {
    const seed = fileURLToPath(
      new URL("../../src/cli/seeds/workflows/content_draft_flow.yaml", import.meta.url),
    );
    expect((await run(["validate", ...options, seed])).code).toBe(expected);
  });

  test.each([
    [["--allow-http", "127.0.0.1:9000"], 0],
    [[], 1],
  ])("knows what may be called by http: %j", async (options, expected) => {
    expect((await run(["validate", ...options, "call.yaml"])).code).toBe(expected);
  });
});

describe("schema", () => {
  test("prints the schema of the format", async () => {
    expect(JSON.parse((await run(["schema"])).out)).toEqual(workflowJsonSchema());
  });

  test("writes it to a file", async () => {
    const { code, out, err } = await run(["schema", "--out", "schema.json"]);
    expect({ code, out, err }).toEqual({ code: 0, out: "", err: "Wrote schema.json.\n" });
    const text = readFileSync(`${folder.path}/schema.json`, "utf8");
    expect(JSON.parse(text)).toEqual(workflowJsonSchema());
  });
});

describe("in a process of its own", () => {
  test("it has the exit code of the command, and keeps the two outputs apart", async () => {
    const [help, usage] = await Promise.all([spawnProgram(["--help"]), spawnProgram(["valdate"])]);
    expect({ code: help.code, err: help.err }).toEqual({ code: 0, err: "" });
    expect(help.out).toMatch(/^Usage: workflow <command>/);
    expect({ code: usage.code, out: usage.out }).toEqual({ code: 2, out: "" });
    expect(usage.err).toMatch(/^workflow: There is no command "valdate"\./);
  });

  test("it reads YAML from standard input, and has no colours in a pipe", async () => {
    const { code, out } = await spawnProgram(["validate", "-"], { stdin: BROKEN });
    expect(code).toBe(1);
    expect(out).toMatch(/^stdin:2:13: error unknown_step: /);
  });

  test("it ends quietly when its reader has seen enough", async () => {
    const { code, err } = await spawnProgram(["schema"], { isReaderGone: true });
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });
});
