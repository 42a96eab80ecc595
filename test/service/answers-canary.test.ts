/**
 * Planted answers to sensitive fields: used in calls, given back by APIs and models in every
 * spelling, cut by the service itself, and then looked for everywhere that a reader can look. The
 * log of a run keeps them, so the storage of the run's object is not among the places.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Run, runSchema } from "#model/run.ts";
import { FakeApi } from "../support/fake-api.ts";
import { completion, FAKE_KEY, FakeOpenAi, refusing } from "../support/fake-openai.ts";
import { type Service, startService } from "../support/service.ts";
import { TraceReceiver } from "../support/trace-receiver.ts";
import { expectNoCanary, FORMS, valueOf } from "./canary.ts";

const RUNS = 5;
const FIELDS = 20;
const ANN = "ann@example.com";

let api: FakeApi;
let model: FakeOpenAi;
let receiver: TraceReceiver;
let service: Service;
let planted = 0;
const ids: string[] = [];
const pages: Record<string, string> = {};

beforeAll(async () => {
  [api, model, receiver] = await Promise.all([
    FakeApi.start(),
    FakeOpenAi.start(),
    TraceReceiver.start(),
  ]);
  service = await startService({
    API_CALL_ALLOW_HTTP_HOSTS: api.host,
    AI_PROVIDER: "openai",
    OPENAI_API_KEY: FAKE_KEY,
    OPENAI_BASE_URL: model.baseUrl,
    OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/`,
    TRACE_REQUEST_RATIO: "1",
    LOG_LEVEL: "DEBUG",
  });
  const stored = await service.post("/v1/workflows", workflow());
  expect({ status: stored.status, text: stored.text }).toMatchObject({ status: 201 });
}, 120_000);
afterAll(async () => {
  await lastSpans();
  await service.close();
  await Promise.all([api.close(), model.close(), receiver.close()]);
});

const keyOf = (index: number) => `f${index}`;

/** Sent, echoed, looked at by rules, refused by an API and by a model, shown to who approves. */
function workflow(): object {
  const keys = Array.from({ length: FIELDS }, (_, index) => keyOf(index));
  const retry = { max_attempts: 1, initial_delay_ms: 1 };
  const fields = keys.map((key) => ({ key, type: "string", required: true, sensitive: true }));
  return {
    id: "canary_answers",
    name: "Canary",
    inputs: [{ key: "n", type: "string", required: true }],
    start_step: "ask",
    output: { echo: "steps.echo.output", first: "f0", error: "steps.refused.error" },
    steps: [
      { id: "ask", type: "form", name: "Ask", next: "echo", config: { fields } },
      {
        id: "echo",
        type: "api_call",
        name: "Echo",
        next: "rule",
        retry,
        config: {
          url: `http://${api.host}/echo/{{n}}`,
          method: "PUT",
          headers: { "X-First": "{{f0}}" },
          body: keys.map((key) => `{{${key}}}`),
        },
      },
      {
        id: "rule",
        type: "conditional",
        name: "Rule",
        config: {
          when: keys.map((_, at) => `steps.echo.output.body.long[${at}] != ''`).join(" and "),
          then: "keys",
        },
      },
      {
        id: "keys",
        type: "conditional",
        name: "Keys",
        config: { when: "steps.echo.output.body.object != 1", then: "refused" },
      },
      {
        id: "refused",
        type: "api_call",
        name: "Refused",
        next: "draft",
        on_error: "draft",
        retry,
        config: { url: `http://${api.host}/refused/{{n}}`, method: "PUT", body: ["{{f1}}"] },
      },
      draftStep("draft", "unfit"),
      draftStep("unfit", "sign"),
      {
        id: "sign",
        type: "approval",
        name: "Sign",
        config: { approvers: [ANN], quorum: 1 },
      },
    ],
  };
}

function draftStep(id: string, next: string): object {
  return {
    id,
    type: "ai_generate",
    name: id,
    next,
    on_error: next,
    retry: { max_attempts: 1, initial_delay_ms: 1 },
    config: {
      template_id: "content_v1",
      variables: ["f0", "f1"],
      json_schema: {
        type: "object",
        properties: { draft: { type: "string", enum: ["a", "b"] } },
        required: ["draft"],
        additionalProperties: false,
      },
    },
  };
}

/** What the servers say of the answers of one run. */
function script(number: number, values: readonly string[]): void {
  const spelled = values.flatMap((value) => FORMS.map((form) => form(value)));
  // The service shows 200 characters of these.
  const long = values.map(
    (value, index) => `${"x".repeat(170 + index)} ${value} ${"y".repeat(90)}`,
  );
  const object = Object.fromEntries(values.map((value, index) => [`${value}!`, index]));
  planted += spelled.length + long.length + values.length;
  api.script(`/echo/${number}`, [
    {
      kind: "answer",
      status: 200,
      headers: {
        "x-echo": values[0] ?? "",
        location: `/?q=${encodeURIComponent(values[1] ?? "")}`,
      },
      body: JSON.stringify({ spelled, long, object, values }),
    },
  ]);
  const words = (before: number) => `${"w".repeat(before)} ${values[2]} and ${values[3]}`;
  api.script(`/refused/${number}`, [
    {
      kind: "answer",
      status: 422,
      headers: { "x-why": encodeURIComponent(values[4] ?? "") },
      body: JSON.stringify({ message: words(180 + number), details: { spelled } }),
    },
  ]);
  planted += spelled.length + 3;
  const refusal = `${words(275 + number)}\n${values[5]}`;
  const unfit = JSON.stringify({
    draft: `${values[6]} ${"z".repeat(number)}`,
    [values[7] ?? ""]: 1,
  });
  model.script(
    refusing(400, { message: refusal, type: "invalid_request_error" }),
    completion(unfit),
    completion(`${"v".repeat(2_000)} ${values[8]} is not JSON`),
    completion(unfit),
  );
  planted += 5;
}

/** Spans of requests follow their answers; one that is cut off is an error of the collector. */
async function lastSpans(): Promise<void> {
  for (let before = -1; before !== receiver.posts.length;) {
    before = receiver.posts.length;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Resolves when the collector has all spans of the runs. */
async function spansOf(runs: readonly string[]): Promise<void> {
  await receiver.until(({ spans }) =>
    runs.every((id) =>
      spans.some(({ name, attributes }) => name.startsWith("run ") && attributes["run_id"] === id),
    ),
  );
}

async function eventually(run: Run, status: string): Promise<Run> {
  await expect
    .poll(
      async () => runSchema.parse((await service.get(`/v1/executions/${run.id}`)).json()).status,
    )
    .toBe(status);
  return runSchema.parse((await service.get(`/v1/executions/${run.id}`)).json());
}

describe("planted answers", () => {
  test("go through runs", async () => {
    for (let number = 0; number < RUNS; number++) {
      const values = Array.from({ length: FIELDS }, (_, index) => valueOf(number * FIELDS + index));
      script(number, values);
      const answers = Object.fromEntries(values.map((value, index) => [keyOf(index), value]));
      const inputs = number % 2 === 0 ? answers : {};
      const started = await service.post("/v1/executions", {
        workflow_id: "canary_answers",
        inputs: { n: String(number), ...inputs },
        run_opts: { profile: { known: values[9], f3: values[3] } },
      });
      if (started.status !== 202) throw new Error(started.text);
      pages[`start ${number}`] = started.text;
      let run = runSchema.parse(started.json());
      ids.push(run.id);
      if (number % 2 === 1) {
        const answer = await service.post(`/v1/executions/${run.id}/resume`, { inputs: answers });
        expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 200 });
        pages[`resume ${number}`] = answer.text;
      }
      run = await eventually(run, "waiting");
      expect(run.current_step).toBe("sign");
      const token = run.wait?.type === "approval" ? run.wait.resume_tokens?.[0]?.token : undefined;
      const page = await service.send({ method: "GET", path: `/resume/${token}`, key: null });
      expect(page.status).toBe(200);
      pages[`page ${number}`] = page.text;
      const decided = await service.post(`/v1/executions/${run.id}/resume`, {
        approvals: [{ step_id: "sign", approved: true }],
      });
      pages[`decided ${number}`] = decided.text;
      await eventually(run, "completed");
    }
    console.log(`planted: ${planted}`);
    expect(planted).toBeGreaterThan(1_000);
    // The API and the model got the true values.
    expect(JSON.parse(api.calls("/echo/0")[0]?.body ?? "")).toContain(valueOf(3));
    expect(api.calls("/echo/0")[0]?.headers["x-first"]).toBe(valueOf(0));
  }, 180_000);

  test("are in problems of refused requests", async () => {
    const value = valueOf(3);
    const answers = await Promise.all([
      service.post(`/v1/executions/${ids[0]}/resume`, { inputs: { f3: value } }),
      service.post("/v1/executions", {
        workflow_id: "canary_answers",
        inputs: { n: 1, f3: [value], f4: { [value]: value } },
      }),
    ]);
    for (const [index, answer] of answers.entries()) pages[`problem ${index}`] = answer.text;
  });

  test("are found nowhere", async () => {
    await spansOf(ids);
    await expect
      .poll(
        async () =>
          (await service.stored()).runs.filter(({ status }) => status === "completed").length,
      )
      .toBe(RUNS);
    const places: Record<string, string> = {
      ...pages,
      rows: JSON.stringify(await service.everyRow()),
      logs: service.logs().join("\n"),
      spans: receiver.posts.map(({ body }) => body).join("\n"),
      metrics: (await service.get("/metrics")).text,
      runs: (await service.get("/v1/executions?limit=200")).text,
    };
    for (const id of ids) {
      for (const part of ["", "/history", "/context", "/events"]) {
        const answer = await service.get(`/v1/executions/${id}${part}`);
        expect(answer.status).toBe(200);
        places[`${id}${part}`] = answer.text;
      }
    }
    // The search works, and it searches what it should.
    expect(places["rows"]).toContain("canary_answers");
    expect(places["rows"]).toContain("[SENSITIVE]!");
    expect(places["spans"]).toContain("canary_answers");
    expect(places["logs"]).toContain("step.failed");
    expect(places["page 0"]).toContain("[SENSITIVE]");
    expect(places[`${ids[0]}/history`]).toContain("The server answered 422");
    expect(places[`${ids[0]}/history`]).toContain("The provider answered 400");
    expect(places[`${ids[0]}/history`]).toContain("excerpt");
    expectNoCanary(places);
  });
});

test("planted answers are in no report of a dual run", async () => {
  // Its own service: nothing else is under way when this one is closed.
  const alone = await startService({ API_CALL_ALLOW_HTTP_HOSTS: api.host });
  try {
    await alone.post("/v1/workflows", workflow());
    const values = Array.from({ length: FIELDS }, (_, index) => valueOf(900 + index));
    script(99, values);
    const answers = Object.fromEntries(values.map((value, index) => [keyOf(index), value]));
    const report = await alone.post("/v1/dev/dual-run", {
      workflow_id: "canary_answers",
      inputs: { n: "99", ...answers },
      run_opts: { mock_ai: true },
    });
    expect({ status: report.status, text: report.text }).toMatchObject({ status: 200 });
    expect(report.text).toContain("run_ids");
    expectNoCanary({ report: report.text });
  } finally {
    await alone.close();
  }
}, 120_000);
