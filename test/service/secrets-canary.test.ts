/**
 * Planted secret values: sent, echoed, failed with, refused, and then looked for everywhere that
 * anyone can read, in every form that they could have taken.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Run, runSchema } from "#model/run.ts";
import { FakeApi } from "../support/fake-api.ts";
import { type Service, startService } from "../support/service.ts";
import { expectNoCanary, FORMS, STEM, valueOf } from "./canary.ts";

const WORKFLOWS = 13;
const SECRETS_PER_WORKFLOW = 20;
/** Each value goes out in a header and the body, and comes back there and in every form. */
const PLACES = 4 + FORMS.length;

let api: FakeApi;
let service: Service;
const runs: Run[] = [];

beforeAll(async () => {
  api = await FakeApi.start();
  service = await startService({ API_CALL_ALLOW_HTTP_HOSTS: api.host, LOG_LEVEL: "DEBUG" });
}, 120_000);
afterAll(async () => {
  await service.close();
  await api.close();
});

function secretNames(workflow: number): string[] {
  return Array.from({ length: SECRETS_PER_WORKFLOW }, (_, index) => `CANARY_${workflow}_${index}`);
}

function put(name: string, body: string, key?: string) {
  const headers = {
    "content-type": "application/json",
    ...(key === undefined ? {} : { "idempotency-key": key }),
  };
  return service.send({ method: "PUT", path: `/v1/secrets/${name}`, headers, body });
}

async function runOf(id: string, config: string, attempts = 1): Promise<Run> {
  const stored = await service.yaml(
    "POST",
    "/v1/workflows",
    `id: ${id}
name: Canary
start_step: call
output: { answer: steps.call.output }
steps:
  - id: call
    type: api_call
    name: Call
    retry: { max_attempts: ${attempts}, initial_delay_ms: 1 }
    config: { url: "http://${api.host}/${id}", method: PUT, ${config} }
`,
  );
  expect({ status: stored.status, body: stored.text }).toMatchObject({ status: 201 });
  const started = await service.post("/v1/executions", { workflow_id: id });
  const run = runSchema.parse(started.json());
  runs.push(run);
  return run;
}

describe("planted secret values", () => {
  test("are sent, and echoed by the API", async () => {
    for (let workflow = 0; workflow < WORKFLOWS; workflow++) {
      const names = secretNames(workflow);
      const values = names.map((_, index) => valueOf(workflow * SECRETS_PER_WORKFLOW + index));
      for (const [index, name] of names.entries()) {
        const stored = await put(name, JSON.stringify({ value: values[index] }), `k-${name}`);
        expect(stored.status).toBe(200);
      }
      const id = `canary_${workflow}`;
      const echoes = values.map((value, index) => [`x-echo-${index}`, value]);
      api.script(`/${id}`, [
        {
          kind: "answer",
          status: 200,
          headers: Object.fromEntries(echoes) as Record<string, string>,
          body: JSON.stringify({
            values,
            [values[0] ?? ""]: `<${values[1]}>`,
            spelled: values.map((value) => FORMS.map((form) => form(value))),
          }),
        },
      ]);
      const headers = names.map((name, index) => `X-Key-${index}: "{{secrets.${name}}}"`);
      const body = names.map((name) => `"{{secrets.${name}}}"`);
      const config = `headers: { ${headers.join(", ")} }, body: [${body.join(", ")}]`;
      expect(await runOf(id, config)).toMatchObject({ status: "completed" });
      const [call] = api.calls(`/${id}`);
      expect(JSON.parse(call?.body ?? "")).toEqual(values);
      expect(names.map((_, index) => call?.headers[`x-key-${index}`])).toEqual(values);
    }
    console.log(`planted: ${WORKFLOWS * SECRETS_PER_WORKFLOW * PLACES}`);
  }, 120_000);

  test.each([
    ["an error", { kind: "answer", status: 500, body: valueOf(1) }, "http_error"],
    ["a refusal", { kind: "answer", status: 403, body: valueOf(1) }, "http_error"],
    ["no answer", { kind: "hold" }, "timeout"],
    [
      "a redirect that is not followed",
      {
        kind: "answer",
        status: 302,
        headers: { location: `http://127.0.0.1:9/?${encodeURIComponent(valueOf(1))}` },
      },
      "http_error",
    ],
  ] as const)("are in a run that failed with %s", async (what, behaviour, code) => {
    const id = `failing_${what.replaceAll(" ", "_")}`;
    api.script(`/${id}`, [behaviour]);
    const config = `timeout_s: 0.3, headers: { a: "{{secrets.CANARY_0_1}}" }, body: "{{secrets.CANARY_0_1}}"`;
    expect(await runOf(id, config, 2)).toMatchObject({ status: "failed", error: { code } });
    expect(api.calls(`/${id}`)[0]?.body).toBe(valueOf(1));
  });

  test("are in a run that failed before it called", async () => {
    await put("MULTILINE", JSON.stringify({ value: `${valueOf(900)}\nnext` }));
    const run = await runOf("failing_header", `headers: { a: "{{secrets.MULTILINE}}" }`);
    expect(run).toMatchObject({ status: "failed", error: { code: "template_error" } });
    expect(api.calls("/failing_header")).toEqual([]);
  });

  test.each([
    ["JSON that is none", valueOf(901), 400],
    ["JSON that breaks off", `{"value": ${valueOf(901)}`, 400],
    ["text after JSON", `{"value": "x"} ${valueOf(901)}`, 400],
    ["an unknown key", `{"value": "x", "${JSON.stringify(STEM).slice(1, -1)}": 1}`, 422],
    ["too much", JSON.stringify({ value: STEM.repeat(2000) }), 422],
    ["a list", JSON.stringify({ value: [STEM] }), 422],
  ])("are in a request that was refused: %s", async (what, body, status) => {
    const answer = await put("REFUSED", body);
    expect(answer.status).toBe(status);
    // What the caller called a key is theirs; a value is not told again.
    if (what !== "an unknown key") expectNoCanary({ refused: answer.text });
  });

  test("are found nowhere", async () => {
    const places: Record<string, string> = {
      storage: await service.dump(),
      logs: service.logs().join("\n"),
      secrets: (await service.get("/v1/secrets?limit=200")).text,
      runs: (await service.get("/v1/executions?limit=200")).text,
    };
    for (const { id } of runs) {
      for (const part of ["", "/history", "/context", "/events"]) {
        const answer = await service.get(`/v1/executions/${id}${part}`);
        expect(answer.status).toBe(200);
        places[`${id}${part}`] = answer.text;
      }
    }
    // The search works, and it searches what it should.
    expect(places["storage"]).toContain("CANARY_12_19");
    expect(places["storage"]).toContain("failing_header");
    expect(places["logs"]).toContain("step.failed");
    expect(JSON.stringify(places)).toContain("[REDACTED]");
    expectNoCanary(places);
  });
});

test("the search finds a value in every form", () => {
  const value = valueOf(7);
  const texts = [
    value,
    JSON.stringify(value),
    JSON.stringify(JSON.stringify({ value })),
    encodeURIComponent(value),
    new URLSearchParams({ value }).toString(),
    ...["", "u", "us"].map((before) => Buffer.from(`${before}${value}`).toString("base64")),
    Buffer.from(value).toString("base64url"),
    Buffer.from(value).toString("hex"),
    Buffer.from(value).toString("hex").toUpperCase(),
    ...FORMS.map((form) => form(value)),
    `cut ${value.slice(0, 10)}…`,
    [...Buffer.from(value)].join(","),
  ];
  for (const text of texts) expect(() => expectNoCanary({ text })).toThrow();
  expectNoCanary({ text: "nothing of the sort" });
});
