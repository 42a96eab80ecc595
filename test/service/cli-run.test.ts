/** `workflow run`, `resume` and `seed` against the whole Worker. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runSchema } from "#model/run.ts";
import { callProgram, Folder, type Outcome, spawnProgram } from "../cli/program.ts";
import { type Service, sharedService } from "../support/service.ts";

const GREETING = `id: greeting
name: Greeting
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    next: large
    config: { fields: [{ key: amount, type: integer, required: true, max: 1000 }] }
  - id: large
    type: conditional
    name: Large?
    config: { when: amount > 100, then: approve, else: null }
  - id: approve
    type: approval
    name: Approve
    config: { approvers: [ann@example.com] }
output: { amount: inputs.amount }
`;

const CALL = `id: call
name: Call
start_step: call
steps:
  - id: call
    type: api_call
    name: Call
    config: { url: "http://127.0.0.1:9/x", method: GET }
`;

const folder = new Folder({
  "greeting.yaml": GREETING,
  "call.yaml": CALL,
  "template.json": JSON.stringify({
    name: "Template",
    start_step: "make",
    steps: [
      {
        id: "make",
        type: "ai_generate",
        name: "Make",
        config: { template_id: "content_v2", variables: [], json_schema: true },
      },
    ],
  }),
  "answers.json": JSON.stringify({ ask: { amount: 500 }, approve: true, nobody: true }),
  "wrong.json": JSON.stringify({ ask: { amount: 5000 } }),
  "swapped.json": JSON.stringify({ ask: true }),
});
let service: Service;

beforeAll(async () => {
  service = await sharedService();
});

afterAll(async () => {
  folder.remove();
  await service.close();
});

/** Asks the service of the test, with its key. Names of files are those of the folder. */
function workflow(...args: string[]): Promise<Outcome> {
  return callProgram([...args.map(inFolder), "--url", service.url, "--api-key", service.key]);
}

function inFolder(arg: string): string {
  return /^\w+\.(?:yaml|json)$/.test(arg) ? `${folder.path}/${arg}` : arg;
}

/** The lines of events without their times and durations. */
function steps(err: string): string[] {
  return err
    .split("\n")
    .filter((line) => /^ +\+\d/.test(line))
    .map((line) =>
      line
        .replace(/^ +\+[\d.]+s /, "")
        .replaceAll(/\d+(?:\.\d)? m?s\b/g, "…")
        .replaceAll(/run_[a-z2-7]{26}/g, "RUN"),
    );
}

function parsed(out: string): unknown {
  return JSON.parse(out);
}

/** The command that is offered, as arguments of this program. */
function offered(err: string, option: string): string[] {
  const line = err
    .split("\n")
    .find((one) => /^ {2}workflow resume /.test(one) && one.includes(option));
  const args = line?.trim().split(" ").slice(1) ?? [];
  return args.slice(0, args.indexOf("--url"));
}

describe("workflow run, with a file", () => {
  test("puts it into service, and the same file again changes nothing", async () => {
    const first = await workflow("run", "greeting.yaml");
    expect({ code: first.code, out: first.out }).toEqual({ code: 0, out: "" });
    expect(first.err).toContain("greeting version 1 was published.");

    const again = await workflow("run", "greeting.yaml");
    expect(again.err).toContain("greeting version 1 was published already.");
  });

  test("that has changed makes a new version, and runs that one", async () => {
    folder.write("changing.yaml", GREETING.replace("id: greeting", "id: changing"));
    await workflow("run", "changing.yaml", "--no-wait");
    folder.write("changing.yaml", GREETING.replace("id: greeting", "id: changing") + "tags: [b]\n");
    const changed = await workflow("run", "changing.yaml", "--no-wait");
    expect(changed.err).toContain("changing version 2 was published.");
    const run = await service.get(`/v1/executions/${changed.out.trim()}`);
    expect(runSchema.parse(run.json()).workflow_version).toBe(2);
  });

  test("that only the service finds wrong shows its findings in the file", async () => {
    const { code, err } = await workflow("run", "call.yaml");
    expect(code).toBe(1);
    expect(err).toMatch(/call\.yaml:8:20: error url_not_allowed: .+\n {4}8 \| .+\n {6}\| +\^+\n$/);
  });

  test("also where it is JSON", async () => {
    const { code, err } = await workflow("run", "template.json");
    expect(code).toBe(1);
    expect(err).toMatch(/template\.json:1:\d+: error unknown_template: .+content_v2/);
  });
});

describe("workflow run shows what the service warns about", () => {
  const warned = {
    id: "warned",
    name: "Warned",
    start_step: "ask",
    steps: [
      { id: "ask", type: "form", name: "Ask", config: { fields: [], expires_in_s: 60 } },
      { id: "more", type: "form", name: "More", config: { fields: [] } },
    ].map((step) => ({
      ...step,
      config: { ...step.config, fields: [{ key: "topic", type: "string", required: true }] },
    })),
  };

  test.each(["warned.json", "warned.yaml"])("in %s, and goes on", async (name) => {
    folder.write(name, JSON.stringify({ ...warned, id: name.replace(".", "_") }, null, 1));
    const { code, out, err } = await workflow("run", name, "--no-wait");

    expect({ code, lines: out.trim().split("\n").length }).toEqual({ code: 0, lines: 1 });
    expect(err).toMatch(/warned\.\w+:\d+:\d+: warning unreachable_step: .+\n +\d+ \|.+"more"/);
    expect(err).toMatch(/warned\.\w+:\d+:\d+: hint no_expiry: /);
    expect(err).toContain("version 1 was published.");
  });

  test("again, where the same file exists already", async () => {
    folder.write("warned.json", JSON.stringify({ ...warned, id: "warned_again" }));
    await workflow("run", "warned.json", "--no-wait");
    const { err } = await workflow("run", "warned.json", "--no-wait");
    expect(err).toMatch(/warning unreachable_step: /);
  });
});

describe("workflow run follows", () => {
  test("to a wait, and offers the command that answers it, which goes on", async () => {
    const started = await workflow("run", "--mock", "greeting");
    expect(started.code).toBe(0);
    expect(steps(started.err)).toEqual([
      "• RUN: greeting version 1, on the mock provider",
      "• run started",
      "▶ ask started",
      "⏸ ask is waiting for answers",
    ]);
    const answer = offered(started.err, "--input");
    expect(answer.slice(2)).toEqual(["--wait", "1", "--input", "amount=1"]);

    const answered = await workflow(...answer.slice(0, -1), "amount=500");
    expect(answered.code).toBe(0);
    expect(steps(answered.err)).toEqual([
      "▶ ask answered by key:dev",
      "✓ ask completed in …",
      "▶ large started",
      "✓ large completed in …",
      "▶ approve started",
      "⏸ approve is waiting for a decision",
    ]);

    const decided = await workflow(...offered(answered.err, "--approve"), "--comment", "Fine.");
    expect(decided.code).toBe(0);
    expect(steps(decided.err)).toEqual([
      '▶ approve approved by key:dev: "Fine."',
      "✓ approve completed in …",
      "✓ run completed in …",
    ]);
    expect(JSON.parse(decided.out)).toEqual({ amount: 500 });

    const late = await workflow(...offered(answered.err, "--approve"));
    expect(late).toEqual({
      code: 1,
      out: "",
      err: "The run is not waiting for a decision: its status is completed.\n",
    });
  });

  test("to the end with an answer file, and says which answers were not needed", async () => {
    const { code, out, err } = await workflow("run", "greeting", "--answer", "answers.json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ amount: 500 });
    expect(steps(err).at(-1)).toBe("✓ run completed in …");
    expect(err).toContain("There was no wait for the answers of nobody.\n");
  });

  test("to the end at once, when the inputs answer the form", async () => {
    const { code, out } = await workflow("run", "greeting", "--input", "amount=5");
    expect({ code, output: parsed(out) }).toEqual({ code: 0, output: { amount: 5 } });
  });

  test.each([
    [
      "answers that are not valid",
      "wrong.json",
      "invalid_inputs: 1 field is not valid.\n  /inputs/amount: ",
    ],
    [
      "an answer for another type",
      "swapped.json",
      '"ask" is a form: its answer is an object of its fields.\n',
    ],
  ])("not further than %s", async (_what, file, message) => {
    const { code, err } = await workflow("run", "greeting", "--answer", file);
    expect(code).toBe(1);
    expect(err).toContain(message);
  });

  test("to a failure, with its error", async () => {
    const options = [
      "--mock",
      "schema_violation",
      "--input",
      "topic=Launch",
      "--input=audience=SMB",
    ];
    const { code, out, err } = await workflow("run", "content_draft_flow", ...options);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(steps(err).filter((line) => line.startsWith("↻"))).toHaveLength(2);
    expect(err).toMatch(/\nai_schema_violation at generate: .+\n$/);
  });

  test("to a rejection", async () => {
    const { err } = await workflow("run", "greeting", "--input", "amount=500");
    const reject = offered(err, "--reject").slice(0, -1);
    const { code, err: rejected } = await workflow(...reject, "Too much.");
    expect(code).toBe(1);
    expect(steps(rejected)[0]).toBe('▶ approve rejected by key:dev: "Too much."');
    expect(rejected).toMatch(/\napproval_rejected at approve: .+\n$/);
  });
});

describe("workflow run", () => {
  test("returns the same run for the same key, and refuses another body", async () => {
    const start = ["run", "greeting", "--no-wait", "--key", "cli-1", "--input"];
    const [first, second] = [
      await workflow(...start, "amount=5"),
      await workflow(...start, "amount=5"),
    ];
    expect(first.out).toMatch(/^run_[a-z2-7]{26}\n$/);
    expect(second).toEqual(first);
    const other = await workflow(...start, "amount=6");
    expect({ code: other.code, out: other.out }).toEqual({ code: 1, out: "" });
    expect(other.err).toMatch(/^idempotency_key_reused: .+\n$/);
  });

  test.each([
    ["a workflow that is not there", ["run", "nothing"], /^workflow_not_found: .+\n$/],
    [
      "a run that is not there",
      ["resume", `run_${"a".repeat(26)}`, "--approve"],
      /^run_not_found: .+\n$/,
    ],
  ])("tells of %s", async (_what, args, message) => {
    const { code, out, err } = await workflow(...args);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(message);
  });

  test("tells that a key is not known, or may not", async () => {
    const scoped = await service.createKey({ scopes: ["runs:read"] });
    const ask = (key: string) =>
      callProgram(["run", "greeting", "--url", service.url, "--api-key", key]);
    const { err } = await ask("wo_unknown");
    expect(err).toMatch(
      /^unauthorized: .+\nThe request went to http:\/\/\S+:\d+, with the key from --api-key\. /,
    );
    expect(err).not.toContain("wo_unknown");
    expect((await ask(scoped)).err).toMatch(/^insufficient_scope: .*runs:write/);
  });

  test("takes the service from the environment, in a process of its own", async () => {
    const env = { WORKFLOW_URL: service.url, WORKFLOW_API_KEY: service.key };
    const args = ["run", "-", "--input", "amount=7"];
    const { code, out } = await spawnProgram(args, { env, stdin: GREETING });
    expect({ code, output: parsed(out) }).toEqual({ code: 0, output: { amount: 7 } });
  });
});

test("workflow resume without an answer shows a run from its start", async () => {
  const { out } = await workflow("run", "greeting", "--no-wait", "--input", "amount=5");
  const { code, out: output, err } = await workflow("resume", out.trim());
  expect({ code, output: parsed(output) }).toEqual({ code: 0, output: { amount: 5 } });
  expect(steps(err)[0]).toBe("• RUN: greeting version 1, on the mock provider");
});

test("workflow seed leaves what is there", async () => {
  const { code, out } = await workflow("seed");
  expect(code).toBe(0);
  expect(out.trim().split("\n")).toContain("workflow content_draft_flow: already exists");
  expect(out).not.toContain("created");
});

test("workflow rotation says what still needs which version, and wraps secrets again", async () => {
  const { code, out } = await workflow("rotation", "--rewrap");
  const lines = out.trim().split("\n");
  expect(code).toBe(0);
  expect(lines[0]).toBe("Wrapped 0 again; 0 left.");
  expect(lines[1]).toBe("SERVER_SECRET");
  expect(lines[2]).toMatch(/^ {7}1 {2}in use {3}\d+ API keys$/);
  expect(lines[3]).toBe("SECRETS_KEYS");
  expect(lines[4]).toMatch(/^ {7}0 {2}in use {3}\d+ secrets, \d+ remembered answers, 0 archives$/);
  await service.execute(
    `INSERT INTO secrets VALUES ('OF_A_LOST_KEY', 1, 7, 'AAAA', 'AAAA', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', NULL)`,
  );
  try {
    const lost = await workflow("rotation", "--rewrap");
    expect(lost.code).toBe(1);
    expect(lost.out).toMatch(/^ {7}7 {2}removed {2}1 secrets, 0 remembered answers, 0 archives$/m);
  } finally {
    await service.execute("DELETE FROM secrets WHERE name = 'OF_A_LOST_KEY'");
  }
});
