/** What is found about a workflow reaches whoever stores it, not only whoever validates it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { diagnosticSchema } from "../../src/model/diagnostic.ts";
import type { Answer } from "../support/http.ts";
import { type Service, startService } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await startService();
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
