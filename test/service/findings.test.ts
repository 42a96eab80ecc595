/** What is found about a workflow is reported when it is stored, not only when it is validated. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { diagnosticSchema } from "#model/diagnostic.ts";
import type { Answer } from "../support/http.ts";
import { type Service, sharedService } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await sharedService();
});

afterAll(() => service.close());

/** A warning (nothing leads to `more`) and two hints (neither form expires). */
const warned = (id: string, name = "Warned") => `id: ${id}
name: ${name}
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: topic, type: string, required: true }] }
  - id: more
    type: form
    name: More
    config: { fields: [{ key: topic, type: string, required: true }] }
`;
const sound = (id: string) => `id: ${id}
name: Sound
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: topic, type: string, required: true }], expires_in_s: 60 }
`;
const FOUND = [
  "warning unreachable_step /steps/1/id 9",
  "hint no_expiry /steps/0/config 8",
  "hint no_expiry /steps/1/config 12",
];

const storedSchema = z.object({ diagnostics: z.array(diagnosticSchema).optional() });

function found(answer: Answer): string[] | undefined {
  return storedSchema
    .parse(answer.json())
    .diagnostics?.map(({ severity, code, pointer, line }) =>
      [severity, code, pointer, line].join(" "),
    );
}

const post = (text: string, headers = {}) => service.yaml("POST", "/v1/workflows", text, headers);
const put = (id: string, text: string, headers = {}) =>
  service.yaml("PUT", `/v1/workflows/${id}`, text, headers);

describe("warnings and hints stand in the answer", () => {
  test("of a POST that creates, and of one that finds the definition there", async () => {
    const created = await post(warned("told_post"));
    const again = await post(warned("told_post"));

    expect([created.status, again.status]).toEqual([201, 200]);
    expect([found(created), found(again)]).toEqual([FOUND, FOUND]);
  });

  test("of a PUT that changes, and of one that changes nothing", async () => {
    await post(sound("told_put"));
    const changed = await put("told_put", warned("told_put"));
    const again = await put("told_put", warned("told_put"));

    expect([changed.status, again.status]).toEqual([200, 200]);
    expect([found(changed), found(again)]).toEqual([FOUND, FOUND]);
  });

  test("of a write that is repeated with its key, as the first time", async () => {
    const headers = { "idempotency-key": "told-once" };
    const first = await post(warned("told_key"), headers);
    const second = await post(warned("told_key"), headers);

    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect(second.status).toBe(201);
    expect(found(second)).toEqual(FOUND);
    expect(second.text).toBe(first.text);
  });
});

describe("what only the service knows", () => {
  const writing = (id: string, config: string) => `id: ${id}
name: Writing
start_step: write
static: { tone: calm }
inputs: [{ key: topic, type: string, required: true }, { key: audience, type: string, required: true }]
steps:
  - id: write
    type: ai_generate
    name: Write
    config: { json_schema: true, ${config} }
`;
  const messages = (answer: Answer) =>
    storedSchema
      .parse(answer.json())
      .diagnostics?.map(({ code, message }) => `${code}: ${message}`);

  test.each(["POST", "PUT", "validate"])(
    "names that a template uses are given: %s",
    async (way) => {
      const text = writing(
        `told_names_${way.toLowerCase()}`,
        "template_id: content_v1, variables: []",
      );
      const path = `/v1/workflows/told_names_${way.toLowerCase()}`;
      if (way === "PUT") await post(sound("told_names_put"));
      const answer =
        way === "POST"
          ? await post(text)
          : way === "PUT"
            ? await put("told_names_put", text)
            : await service.yaml("POST", `${path}/validate`, text);
      expect(messages(answer)).toEqual([
        'template_variable_missing: The template "content_v1" uses "topic", "audience", which "variables" does not define; they render empty.',
      ]);
    },
  );

  test("and used", async () => {
    const text = writing(
      "told_unused",
      "template_id: content_v1, variables: [topic, inputs.audience, static.tone]",
    );
    expect(messages(await post(text))).toEqual([
      'template_variable_unused: The template "content_v1" does not use "tone".',
    ]);
  });

  test("what a template reads of the run, when it is stored and when it is used", async () => {
    const prompt = "{{inputs.topic}} for {{audience}}{{#audience}}{{this}}{{/audience}}";
    const stored = await service.put("/v1/templates/told_run", { prompt, system: "{{this}}" });
    expect(stored.status).toBe(200);
    const warnings = storedSchema.parse(stored.json()).diagnostics ?? [];
    expect(
      warnings.map(({ pointer, severity, suggestion }) => [pointer, severity, suggestion]),
    ).toEqual([
      ["/system", "warning", undefined],
      ["/prompt", "warning", "topic"],
      ["/prompt", "warning", "."],
    ]);
    const again = await service.put("/v1/templates/told_run", { prompt, system: "{{this}}" });
    expect(again.text).toBe(stored.text);
    const key = { "idempotency-key": "told-template" };
    const kept = await service.put("/v1/templates/told_run_key", { prompt }, key);
    const replayed = await service.put("/v1/templates/told_run_key", { prompt }, key);
    expect(replayed.headers.get("idempotent-replayed")).toBe("true");
    expect(replayed.text).toBe(kept.text);
    const read = await service.get("/v1/templates/told_run");
    expect(read.json()).not.toHaveProperty("diagnostics");

    const used = await post(
      writing("told_used", "template_id: told_run, variables: [topic, audience]"),
    );
    expect(messages(used)?.map((text) => text.split(":")[0])).toEqual([
      "template_variable_missing",
      "template_variable_missing",
    ]);
  });

  test("the current version of a template counts", async () => {
    await service.put("/v1/templates/told_now", { prompt: "{{one}}" });
    const text = writing("told_now", "template_id: told_now, variables: [topic]");
    expect(messages(await post(text))?.join()).toContain('uses "one"');
    await service.put("/v1/templates/told_now", { prompt: "{{topic}}" });
    expect(messages(await post(text))).toBeUndefined();
  });

  test("providers that are not configured, also those to fall back on", async () => {
    const text = writing(
      "told_providers",
      "template_id: content_v1, variables: [topic, audience], provider: openai, fallback: [{ provider: mock }, { provider: workers-ai }]",
    );
    expect(messages(await post(text))).toEqual([
      'provider_not_configured: The provider "openai" is not configured here, so it cannot be used; configured: mock.',
      'provider_not_configured: The provider "workers-ai" is not configured here, so it cannot be used; configured: mock.',
    ]);
  });
});

test("nothing was found: there is no such key, and none in what is read", async () => {
  expect(found(await post(sound("told_none")))).toBeUndefined();
  await post(warned("told_read"));
  const read = await service.get("/v1/workflows/told_read");
  expect(read.json()).not.toHaveProperty("diagnostics");
});

test("hints do not make a workflow invalid", async () => {
  const answer = await service.yaml("POST", "/v1/workflows/told/validate", warned("told"));
  const validation = z.object({ valid: z.boolean() }).parse(answer.json());
  expect(validation.valid).toBe(true);
});
