import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callProgram } from "../../cli/program.ts";
import { freePort } from "../../support/free-port.ts";
import { type Service, startService } from "../../support/service.ts";

/** The deployment that is compared with, and the one that is asked to. */
let baseline: Service;
let service: Service;
let port: number;

beforeAll(async () => {
  port = await freePort();
  const settings = { API_CALL_ALLOW_HTTP_HOSTS: `127.0.0.1:${port}`, LOG_LEVEL: "ERROR" };
  baseline = await startService(settings);
  const key = await baseline.createKey({
    scopes: ["workflows:read", "runs:read", "runs:write", "approvals:decide"],
  });
  service = await startService({
    ...settings,
    DUAL_RUN_BASELINE_URL: baseline.url,
    DUAL_RUN_BASELINE_KEY: key,
  });
});
afterAll(async () => {
  await service.close();
  await baseline.close();
});

interface DualRun {
  match: boolean;
  diffs: { path: string; old: unknown; new: unknown }[];
  run_ids: { old: string; new: string };
}

async function dualRun(workflow_id: string, inputs: object = {}): Promise<DualRun> {
  const answer = await service.post("/v1/dev/dual-run", { workflow_id, inputs });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json() as DualRun;
}

test("workflow parity matches over workflows with forms, approvals, calls and models", async () => {
  const workflows = ["content_draft_flow", "expense_approval", "lead_enrichment"];
  const { code, out, err } = await callProgram([
    "parity",
    "--url",
    service.url,
    "--api-key",
    service.key,
    "--baseline",
    baseline.url,
    "--baseline-key",
    baseline.key,
    "--inputs",
    "4",
    "--api-port",
    String(port),
    ...workflows.flatMap((id) => ["--workflow", id]),
  ]);
  console.log(err + out);
  expect(out).toMatch(/^(\d+) of \1 pairs match: 100\.0 %/m);
  expect(code).toBe(0);
}, 300_000);

test("both runs are real ones, each in its own deployment", async () => {
  const { match, run_ids } = await dualRun("content_draft_flow", { topic: "A", audience: "B" });
  expect(match).toBe(true);
  const there = await baseline.get(`/v1/executions/${run_ids.old}`);
  const here = await service.get(`/v1/executions/${run_ids.new}`);
  expect([there, here].map((one) => (one.json() as { status: string }).status)).toEqual([
    "completed",
    "completed",
  ]);
  expect((await service.get(`/v1/executions/${run_ids.old}`)).status).toBe(404);
});

describe("what differs on the baseline is found", () => {
  const workflow = (when: string, more = "") => `
id: compared
name: Compared
start_step: rule
steps:
  - { id: rule, type: conditional, name: Rule, config: { when: "${when}", then: yes_way, else: null } }
  - { id: yes_way, type: conditional, name: Yes, config: { when: "true" } }
${more}`;

  test("another rule", async () => {
    await service.yaml("POST", "/v1/workflows", workflow("n > 3", "output: { n: n }"));
    await baseline.yaml("POST", "/v1/workflows", workflow("n >= 3", "output: { n: n }"));
    expect((await dualRun("compared", { n: 4 })).diffs).toEqual([]);
    const { match, diffs } = await dualRun("compared", { n: 3 });
    expect(match).toBe(false);
    expect(diffs.map(({ path }) => path)).toContain("/steps/0/output/result");
    expect(diffs).toContainEqual({
      path: "/context/runtime/steps/rule/output/result",
      old: true,
      new: false,
    });
  });

  test("an output that is missing", async () => {
    await baseline.yaml("PUT", "/v1/workflows/compared", workflow("n > 3"));
    expect((await dualRun("compared", { n: 3 })).diffs).toEqual([
      { path: "/output", old: "(absent)", new: { n: 3 } },
    ]);
  });

  test("a workflow that it does not have", async () => {
    await baseline.delete("/v1/workflows/compared");
    const { diffs, run_ids } = await dualRun("compared", { n: 3 });
    expect(run_ids.old).toBe("");
    expect(diffs).toContainEqual({ path: "/status", old: "refused", new: "completed" });
    expect(diffs).toContainEqual({
      path: "/error",
      old: { code: "workflow_not_found", step_id: null },
      new: "(absent)",
    });
  });
});

test("a baseline that takes no such key, or does not answer, is no comparison", async () => {
  const wrong = { DUAL_RUN_BASELINE_URL: baseline.url, DUAL_RUN_BASELINE_KEY: "wo_wrong" };
  const stranger = {
    DUAL_RUN_BASELINE_URL: `http://127.0.0.1:${await freePort()}`,
    DUAL_RUN_BASELINE_KEY: "wo_any",
  };
  for (const settings of [wrong, stranger]) {
    const lonely = await startService({ LOG_LEVEL: "ERROR", ...settings });
    try {
      const answer = await lonely.post("/v1/dev/dual-run", { workflow_id: "content_draft_flow" });
      expect(answer.json()).toMatchObject({ status: 503, code: "baseline_unavailable" });
      expect(answer.headers.get("retry-after")).not.toBeNull();
    } finally {
      await lonely.close();
    }
  }
});
