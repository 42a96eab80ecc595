/** What APIs answer, as the next step, the history and people get it. */
import { gzipSync } from "node:zlib";
import { z } from "zod";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type History, historySchema, type Run, runSchema } from "#model/run.ts";
import { LIMITS } from "#model/limits.ts";
import { type Behaviour, FakeApi } from "../support/fake-api.ts";
import { type Service, startService } from "../support/service.ts";

let api: FakeApi;
let service: Service;
const SECRETS_KEYS = `1:${Buffer.alloc(32, 1).toString("base64")}`;

beforeAll(async () => {
  api = await FakeApi.start();
  service = await startService({ SECRETS_KEYS, API_CALL_ALLOW_HTTP_HOSTS: api.host });
});
afterAll(async () => {
  await service.close();
  await api.close();
});

interface Script {
  id: string;
  answers: Behaviour[];
  /** Of the call, in YAML flow style. */
  config?: string;
  step?: string;
  /** Steps behind it. */
  after?: string;
  before?: string;
  inputs?: Record<string, unknown>;
}

type Step = History["steps"][number];

/** One call of `/<id>` and what follows; the run has ended. */
async function play(script: Script): Promise<{ run: Run; call: Step; history: History }> {
  const { id, answers, config = "method: GET", step = "", after = "", before = "" } = script;
  api.script(`/${id}`, answers);
  const yaml = `id: ${id}
name: Answers
start_step: ${before === "" ? "call" : "ask"}
steps:
${before}
  - id: call
    type: api_call
    name: Call
    retry: { max_attempts: 1 }
    ${step}
    config: { url: "http://${api.host}/${id}", ${config} }
${after}`;
  const stored = await service.yaml("POST", "/v1/workflows", yaml);
  expect({ status: stored.status, body: stored.text }).toMatchObject({ status: 201 });
  const started = await service.send({
    method: "POST",
    path: "/v1/executions",
    headers: { "content-type": "application/json", prefer: "wait=20" },
    body: JSON.stringify({ workflow_id: id, inputs: script.inputs ?? {} }),
  });
  const run = runSchema.parse(started.json());
  const told = await service.get(`/v1/executions/${run.id}/history`);
  const history = historySchema.parse(told.json());
  const call = history.steps.find(({ step_id }) => step_id === "call");
  if (!call) throw new Error(`no call in ${told.text}`);
  return { run, call, history };
}

function says(body: string | Uint8Array, headers: Record<string, string | null> = {}): Behaviour {
  return { kind: "answer", status: 200, body, headers };
}

const output = async (script: Script) => {
  const { run, call } = await play(script);
  expect(run.error).toBeUndefined();
  const { headers: _, ...rest } = call.output as { headers: unknown };
  return rest;
};

describe("a number that a double does not hold", () => {
  test.each([
    ["id_plain", "9223372036854775807"],
    ["id_exponent", "7615917337495251231e0"],
    ["id_fraction", "9007199254740993.0"],
  ])("reaches the next call as it was written: %s", async (id, written) => {
    const after = `  - { id: item, type: api_call, name: Item, config: { url: "http://${api.host}/${id}/{{steps.call.output.body.id}}", method: GET } }`;
    const { run, call } = await play({
      id,
      answers: [says(`{"id":${written},"exact":9007199254740991}`)],
      step: "next: item",
      after,
    });
    expect(run.status).toBe("completed");
    expect(call.output).toMatchObject({
      body: { id: written, exact: 9007199254740991 },
      kept_as_text: { pointers: ["/id"], count: 1 },
    });
    expect(api.calls(`/${id}/${encodeURIComponent(written)}`)).toHaveLength(1);
  });

  test("leaves the rest of the answer as it is", async () => {
    const body = '{"a/b":[1e400,{"c":-1e999}],"d":1.5,"e":1e21}';
    expect(await output({ id: "infinite", answers: [says(body)] })).toEqual({
      status: 200,
      body: { "a/b": ["1e400", { c: "-1e999" }], d: 1.5, e: 1e21 },
      kept_as_text: { pointers: ["/a~1b/0", "/a~1b/1/c"], count: 2 },
    });
  });

  test("is counted, and the first hundred are named", async () => {
    const body = `[${Array(150).fill("9007199254740993").join(",")}]`;
    const { kept_as_text: kept } = (await output({ id: "many", answers: [says(body)] })) as {
      kept_as_text?: { pointers: string[]; count: number };
    };
    expect(kept?.count).toBe(150);
    expect(kept?.pointers).toHaveLength(100);
  });

  test("is no matter where there is none; a duplicate key is reported", async () => {
    expect(
      await output({ id: "twice", answers: [says('{"a":1,"b":{"c":1,"c":2},"a":3}')] }),
    ).toEqual({ status: 200, body: { a: 3, b: { c: 2 } }, duplicate_keys: ["/b/c", "/a"] });
    expect(await output({ id: "once", answers: [says('{"a":1}')] })).toEqual({
      status: 200,
      body: { a: 1 },
    });
  });
});

describe("the body of an answer", () => {
  const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 255]);
  const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString("base64");
  const LATIN = Uint8Array.from([0xe9]);

  test.each<[string, Behaviour, string, object]>([
    ["b_json", says("[1]", { "content-type": "application/vnd.x+json" }), "auto", { body: [1] }],
    ["b_empty", says(""), "auto", { body: null }],
    ["b_text", says("1", { "content-type": "text/plain" }), "auto", { body: "1" }],
    [
      "b_xml",
      says("<a>é</a>", { "content-type": "application/xml" }),
      "auto",
      { body: "<a>é</a>" },
    ],
    [
      "b_html",
      says("<p>", { "content-type": "text/html; charset=utf-8" }),
      "auto",
      { body: "<p>" },
    ],
    [
      "b_form",
      says("a=1", { "content-type": "application/x-www-form-urlencoded" }),
      "auto",
      { body: "a=1" },
    ],
    [
      "b_png",
      says(PNG, { "content-type": "image/png" }),
      "auto",
      { body: base64(PNG), encoding: "base64" },
    ],
    [
      "b_octets",
      says("text", { "content-type": "application/octet-stream" }),
      "auto",
      { body: base64("text"), encoding: "base64" },
    ],
    ["b_none", says('{"a":1}', { "content-type": null }), "auto", { body: '{"a":1}' }],
    [
      "b_none_bytes",
      says(PNG, { "content-type": null }),
      "auto",
      { body: base64(PNG), encoding: "base64" },
    ],
    [
      "b_latin",
      says(LATIN, { "content-type": "text/plain; charset=ISO-8859-1" }),
      "auto",
      { body: "é" },
    ],
    ["b_bom", says("\ufeff[1]"), "auto", { body: [1] }],
    ["b_as_json", says("[1]", { "content-type": "text/plain" }), "json", { body: [1] }],
    ["b_as_text", says("[1]"), "text", { body: "[1]" }],
    ["b_as_base64", says("[1]"), "base64", { body: base64("[1]"), encoding: "base64" }],
    [
      "b_bytes_of_text",
      says(LATIN, { "content-type": "text/plain" }),
      "base64",
      { encoding: "base64" },
    ],
    [
      "b_gzip",
      says(gzipSync('{"a":1}'), { "content-encoding": "gzip" }),
      "auto",
      { body: { a: 1 } },
    ],
  ])("%s is read by its type, or as the step says", async (id, answer, response, expected) => {
    const read = await output({
      id,
      answers: [answer],
      config: `method: GET, response: ${response}`,
    });
    expect(read).toMatchObject({ status: 200, ...expected });
    if (!("encoding" in expected)) expect(read).toEqual({ status: 200, ...expected });
  });

  test.each<[string, Behaviour, string, RegExp]>([
    ["u_html", says("<html>", {}), "auto", /not JSON, though its Content-Type says so/],
    ["u_cut", says('{"a":'), "auto", /not JSON/],
    ["u_as_json", says("<a/>", { "content-type": "text/xml" }), "json", /not JSON/],
    [
      "u_charset",
      says("é", { "content-type": "text/plain; charset=klingon" }),
      "auto",
      /"klingon"/,
    ],
    ["u_latin", says(LATIN, { "content-type": "text/plain" }), "auto", /not valid UTF-8/],
    ["u_json_latin", says(Buffer.from('"\xe9"', "latin1")), "auto", /not valid UTF-8/],
  ])(
    "%s that cannot be read is response_unreadable, and is not asked for again",
    async (...row) => {
      const [id, answer, response, words] = row;
      for (const method of ["GET", "POST"]) {
        const path = `${id}_${method.toLowerCase()}`;
        const config = `method: ${method}, response: ${response}`;
        const { run, call, history } = await play({ id: path, answers: [answer], config });
        expect(run.error).toMatchObject({ code: "response_unreadable", step_id: "call" });
        expect(call.error?.message).toMatch(words);
        expect(call.error).toMatchObject({ http_status: 200 });
        expect(history.events.map(({ type }) => type)).not.toContain("step.retrying");
        expect(api.calls(`/${path}`)).toHaveLength(1);
      }
    },
  );
});

describe("of an answer that made a step fail", () => {
  const refused = (body: string | Uint8Array, headers: Record<string, string> = {}): Behaviour => ({
    kind: "answer",
    status: 422,
    body,
    headers: { "x-trace": "t1", ...headers },
  });

  test("people read what the server said, and the next step can use it", async () => {
    const after = `  - id: check
    type: conditional
    name: Check
    config:
      when: steps.call.error.http_status == 422 and steps.call.error.body.reason.code == 7 and steps.call.error.headers["x-trace"] == "t1"
      then: tell
      else: fail
  - { id: tell, type: api_call, name: Tell, config: { url: "http://${api.host}/e_tell", method: POST, body: { why: "{{steps.call.error.body.error}}", status: "{{steps.call.error.http_status}}" } } }`;
    const { run, call } = await play({
      id: "e_caught",
      answers: [refused('{"error":"order already refunded","reason":{"code":7}}')],
      step: "on_error: check",
      after: after.replace("else: fail", "else: null"),
    });
    expect(run.status).toBe("completed");
    expect(call.error).toMatchObject({
      code: "http_error",
      message: "The server answered 422: order already refunded.",
      http_status: 422,
      headers: { "content-type": "application/json", "x-trace": "t1" },
      body: { error: "order already refunded", reason: { code: 7 } },
    });
    expect(JSON.parse(api.calls("/e_tell")[0]?.body ?? "")).toEqual({
      why: "order already refunded",
      status: 422,
    });
    const context = (await service.get(`/v1/executions/${run.id}/context`)).json();
    expect(context).toMatchObject({ runtime: { steps: { call: { error: call.error } } } });
  });

  test.each<[string, string | Uint8Array, Record<string, string>, string]>([
    ["w_detail", '{"detail":[{"loc":["body"],"msg":"field required"}]}', {}, "field required."],
    ["w_nested", '{"error":{"code":"x","message":"No money!"}}', {}, "No money!"],
    ["w_other", '{"code":7}', {}, '{"code":7}.'],
    ["w_text", "try\nlater", { "content-type": "text/plain" }, "try later."],
    [
      "w_page",
      "<html><title>Bad Gateway</title><p>x",
      { "content-type": "text/html" },
      "Bad Gateway.",
    ],
    ["w_page_as_json", "<html><title>Oops</title>", {}, "Oops."],
  ])("%s the words are found", async (id, body, headers, words) => {
    const { run } = await play({ id, answers: [refused(body, headers)] });
    expect(run.error?.message).toBe(`The server answered 422: ${words}`);
  });

  test("without words there is only the status", async () => {
    const { run, call } = await play({ id: "w_none", answers: [refused("")] });
    expect(run.error?.message).toBe("The server answered 422.");
    expect(call.error).toMatchObject({ http_status: 422, body: null });
  });

  test("8 KiB are kept, and a longer one is cut with a sign", async () => {
    const long = (bytes: number) => JSON.stringify({ error: "x".repeat(bytes - 12) });
    const whole = long(LIMITS.failedAnswerBytes);
    const most = await play({ id: "s_most", answers: [refused(whole)] });
    expect(most.call.error?.body).toEqual(JSON.parse(whole));
    const more = await play({
      id: "s_more",
      answers: [refused(long(LIMITS.failedAnswerBytes + 1))],
    });
    expect(more.call.error).toMatchObject({ body_truncated: true });
    const kept = z.string().parse(more.call.error?.body);
    expect(kept.endsWith("x…")).toBe(true);
    expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(LIMITS.failedAnswerBytes);
    expect(more.run.error?.message.length).toBeLessThan(240);
  });

  test("secrets and sensitive answers are masked, also where the text is cut", async () => {
    await service.send({
      method: "PUT",
      path: "/v1/secrets/ANSWERS",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ value: "p&w=1+2" }),
    });
    const before = `  - { id: ask, type: form, name: Ask, next: call, config: { fields: [{ key: person, type: string, required: true, sensitive: true }] } }`;
    for (const length of [0, 150, 185, 8_180, 8_190]) {
      const filler = "y".repeat(length);
      const { run } = await play({
        id: `m_${length}`,
        answers: [refused(`${filler} Jane Q. Doe p&w=1+2 end`, { "content-type": "text/plain" })],
        config: 'method: GET, headers: { X-Key: "{{secrets.ANSWERS}}" }',
        before,
        inputs: { person: "Jane Q. Doe" },
      });
      const shown = (await service.get(`/v1/executions/${run.id}/history`)).text;
      expect(shown).toContain("http_error");
      expect(shown).not.toMatch(/Jane|p&w=/);
      expect(run.error?.message).not.toMatch(/Jane|p&w=/);
      const rows = JSON.stringify(await service.everyRow());
      expect(rows).not.toMatch(/Jane|p&w=/);
    }
  });
});
