/** `npm start` as scripts use it: ready means ready, and the environment counts. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { LocalCopy } from "../support/local-copy.ts";

/** Holds what shells, dotenv files and command lines trip over. */
const MODEL_KEY = ['sk-$HOME#1"x"', "{PATH}", "y"].join("\\$");

let copy: LocalCopy;
let model: Server;
let modelUrl = "";
const asked: IncomingMessage[] = [];

beforeAll(async () => {
  model = createServer((request, response) => {
    asked.push(request);
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({
        id: "c1",
        object: "chat.completion",
        created: 1,
        model: "m",
        choices: [
          {
            index: 0,
            finish_reason: "stop",
            message: { role: "assistant", content: '{"subject":"a","body":"b"}' },
          },
        ],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      }),
    );
  });
  await new Promise<void>((resolve) => model.listen(0, "127.0.0.1", resolve));
  const address = model.address();
  modelUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/v1`;
  copy = await LocalCopy.create(["AI_PROVIDER=mock", "LOG_LEVEL=INFO"]);
});

afterEach(() => copy.kill());

afterAll(async () => {
  await copy.dispose();
  await new Promise((resolve) => model.close(resolve));
});

test("answers at its port only when the examples are in, on the first start too", async () => {
  const isEnded = { value: false };
  const started = copy.start().finally(() => {
    isEnded.value = true;
  });
  const firstAnswer = async () => {
    while (!isEnded.value) {
      const health = await fetch(`${copy.url}/healthz`).catch(() => null);
      if (health) return (await copy.call("GET", "/v1/workflows/vendor_onboarding")).status;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return 0;
  };
  const status = await firstAnswer();
  await started;
  expect([0, 200]).toContain(status);
  expect((await copy.call("GET", "/v1/workflows/vendor_onboarding")).status).toBe(200);
  expect(copy.output).not.toContain("From the environment");
});

test("takes settings from the environment, says so, and prints no secret of it", async () => {
  await copy.start({
    AI_PROVIDER: "openai",
    OPENAI_API_KEY: MODEL_KEY,
    OPENAI_BASE_URL: modelUrl,
    LOG_LEVEL: "",
    NOT_A_SETTING: "x",
  });
  const answer = await copy.call("POST", "/v1/ai/infer", {
    template_id: "email_v1",
    variables: { name: "A", topic: "B" },
    json_schema: { type: "object" },
  });
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("openai")]);
  expect(asked[0]?.headers["authorization"]).toBe(`Bearer ${MODEL_KEY}`);
  expect(copy.output).toMatch(
    /^From the environment, overriding .*: AI_PROVIDER=openai, OPENAI_API_KEY, OPENAI_BASE_URL, LOG_LEVEL \(empty\)\.$/m,
  );
  expect(copy.output).not.toContain("sk-");
});

test("forgets them at the next start without them", async () => {
  await copy.start();
  expect(copy.output).not.toContain("From the environment");
  const answer = await copy.call("POST", "/v1/ai/infer", {
    template_id: "email_v1",
    variables: { name: "A", topic: "B" },
    json_schema: { type: "object" },
  });
  expect(await answer.text()).toContain('"provider":"mock"');
  expect(asked).toHaveLength(1);
});
