import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FakeApi } from "../support/fake-api.ts";
import { type Service, startBareService, startService } from "../support/service.ts";
import { signWithSecret } from "../support/tokens.ts";

let service: Service;
let api: FakeApi;

beforeAll(async () => {
  api = await FakeApi.start();
  service = await startService({ API_CALL_ALLOW_HTTP_HOSTS: api.host });
});
afterAll(async () => {
  await service.close();
  await api.close();
});

const FLOW = { workflow_id: "content_draft_flow", inputs: { topic: "Launch", audience: "SMB" } };

interface DualRun {
  match: boolean;
  diffs: { path: string; old: unknown; new: unknown }[];
  run_ids: { old: string; new: string };
}

async function dualRun(body: object): Promise<DualRun> {
  const answer = await service.post("/v1/dev/dual-run", body);
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json() as DualRun;
}

async function runOf({ run_ids }: DualRun): Promise<unknown> {
  return (await service.get(`/v1/executions/${run_ids.new}`)).json();
}

test("the main job matches the reference, and the answer has exactly this form", async () => {
  const result = await dualRun({ ...FLOW, run_opts: { mock_ai: true } });
  expect(result).toEqual({
    match: true,
    diffs: [],
    normalization: {
      ordering: "stable",
      whitespace: "trim+single-space",
      numeric_tolerance: 1e-6,
    },
    run_ids: {
      old: expect.stringMatching(/^ref_[0-9a-f]{32}$/) as string,
      new: expect.stringMatching(/^run_[a-z2-7]{26}$/) as string,
    },
  });
  expect(await runOf(result)).toMatchObject({ status: "completed", tags: ["dual-run"] });
});

test("the mock takes its mode by step", async () => {
  const mock_ai = { mode: "success", steps: { generate: "schema_violation" } };
  const result = await dualRun({ ...FLOW, run_opts: { mock_ai } });
  expect(result.diffs).toEqual([]);
  expect(await runOf(result)).toMatchObject({
    status: "failed",
    error: { code: "ai_schema_violation", step_id: "generate" },
  });
});

test("a form that the inputs do not answer is left waiting on both sides, and canceled", async () => {
  const result = await dualRun({ ...FLOW, inputs: { topic: "Launch" } });
  expect(result.diffs).toEqual([]);
  expect(await runOf(result)).toMatchObject({ status: "canceled" });
});

test.each(["unknown", "a/b", "\ud800", "x".repeat(1_000)])(
  "a workflow that does not exist is reported: %j",
  async (workflow_id) => {
    const answer = await service.post("/v1/dev/dual-run", { workflow_id });
    expect(answer.json()).toMatchObject({ status: 404, code: "workflow_not_found" });
  },
);

describe("calls of APIs", () => {
  const workflow = `
id: called
name: Called
start_step: send
steps:
  - id: send
    type: api_call
    name: Send
    on_error: last
    retry: { max_attempts: 3, initial_delay_ms: 1 }
    config:
      url: "http://HOST/send/{{n}}"
      method: POST
      headers: { Authorization: "Bearer {{secrets.PARITY_TOKEN}}" }
  - { id: last, type: conditional, name: Last, config: { when: "steps.send.error.code != ''" } }
output: { body: steps.send.output.body }
`;

  beforeAll(async () => {
    await service.yaml("POST", "/v1/workflows", workflow.replace("HOST", api.host));
  });

  test("a secret that is missing is missed on both sides, and no call is made", async () => {
    const result = await dualRun({ workflow_id: "called", inputs: { n: 0 } });
    expect(result.diffs).toEqual([]);
    expect(api.calls("/send/0")).toEqual([]);
  });

  test("are made once, by the new side, and answered to both", async () => {
    await service.put("/v1/secrets/PARITY_TOKEN", { value: "a-secret-of-the-tests" });
    api.script("/send/1", [
      { kind: "answer", status: 503 },
      { kind: "answer", status: 200, body: '{"id": 7}' },
    ]);
    api.script("/send/2", [{ kind: "answer", status: 502 }]);
    for (const n of [1, 2]) {
      const result = await dualRun({ workflow_id: "called", inputs: { n } });
      expect(result.diffs).toEqual([]);
      expect(await runOf(result)).toMatchObject({ status: "completed" });
    }
    expect(api.calls("/send/1")).toHaveLength(2);
    expect(api.calls("/send/2")).toHaveLength(1);
  });
});

test("what was kept of an answer is the same on both sides, and decides the same way", async () => {
  const workflow = `
id: kept
name: Kept
start_step: get
steps:
  - { id: get, type: api_call, name: Get, next: raw, config: { url: "http://HOST/kept/get", method: GET } }
  - { id: raw, type: api_call, name: Raw, next: send, config: { url: "http://HOST/kept/get", method: GET, response: text } }
  - { id: send, type: api_call, name: Send, on_error: read, config: { url: "http://HOST/kept/send", method: POST, body_form: { id: "{{steps.get.output.body.id}}" } } }
  - id: read
    type: api_call
    name: Read
    on_error: check
    config: { url: "http://HOST/kept/read", method: GET }
  - id: check
    type: conditional
    name: Check
    config:
      when: steps.send.error.body.code == 7 and steps.read.error.code == "response_unreadable" and steps.read.error.body == "<html>"
      then: pixel
      else: null
  - { id: pixel, type: api_call, name: Pixel, config: { url: "http://HOST/kept/pixel", method: GET, response: base64 } }
output: { id: steps.get.output.body.id, raw: steps.raw.output.body, why: steps.send.error.message, pixel: steps.pixel.output.body }
`;
  await service.yaml("POST", "/v1/workflows", workflow.replaceAll("HOST", api.host));
  const text = '{"id":9223372036854775807,"id":9223372036854775806}';
  api.script("/kept/get", [{ kind: "answer", status: 200, body: text }]);
  api.script("/kept/send", [{ kind: "answer", status: 409, body: '{"code":7,"error":"gone"}' }]);
  api.script("/kept/read", [{ kind: "answer", status: 200, body: "<html>" }]);
  const result = await dualRun({ workflow_id: "kept", inputs: {} });
  expect(result.diffs).toEqual([]);
  expect(await runOf(result)).toMatchObject({
    status: "completed",
    output: {
      id: "9223372036854775806",
      raw: text,
      why: "The server answered 409: gone.",
      pixel: "eyJvayI6dHJ1ZX0=",
    },
  });
});

test("outside of development there is nothing at the address, for any caller", async () => {
  const secret = "RfMAyurUW5SqeHD2zLIvqR9X9tFn4JimbUpybqyQUyzi";
  const [iss, aud] = ["https://issuer.example", "workflows"];
  const bare = await startBareService({
    ENVIRONMENT: "production",
    SERVER_SECRET: "yzfxkIrEaJKzfa60bJSnRARY7jwCw6pyKIqSFoZilpjg",
    JWT_SECRET: secret,
    JWT_ISSUER: iss,
    JWT_AUDIENCE: aud,
    ALLOW_MOCK_AI: "true",
  });
  try {
    for (const scope of ["admin", "runs:read"]) {
      const exp = Math.floor(Date.now() / 1000) + 300;
      const key = signWithSecret(secret, { sub: "ann", iss, aud, exp, scope });
      const answer = await bare.send({ method: "POST", path: "/v1/dev/dual-run", key });
      expect(answer.json()).toMatchObject({ status: 404, code: "not_found" });
    }
  } finally {
    await bare.close();
  }
});
