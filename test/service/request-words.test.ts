/** What is wrong with a request is said in our words: the place, what it must be, what it is. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemSchema } from "#model/problem.ts";
import { type Service, sharedService } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await sharedService();
});

afterAll(() => service.close());

const START = { workflow_id: "content_draft_flow" };

type Body = readonly [method: "post" | "put", path: string, body: object, words: string[]];

const BODIES: Body[] = [
  ["post", "/v1/executions", {}, ["workflow_id is missing; it must be a text."]],
  ["post", "/v1/executions", { workflow_id: 7 }, ["workflow_id must be a text, not a number."]],
  ["post", "/v1/executions", [], ["The body must be an object, not a list."]],
  [
    "post",
    "/v1/executions",
    { ...START, workflow_version: 0 },
    ["workflow_version must be at least 1."],
  ],
  [
    "post",
    "/v1/executions",
    { ...START, workflow_version: 1.5 },
    ["workflow_version must be a whole number, not a fraction."],
  ],
  ["post", "/v1/executions", { ...START, inputs: null }, ["inputs must be an object, not null."]],
  [
    "post",
    "/v1/executions",
    { ...START, run_opts: { tags: ["", "t".repeat(65)] } },
    [
      "run_opts.tags.0 must have at least 1 character.",
      "run_opts.tags.1 must have at most 64 characters.",
    ],
  ],
  [
    "post",
    "/v1/executions",
    { ...START, run_opts: { tags: Array.from({ length: 21 }, () => "t") } },
    ["run_opts.tags must have at most 20 entries."],
  ],
  [
    "post",
    "/v1/executions",
    { ...START, run_opts: { mock_ai: "yes" } },
    ["run_opts.mock_ai must be true or false or an object, not a text."],
  ],
  [
    "post",
    "/v1/executions",
    { ...START, run_opts: { mock_ai: { mode: "sleep", steps: { a: 1 }, mod: 1 } } },
    [
      'run_opts.mock_ai.mode must be success, schema_violation, timeout or transient_error. run_opts.mock_ai.steps.a must be success, schema_violation, timeout or transient_error. run_opts.mock_ai has an unknown key "mod".',
    ],
  ],
  [
    "post",
    "/v1/executions",
    { ...START, run_opts: { idempotency_key: "ä" } },
    ["run_opts.idempotency_key must be 1 to 255 printable ASCII characters."],
  ],
  ["post", "/v1/ai/infer", { template_id: "email_v1", json_schema: {}, provider: "oracle" }, []],
  ["put", "/v1/secrets/SAMPLE", { value: "" }, ["value must have at least 1 character."]],
  [
    "put",
    "/v1/secrets/SAMPLE",
    { value: "v".repeat(16_385) },
    ["value must have at most 16384 bytes in UTF-8."],
  ],
  ["post", "/v1/keys", { name: "a", scopes: ["all"], expires_at: "tomorrow" }, []],
  ["post", "/v1/keys", { name: "a", scopes: [] }, ["scopes must have at least 1 entry."]],
  ["put", "/v1/templates/content_v1", { prompt: true }, ["prompt must be a text, not true."]],
  ["post", "/v1/executions", { ...START, a: 1 }, ['Unknown key "a".']],
];

/** What zod says by itself. */
const ENGLISH_OF_ZOD = /Invalid (?:input|option|string|key)|expected|received|Too (?:big|small)/i;

describe("a body", () => {
  test.each(BODIES)("%s %s %j", async (method, path, body, words) => {
    const problem = problemSchema.parse((await service[method](path, body)).json());
    const messages = (problem.errors ?? []).map(({ message }) => message);
    expect(problem.status).toBe(422);
    expect(messages).not.toEqual([]);
    if (words.length > 0) expect(messages).toEqual(words);
    for (const text of [problem.detail, ...messages]) expect(text).not.toMatch(ENGLISH_OF_ZOD);
  });
});

describe("a parameter", () => {
  test.each([
    ["/v1/workflows?limit=0", "limit must be at least 1."],
    ["/v1/workflows?limit=201", "limit must be at most 200."],
    ["/v1/workflows?limit=ten", "limit must be a number, not a text."],
    ["/v1/workflows?limit=1.5", "limit must be a whole number."],
    ["/v1/workflows?limit=1&limit=2", "limit must be a number, not a list."],
    [
      "/v1/executions?status=done",
      "status must be queued, running, waiting, completed, failed or canceled.",
    ],
    ["/v1/executions?tag=", "tag must have at least 1 character."],
    [
      "/v1/executions?created_after=yesterday",
      "created_after must be a time by RFC 3339, such as 2026-11-22T09:30:00Z (a + is written %2B).",
    ],
    ["/v1/workflows?limitt=1", 'Unknown parameter "limitt"; there are limit, cursor.'],
    ["/v1/audit?actor=ann", 'Unknown parameter "actor"; there are limit, cursor.'],
    [
      "/v1/workflows/content_draft_flow?version=1",
      'Unknown parameter "version"; this address takes none.',
    ],
    ["/metrics?format=json", 'Unknown parameter "format"; this address takes none.'],
  ])("%s", async (path, message) => {
    const problem = problemSchema.parse((await service.get(path)).json());
    expect(problem).toMatchObject({ status: 400, code: "invalid_parameter", detail: message });
    expect(problem.errors?.map((error) => error.message)).toEqual([message]);
  });

  test("that is misspelt gets a suggestion", async () => {
    const problem = problemSchema.parse((await service.get("/v1/audit?limitt=1")).json());
    expect(problem.errors).toMatchObject([{ pointer: "/limitt", suggestion: "limit" }]);
  });

  test("of a write is looked at before anything is written", async () => {
    const answer = await service.put("/v1/templates/never_v1?dry_run=true", { prompt: "x" });
    expect(answer.status).toBe(400);
    expect((await service.get("/v1/templates/never_v1")).status).toBe(404);
  });

  test("of a secret's name says what a name is", async () => {
    const problem = problemSchema.parse((await service.put("/v1/secrets/1A", {})).json());
    expect(problem.detail).toBe(
      "name must have 1 to 64 letters, digits and underscores, and start with a letter.",
    );
  });
});
