/** The tokens that a principal may use through `POST /v1/ai/infer` in a day. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { problemSchema } from "#model/problem.ts";
import { answering, FAKE_KEY, FakeOpenAi, refusing } from "../support/fake-openai.ts";
import type { Answer, Client } from "../support/http.ts";
import { type Service, startService } from "../support/service.ts";

const SHARE = 1_000;
const LONGEST = 300;
/** What `answering` says that a call took. */
const TOKENS = 120;
const BODY = {
  template_id: "email_v1",
  variables: { topic: "Launch" },
  json_schema: { type: "object" },
};

let model: FakeOpenAi;
let service: Service;

beforeAll(async () => {
  model = await FakeOpenAi.start();
  service = await startService({
    AI_PROVIDER: "openai",
    OPENAI_API_KEY: FAKE_KEY,
    OPENAI_BASE_URL: model.baseUrl,
    AI_INFER_DAILY_TOKENS: String(SHARE),
    AI_INFER_MAX_TOKENS: String(LONGEST),
  });
});

afterAll(async () => {
  await service.close();
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
  for (let each = 0; each < 9; each++) statuses.push((await infer(client)).status);
  const answered = statuses.filter((status) => status === 200).length;
  expect(statuses).toEqual(statuses.map((_, each) => (each < answered ? 200 : 429)));
  // As many as fit: the next one might have taken its longest answer.
  expect(answered * TOKENS).toBeLessThanOrEqual(SHARE);
  expect((answered + 1) * TOKENS + LONGEST).toBeGreaterThan(SHARE - TOKENS);
  expect(model.calls.length - before).toBe(answered);
  expect(model.calls.at(-1)?.body).toMatchObject({ max_completion_tokens: LONGEST });

  const refused = await infer(client, { "idempotency-key": "tomorrow" });
  expect(problemSchema.parse(refused.json()).code).toBe("quota_exceeded");
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

test("are not taken by calls that the provider refuses", async () => {
  model.script(refusing(401, {}));
  const client = await clientOf("refused");
  for (let each = 0; each < 8; each++) expect((await infer(client)).status).toBe(502);
  model.script(answering({ subject: "a" }));
  expect((await infer(client)).status).toBe(200);
});
