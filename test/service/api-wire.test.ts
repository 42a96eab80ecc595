/**
 * What travels between an api_call and a server, byte by byte, on a local copy: the harness of the
 * other tests makes calls through this process, which decodes answers and follows redirects itself.
 */
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { historySchema, type Run } from "#model/run.ts";
import type { JsonValue } from "#model/json.ts";
import { type Behaviour, FakeApi } from "../support/fake-api.ts";
import { LocalCopy } from "../support/local-copy.ts";

let api: FakeApi;
let copy: LocalCopy;

beforeAll(async () => {
  api = await FakeApi.start();
  copy = await LocalCopy.create([
    `API_CALL_ALLOW_HTTP_HOSTS=${api.host}`,
    `SECRETS_KEYS=1:${Buffer.alloc(32, 1).toString("base64")}`,
  ]);
  await copy.start();
}, 120_000);
afterAll(async () => {
  await copy.dispose();
  await api.close();
});

async function play(
  id: string,
  answers: Behaviour[],
  config: Record<string, JsonValue>,
  inputs: Record<string, JsonValue> = {},
): Promise<Run> {
  api.script(`/${id}`, answers);
  const call = { url: `http://${api.host}/${id}`, method: "GET", ...config };
  const step = { id: "call", type: "api_call", name: "Call", config: call };
  const steps = [{ ...step, retry: { max_attempts: 1 } }];
  const workflow = { id, name: id, start_step: "call", steps };
  const stored = await copy.call("POST", "/v1/workflows", workflow);
  expect({ status: stored.status, body: await stored.text() }).toMatchObject({ status: 201 });
  const run = await copy.run("POST", "/v1/executions", { workflow_id: id, inputs });
  return copy.untilEnded(run.id, 20_000);
}

async function callOf(run: Run) {
  const history = await copy.call("GET", `/v1/executions/${run.id}/history`);
  const [step] = historySchema.parse(await history.json()).steps;
  if (!step) throw new Error("no step");
  return step;
}

const says = (body: string | Uint8Array, headers: Record<string, string> = {}): Behaviour => ({
  kind: "answer",
  status: 200,
  body,
  headers,
});

describe("an answer that is encoded", () => {
  const CONTENT = { ok: "é".repeat(2_000), noise: "qwertzuiop1234567890" };
  const JSON_TEXT = JSON.stringify(CONTENT);
  const gzip = gzipSync(JSON_TEXT);
  const brotli = brotliCompressSync(JSON_TEXT);

  test.each([
    ["gzip", gzip],
    ["br", brotli],
    ["GZIP", gzip],
    ["identity", Buffer.from(JSON_TEXT)],
  ])("with %s is decoded", async (encoding, body) => {
    const id = `good_${encoding.toLowerCase()}_${encoding === "GZIP" ? 1 : 0}`;
    const run = await play(id, [says(body, { "content-encoding": encoding })], {});
    expect(run.error).toBeUndefined();
    expect((await callOf(run)).output).toMatchObject({ body: CONTENT });
  });

  test.each<[string, string, Uint8Array]>([
    ["deflate", "deflate", deflateSync(JSON_TEXT)],
    ["zstd", "zstd", zstdCompressSync(JSON_TEXT)],
    ["unknown", "x-secret-sauce", Buffer.from(JSON_TEXT)],
    ["plain_gzip", "gzip", Buffer.from(JSON_TEXT)],
    ["cut_gzip", "gzip", gzip.subarray(0, gzip.length - 10)],
    ["cut_br", "br", brotli.subarray(0, 20)],
    ["plain_br", "br", Buffer.from("not brotli at all, but text")],
  ])("in a way that cannot be undone is response_unreadable: %s", async (id, encoding, body) => {
    for (const method of ["GET", "POST"]) {
      const path = `bad_${id}_${method.toLowerCase()}`;
      const run = await play(path, [says(body, { "content-encoding": encoding })], { method });
      expect(run.error).toMatchObject({ code: "response_unreadable" });
      expect(run.error?.message).toContain(`"${encoding}"`);
      expect((await callOf(run)).error).toMatchObject({ http_status: 200 });
      expect(api.calls(`/${path}`)).toHaveLength(1);
    }
  });

  test("is distinguished from a connection that was dropped", async () => {
    expect((await play("drop_get", [{ kind: "drop" }], {})).error?.code).toBe("network_error");
    const posted = await play("drop_post", [{ kind: "drop" }], { method: "POST" });
    expect(posted.error?.code).toBe("outcome_unknown");
  });

  test("of a failure is a failure all the same, and may be asked for again", async () => {
    const broken: Behaviour = {
      kind: "answer",
      status: 500,
      body: "x",
      headers: { "content-encoding": "gzip" },
    };
    const run = await play("bad_500", [broken], {});
    expect(run.error).toMatchObject({ code: "http_error", message: "The server answered 500." });
  });
});

describe("a redirect by 301 or 302", () => {
  test.each(["POST", "PUT", "PATCH", "DELETE"])(
    "of a %s is an error that says where it led, without its query",
    async (method) => {
      for (const status of [301, 302]) {
        const id = `r_${method.toLowerCase()}_${status}`;
        const location = `/${id}_there?token=hunter2#frag`;
        const answers: Behaviour[] = [{ kind: "answer", status, headers: { location } }];
        const run = await play(id, answers, { method });
        expect(run.error?.code).toBe("http_error");
        expect(run.error?.message).toContain(`${status}`);
        expect(run.error?.message).toContain(`http://${api.host}/${id}_there`);
        const call = await callOf(run);
        expect(JSON.stringify(call)).not.toContain("hunter2");
        expect(call.error).toMatchObject({ http_status: status });
        expect(api.calls(`/${id}_there?token=hunter2`)).toEqual([]);
      }
    },
  );

  test.each(["GET", "HEAD", "OPTIONS"])(
    "of a %s is followed with the same method",
    async (method) => {
      for (const status of [301, 302]) {
        const id = `r_${method.toLowerCase()}_${status}`;
        const location = `/${id}_there`;
        const run = await play(id, [{ kind: "answer", status, headers: { location } }], { method });
        expect(run.status).toBe("completed");
        expect(api.calls(location).map((call) => call.method)).toEqual([method]);
      }
    },
  );

  test("by 303 goes on as GET, by 307 and 308 as it is", async () => {
    for (const [status, then] of [
      [303, "GET"],
      [307, "POST"],
      [308, "POST"],
    ] as const) {
      const location = `/r_on_${status}_there`;
      const answers: Behaviour[] = [{ kind: "answer", status, headers: { location } }];
      const run = await play(`r_on_${status}`, answers, { method: "POST", body: { a: 1 } });
      expect(run.status).toBe("completed");
      expect(api.calls(location)).toMatchObject([
        { method: then, body: then === "GET" ? "" : '{"a":1}' },
      ]);
    }
  });

  test("that is expected is the answer", async () => {
    const answers: Behaviour[] = [{ kind: "answer", status: 302, headers: { location: "/x?y=1" } }];
    const run = await play("r_ok", answers, { method: "POST", expect_status: [302] });
    const call = await callOf(run);
    expect(call.output).toMatchObject({ status: 302, headers: { location: "/x?y=1" } });
  });
});

describe("a value in a text body stays one value", () => {
  const EVIL = 'x&role=admin"}, <b>\\ \n+é';
  const inputs: Record<string, JsonValue> = {
    name: EVIL,
    n: 5,
    yes: true,
    none: null,
    list: ["a&b", 1, null, { c: '"' }],
    map: { k: "v&w" },
  };
  const sent = async (id: string, config: Record<string, JsonValue>) => {
    const run = await play(id, [says("{}")], { method: "POST", ...config }, inputs);
    expect(run.error).toBeUndefined();
    const [call] = api.calls(`/${id}`);
    if (!call) throw new Error("no call");
    return call;
  };
  const type = (value: string) => ({ headers: { "Content-Type": value } });
  const FORM = "application/x-www-form-urlencoded; charset=utf-8";

  test("of a form", async () => {
    const body =
      "name={{name}}&role=user&n={{n}}&yes={{yes}}&none={{none}}&list={{list}}&map={{map}}";
    const call = await sent("form_text", { ...type(FORM), body });
    expect(Object.fromEntries(new URLSearchParams(call.body))).toEqual({
      name: EVIL,
      role: "user",
      n: "5",
      yes: "true",
      none: "null",
      list: JSON.stringify(inputs["list"]),
      map: JSON.stringify(inputs["map"]),
    });
    expect((await sent("form_only", { ...type(FORM), body: "{{name}}" })).body).toBe(
      encodeURIComponent(EVIL),
    );
  });

  test.each(["application/json", "application/vnd.api+json; charset=utf-8", "text/json"])(
    "of JSON: %s",
    async (contentType) => {
      const body =
        '{"in": "a {{name}} \\"{{name}}", "{{n}}": {{name}}, "n": {{n}}, "yes": {{yes}}, "none": {{none}}, "list": {{list}}, "inList": "{{list}} {{none}}", "map": {{map}}}';
      const id = `json_${contentType.length}`;
      const call = await sent(id, { ...type(contentType), body });
      expect(call.headers["content-type"]).toBe(contentType);
      expect(JSON.parse(call.body)).toEqual({
        in: `a ${EVIL} "${EVIL}`,
        5: EVIL,
        n: 5,
        yes: true,
        none: null,
        list: inputs["list"],
        map: inputs["map"],
        inList: `${JSON.stringify(inputs["list"])} null`,
      });
      const only = await sent(`${id}_only`, { ...type(contentType), body: "{{name}}" });
      expect(JSON.parse(only.body)).toBe(EVIL);
    },
  );

  test.each(["application/xml", "application/soap+xml", "text/xml; charset=utf-8", "text/html"])(
    "of markup: %s",
    async (contentType) => {
      const body = "<a b='{{name}}'>{{map}}{{n}}</a>";
      const call = await sent(`xml_${contentType.length}`, { ...type(contentType), body });
      expect(call.body).toBe(
        "<a b='x&amp;role=admin&quot;}, &lt;b&gt;\\ \n+é'>{&quot;k&quot;:&quot;v&amp;w&quot;}5</a>",
      );
    },
  );

  test("whose type is known only at run time is encoded for that", async () => {
    const headers = { "content-type": "{{static_type}}" };
    inputs["static_type"] = "application/x-www-form-urlencoded";
    expect((await sent("late_type", { headers, body: "a={{name}}" })).body).toBe(
      `a=${encodeURIComponent(EVIL)}`,
    );
  });

  test("as it is in a text of another type, and JSON where the body is no text", async () => {
    const text = await sent("plain", { body: "Hi {{name}}" });
    expect(text.headers["content-type"]).toBe("text/plain;charset=UTF-8");
    expect(text.body).toBe(`Hi ${EVIL}`);
    const json = await sent("leaves", { body: { a: "{{list}}", b: "{{none}}", c: "<{{name}}>" } });
    expect(JSON.parse(json.body)).toEqual({ a: inputs["list"], b: null, c: `<${EVIL}>` });
  });

  test("when it is a secret too", async () => {
    await copy.call("PUT", "/v1/secrets/WIRE", { value: 'p&w=1+2"' });
    const form = await sent("secret_form", { ...type(FORM), body: "key={{secrets.WIRE}}&a=1" });
    expect(form.body).toBe("key=p%26w%3D1%2B2%22&a=1");
    const json = await sent("secret_json", {
      ...type("application/json"),
      body: '{"key":"{{secrets.WIRE}}"}',
    });
    expect(json.body).toBe('{"key":"p&w=1+2\\""}');
    const fields = await sent("secret_fields", { body_form: { key: "{{secrets.WIRE}}" } });
    expect(fields.body).toBe("key=p%26w%3D1%2B2%22");
  });

  test("of body_form", async () => {
    const call = await sent("fields", {
      body_form: {
        "a b": "{{name}}",
        list: "{{list}}",
        literal: ["x", 2, "{{n}}"],
        map: "{{map}}",
        made: { n: "{{n}}", t: "{{n}}!" },
        none: "{{none}}",
        nothing: null,
        n: "{{n}}",
        yes: true,
        mixed: "{{n}} of {{none}}",
      },
    });
    expect(call.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    const pairs = call.body.split("&").map((pair) => decodeURIComponent(pair));
    expect(pairs.toSorted((a, b) => a.localeCompare(b))).toEqual(
      [
        `a b=${EVIL}`,
        "list=a&b",
        "list=1",
        'list={"c":"\\""}',
        "literal=x",
        "literal=2",
        "literal=5",
        'map={"k":"v&w"}',
        'made={"n":5,"t":"5!"}',
        "n=5",
        "yes=true",
        "mixed=5 of null",
      ].toSorted((a, b) => a.localeCompare(b)),
    );
  });

  test("of the path and the query", async () => {
    const url = `http://${api.host}/path/{{map}}/{{none}}?q={{list}}&n={{none}}`;
    const run = await play("url_values", [], { url }, inputs);
    expect(run.error).toBeUndefined();
    const path = `/path/${encodeURIComponent('{"k":"v&w"}')}/null?q=${encodeURIComponent(JSON.stringify(inputs["list"]))}&n=null`;
    expect(api.calls(path)).toHaveLength(1);
  });
});

describe("a method that only asks", () => {
  test.each(["HEAD", "OPTIONS"])(
    "%s is repeated after a failure, and has no body",
    async (method) => {
      const id = `safe_${method.toLowerCase()}`;
      api.script(`/${id}`, [
        { kind: "answer", status: 503 },
        { kind: "answer", status: 200 },
      ]);
      const config = { url: `http://${api.host}/${id}`, method };
      const retry = { max_attempts: 2, initial_delay_ms: 0 };
      const steps = [{ id: "call", type: "api_call", name: "Call", retry, config }];
      await copy.call("POST", "/v1/workflows", { id, name: id, start_step: "call", steps });
      const started = await copy.run("POST", "/v1/executions", { workflow_id: id });
      const run = await copy.untilEnded(started.id, 20_000);
      expect(run.error).toBeUndefined();
      expect(api.calls(`/${id}`).map((call) => call.method)).toEqual([method, method]);
      expect((await callOf(run)).output).toMatchObject({ status: 200, body: null });
    },
  );
});
