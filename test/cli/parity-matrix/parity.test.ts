import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { describe, expect, test } from "vitest";
import { branchesOf, branchesTaken } from "#cli/parity-matrix/branches.ts";
import { copyOf, emptyCopyOf } from "#cli/parity-matrix/copies.ts";
import { makeInputs } from "#cli/parity-matrix/inputs.ts";
import type { WorkflowResult } from "#cli/parity-matrix/matrix.ts";
import { planInputs } from "#cli/parity-matrix/plan.ts";
import { findings, isEnough, tableOf, totalLine, totalsOf } from "#cli/parity-matrix/report.ts";
import { serveStandIn, standInAnswer } from "#cli/parity-matrix/stand-in.ts";
import { ROOT } from "#cli/paths.ts";
import { withoutColours } from "#cli/terminal/terminal.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { answersTo, startInputsOf } from "#parity/answering.ts";
import { checkAnswers } from "#validation/answers.ts";
import { readWorkflow } from "#workflow/read.ts";
import { ai, api, conditional, definition, form } from "../../support/definitions.ts";
import { seedNames, seedText } from "../../workflow/seeds.ts";
import { callProgram } from "../program.ts";
import { freePort } from "../../support/free-port.ts";

const STAND_IN = "127.0.0.1:8790";

function seedWorkflow(name: string): WorkflowDefinition {
  const text = seedText(`workflows/${name}.yaml`);
  const { definition: found } = readWorkflow({ format: "yaml", text }, { allowHttpHosts: [] });
  if (found === null) throw new Error(`${name} is not a workflow`);
  return found;
}

function templatesOf({ steps }: WorkflowDefinition) {
  const ids = steps.flatMap((step) =>
    step.type === "ai_generate" ? [step.config.template_id] : [],
  );
  return Object.fromEntries(ids.map((id) => [id, { id, version: 1, prompt: "Write." }]));
}

const SEEDS = seedNames("workflows");

describe("generated inputs", () => {
  test.each(SEEDS)("of %s are the same for a seed, and others for another", (name) => {
    const workflow = seedWorkflow(name);
    const ten = (seed: number) =>
      Array.from({ length: 10 }, (_, index) => JSON.stringify(makeInputs(workflow, seed, index)));
    expect(ten(1)).toEqual(ten(1));
    expect(ten(1)).not.toEqual(ten(2));
    expect(new Set(ten(1)).size).toBeGreaterThan(5);
  });

  test.each(SEEDS)(
    "of %s are never refused by the start, and mostly right for its forms",
    (name) => {
      const workflow = seedWorkflow(name);
      let answered = 0;
      for (let number = 0; number < 200; number += 1) {
        const inputs = makeInputs(workflow, 1, number);
        const declared = workflow.inputs ?? [];
        const start = answersTo(declared, startInputsOf(workflow, inputs));
        expect(checkAnswers(declared, start)).toMatchObject({ ok: true });
        const isAnswered = workflow.steps.every(
          (step) =>
            step.type !== "form" ||
            checkAnswers(step.config.fields, answersTo(step.config.fields, inputs)).ok,
        );
        if (isAnswered) answered += 1;
      }
      expect(answered).toBeGreaterThan(160);
    },
  );

  test.each(SEEDS)("of %s take every branch, where needed with empty lists", async (name) => {
    const copy = copyOf(seedWorkflow(name), STAND_IN);
    const templates = templatesOf(copy);
    const branches = branchesOf(copy);
    const plan = await planInputs(copy, templates, { count: 20, seed: 1, branches });
    const empty = emptyCopyOf(copy);
    const rest = { count: 0, seed: 1, branches: plan.missing };
    expect(plan.inputs.length).toBeGreaterThanOrEqual(20);
    expect((await planInputs(empty, templates, rest)).missing).toEqual([]);
  });
});

describe("branches", () => {
  const workflow = definition([
    conditional("rule"),
    api("call", { on_error: "rescue" }),
    api("plain"),
    form("rescue"),
  ]);

  test("are both ways of each rule, and the ways of failures", () => {
    expect(branchesOf(workflow)).toEqual(["rule: true", "rule: false", "call: on_error"]);
  });

  test("are taken as the steps of a run show", () => {
    const step = (step_id: string, type: string, status: string, output?: unknown) => ({
      step_id,
      type,
      status,
      output,
    });
    expect(
      branchesTaken(workflow, [
        step("rule", "conditional", "completed", { result: false, trace: [] }),
        step("call", "api_call", "failed"),
        step("plain", "api_call", "failed"),
        step("rescue", "form", "completed", {}),
      ]),
    ).toEqual(["rule: false", "call: on_error"]);
  });
});

describe("copies", () => {
  const schema = {
    type: "object",
    properties: {
      found: { type: "array", items: { type: "string" } },
      some: { type: "array", minItems: 1 },
    },
  };
  const workflow = definition([
    ai("write", { config: { json_schema: schema, timeout_s: 60 } }),
    api("send", {
      config: {
        url: "https://api.example.com/v1/{{id}}?q=1",
        headers: { authorization: "Bearer {{secrets.TOKEN}}" },
        body: { key: "{{ secrets.KEY }}", id: "{{id}}" },
      },
    }),
  ]);

  test("call the stand-in, without secrets, and do not take long", () => {
    const copy = copyOf(workflow, STAND_IN);
    expect(copy.id).toBe("parity_sample");
    expect(copy.steps).toMatchObject([
      { config: { timeout_s: 0.05 }, retry: { max_attempts: 3, initial_delay_ms: 1 } },
      {
        retry: { max_delay_ms: 1, jitter: false },
        config: {
          url: `http://${STAND_IN}/api.example.com/v1/{{id}}?q=1`,
          headers: { authorization: "Bearer no-secret" },
          body: { key: "no-secret", id: "{{id}}" },
        },
      },
    ]);
  });

  test("have ids that fit, however long the workflow's own is", () => {
    const long = { ...workflow, id: "a".repeat(64), name: "n".repeat(200) };
    const copy = emptyCopyOf(copyOf(long, STAND_IN));
    expect(copy.id).toHaveLength(64);
    expect(copy.name.length).toBeLessThanOrEqual(200);
  });

  test("can be empty where their schemas let them", () => {
    expect(emptyCopyOf(copyOf(workflow, STAND_IN)).steps[0]).toMatchObject({
      config: {
        json_schema: {
          properties: { found: { maxItems: 0 }, some: { type: "array", minItems: 1 } },
        },
      },
    });
  });
});

describe("the stand-in for APIs", () => {
  const requests = Array.from({ length: 300 }, (_, index) => ({
    method: index % 2 === 0 ? "GET" : "POST",
    path: `/x?n=${index}`,
    body: "",
  }));
  const statuses = (attempt: number) =>
    requests.map((request) => standInAnswer({ ...request, attempt }).status);

  test("answers the same request the same, and shows every way of failing", () => {
    expect(statuses(1)).toEqual(statuses(1));
    expect(new Set(statuses(1))).toEqual(new Set([200, 201, 400, 404, 429, 500, 503]));
    expect(new Set(statuses(3))).toEqual(new Set([200, 201, 400, 404, 500]));
  });

  test("serves what it would answer", async () => {
    const port = await freePort();
    const served = await serveStandIn(port);
    try {
      for (const { method, path } of requests.slice(0, 10)) {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
        const { status, body } = standInAnswer({ method, path, body: "", attempt: 1 });
        expect([response.status, await response.text()]).toEqual([status, body]);
      }
      await expect(serveStandIn(port)).rejects.toThrow(`127.0.0.1:${port}`);
    } finally {
      await served.close();
    }
  });
});

describe("the report", () => {
  const result = (over: Partial<WorkflowResult> = {}): WorkflowResult => ({
    id: "flow",
    inputs: 25,
    pairs: 100,
    matches: 100,
    completed: 60,
    branches: 2,
    notTaken: [],
    differences: [],
    ...over,
  });

  test.each([
    ["all match", [result()], true],
    ["95 % match", [result({ matches: 95 })], true],
    ["94 % match", [result({ matches: 94 })], false],
    ["95 % of all workflows match", [result(), result({ matches: 90 })], true],
    ["a branch was not taken", [result({ notTaken: ["rule: true"] })], false],
    ["nothing was compared", [result({ pairs: 0, matches: 0 })], false],
  ])("is good or not when %s", (_what, results, expected) => {
    expect(isEnough(totalsOf(results))).toBe(expected);
  });

  test("is a table and one line, with what differed before it", () => {
    const results = [
      result({ matches: 98, notTaken: ["rule: true"] }),
      result({
        id: "other_flow",
        differences: [
          {
            mode: "success",
            inputs: { n: 1 },
            diffs: [{ path: "/status", old: "failed", new: 1 }],
          },
        ],
      }),
    ];
    expect(tableOf(results).split("\n")).toEqual([
      "workflow    inputs  pairs  match  completed  branches",
      "flow            25    100     98         60       1/2",
      "other_flow      25    100    100         60       2/2",
    ]);
    expect(totalLine(totalsOf(results))).toBe(
      "198 of 200 pairs match: 99.0 % (95 % required); 120 runs completed (60.0 %)",
    );
    expect(findings(results, withoutColours)).toEqual([
      "flow: no run took the branch rule: true",
      'other_flow, mode success, inputs {"n":1}',
      '  /status: old "failed", new 1',
    ]);
  });
});

describe("wrong usage of workflow parity", () => {
  test.each([
    [["--inputs", "0"], "--inputs takes a number from 1 to 1000"],
    [["--inputs", "many"], "--inputs takes a number"],
    [["--api-port", "70000"], "--api-port takes a number from 1 to 65535"],
    [["--baseline", "http://127.0.0.1:1"], "--baseline and --baseline-key are needed together"],
    [["content_draft_flow"], "Unexpected argument"],
  ])("%j", async (args, message) => {
    const { code, err } = await callProgram(["parity", "--api-key", "wo_x", ...args]);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

test("a fresh local copy may call the stand-in where it listens unless told otherwise", async () => {
  const example = parseEnv(readFileSync(`${ROOT}.dev.vars.example`, "utf8"));
  const { out } = await callProgram(["parity", "--help"]);
  expect(example["API_CALL_ALLOW_HTTP_HOSTS"]).toBe("127.0.0.1:8790");
  expect(out).toContain("with API_CALL_ALLOW_HTTP_HOSTS=127.0.0.1:8790");
});
