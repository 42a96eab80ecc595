/** The tokens that a principal may use through `POST /v1/ai/infer` in a day. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { inferenceSchema } from "#model/inference.ts";
import { problemSchema } from "#model/problem.ts";
import {
  answering,
  FAKE_KEY,
  FakeOpenAi,
  type ModelCall,
  refusing,
  tokens,
  type Turn,
} from "../support/fake-openai.ts";
import type { Answer, Client } from "../support/http.ts";
import { type Service, startService } from "../support/service.ts";

const SHARE = 2_000;
const LONGEST = 300;
/** What `answering` says that a call took. */
const TOKENS = 120;
const BODY = {
  template_id: "email_v1",
  variables: { topic: "Launch" },
  json_schema: { type: "object" },
};

/** Of an answer, where no setting limits it. */
const DEFAULT_LONGEST = 4_096;
/** The longest answers of less than five calls. */
const SHARE_OF_FOUR = 5 * DEFAULT_LONGEST;

let model: FakeOpenAi;
let service: Service;
/** With no limit of an answer. */
let unlimited: Service;

beforeAll(async () => {
  model = await FakeOpenAi.start();
  const provider = {
    AI_PROVIDER: "openai",
    OPENAI_API_KEY: FAKE_KEY,
    OPENAI_BASE_URL: model.baseUrl,
  };
  service = await startService({
    ...provider,
    AI_INFER_DAILY_TOKENS: String(SHARE),
    AI_INFER_MAX_TOKENS: String(LONGEST),
  });
  unlimited = await startService({
    ...provider,
    AI_INFER_DAILY_TOKENS: String(SHARE_OF_FOUR),
    AI_INFER_MAX_TOKENS: "0",
  });
});

afterAll(async () => {
  await service.close();
  await unlimited.close();
  await model.close();
});

const clientOf = (principal: string) => service.clientWithKey({ scopes: ["ai:infer"], principal });

const infer = (client: Client, headers?: Record<string, string>): Promise<Answer> =>
  client.post("/v1/ai/infer", BODY, headers);

test("are counted as the calls took them, up to the share, for each principal", async () => {
  model.script(answering({ subject: "a" }));
  const client = await clientOf("one");
  const before = model.calls.length;
  const statuses: number[] = [];
  for (let each = 0; each < 20; each++) statuses.push((await infer(client)).status);
  const answered = statuses.filter((status) => status === 200).length;
  expect(statuses).toEqual(statuses.map((_, each) => (each < answered ? 200 : 429)));
  expect(answered * TOKENS).toBeLessThanOrEqual(SHARE);
  expect(model.calls.length - before).toBe(answered);
  expect(model.calls.at(-1)?.body).toMatchObject({ max_completion_tokens: LONGEST });

  const refused = await infer(client, { "idempotency-key": "tomorrow" });
  const problem = problemSchema.parse(refused.json());
  expect(problem.code).toBe("quota_exceeded");
  // As many as fit: the next one might take its longest answer, and each byte as a token.
  const left = SHARE - answered * TOKENS;
  const most = Number(/may take (\d+)\.$/.exec(problem.detail)?.[1]);
  expect(problem.detail).toContain(`; ${left} are left `);
  expect(most).toBeGreaterThan(left);
  expect(most).toBeLessThan(LONGEST + 1_000);
  expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(86_400);
  // The key is free for the call that is made tomorrow.
  expect((await infer(client, { "idempotency-key": "tomorrow" })).status).toBe(429);
  expect((await infer(await clientOf("another"))).status).toBe(200);
});

test("are not spent twice by calls at the same time", async () => {
  model.script(answering({ subject: "a" }));
  const client = await clientOf("busy");
  const answers = await Promise.all(Array.from({ length: 20 }, () => infer(client)));
  const answered = answers.filter(({ status }) => status === 200).length;
  expect(answered).toBeGreaterThan(0);
  expect(answered * TOKENS).toBeLessThanOrEqual(SHARE);
});

/** What the most expensive model takes: a token for each byte, and the longest answer there may be. */
function mostExpensive({ body }: ModelCall): Turn {
  const sent = Buffer.byteLength(JSON.stringify([body.messages, body.response_format ?? null]));
  const answer = body.max_completion_tokens ?? 1_000_000;
  return answering({ subject: "a" }, { usage: tokens(sent, answer) });
}

test.each([
  ["prompts of words", "Launch"],
  ["prompts of which each byte is a token", "\u0001\u{10ffff}".repeat(500)],
])(
  "are not exceeded by calls at the same time without a limit of answers: %s",
  async (_what, topic) => {
    model.respond(mostExpensive);
    const client = await unlimited.clientWithKey({ scopes: ["ai:infer"] });
    const body = { ...BODY, variables: { topic } };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => client.post("/v1/ai/infer", body)),
    );
    const answered = answers.filter(({ status }) => status === 200);
    expect(answered.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20 - answered.length);
    expect(model.calls.map((call) => call.body.max_completion_tokens)).toEqual(
      answered.map(() => DEFAULT_LONGEST),
    );
    const usages = answered.map((answer) => inferenceSchema.parse(answer.json()).usage);
    const taken = usages.reduce(
      (sum, { tokens_prompt, tokens_output }) => sum + (tokens_prompt ?? 0) + (tokens_output ?? 0),
      0,
    );
    expect(taken).toBeLessThanOrEqual(SHARE_OF_FOUR);
  },
);

test("are not taken by calls that the provider refuses", async () => {
  model.script(refusing(401, {}));
  const client = await clientOf("refused");
  for (let each = 0; each < 8; each++) expect((await infer(client)).status).toBe(502);
  model.script(answering({ subject: "a" }));
  expect((await infer(client)).status).toBe(200);
});
