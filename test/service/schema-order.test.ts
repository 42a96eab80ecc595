/** The order of keys in a `json_schema`: kept, compared, and what an earlier release stored. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { type Service, sharedService } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await sharedService();
});

afterAll(() => service.close());

const STEPS_FIRST = '{"steps":{"type":"string"},"final_answer":{"type":"string"}}';
const ANSWER_FIRST = '{"final_answer":{"type":"string"},"steps":{"type":"string"}}';

const jsonText = (id: string, properties: string) => `{"name":"Order","id":"${id}","tags":["b","a"],
  "start_step":"a","steps":[{"id":"a","type":"ai_generate","name":"A","config":{"template_id":"content_v1",
  "variables":["profile.topic","profile.audience"],"json_schema":{"type":"object","properties":${properties},"required":["steps","final_answer"]}}}]}`;

interface Answer {
  version: number;
  definition: WorkflowDefinition;
  diagnostics?: { code: string; severity: string }[];
}

const send = async (method: "POST" | "PUT", path: string, text: string) => {
  const answer = await service.yaml(method, path, text);
  return { ...answer, body: answer.json() as Answer };
};
const post = (text: string) => send("POST", "/v1/workflows", text);

/** The text of the properties as the answer has them. */
function propertiesIn({ definition }: Answer): string {
  const [step] = definition.steps;
  if (step?.type !== "ai_generate" || typeof step.config.json_schema === "boolean") return "";
  return JSON.stringify(step.config.json_schema["properties"]);
}

/** What release 0.3 stored: a definition whose JSON Schemas have their keys sorted. */
async function storeAsEarlierRelease(id: string, properties: string): Promise<string> {
  const { body } = await post(jsonText(id, properties));
  const sorted = JSON.stringify(body.definition).replace(
    /"json_schema":.*?,"timeout_s"/,
    `"json_schema":{"properties":${ANSWER_FIRST},"required":["steps","final_answer"],"type":"object"},"timeout_s"`,
  );
  const hash = createHash("sha256").update(sorted).digest("hex");
  await service.execute(
    "UPDATE workflow_versions SET definition = ?, hash = ?, canonical_form = 1 WHERE workflow_id = ?",
    sorted,
    hash,
    id,
  );
  await service.execute(
    "UPDATE workflows SET definition = ?, hash = ? WHERE id = ?",
    sorted,
    hash,
    id,
  );
  return hash;
}

describe("a json_schema", () => {
  test.each([
    ["JSON", (id: string) => service.post("/v1/workflows", JSON.parse(jsonText(id, STEPS_FIRST)))],
    ["YAML", (id: string) => service.yaml("POST", "/v1/workflows", jsonText(id, STEPS_FIRST))],
  ])(
    "posted as %s keeps its order in the answer, when read, and as a version",
    async (as, create) => {
      const id = `order_${as.toLowerCase()}`;
      const created = await create(id);
      expect(created.status).toBe(201);
      for (const path of [`/v1/workflows/${id}`, `/v1/workflows/${id}/versions/1`]) {
        const read = await service.get(path);
        expect(propertiesIn(read.json() as Answer)).toBe(STEPS_FIRST);
        expect(read.headers.get("etag")).toBe(created.headers.get("etag"));
      }
    },
  );

  test("in another order is another definition: 409 on POST, a new version on PUT", async () => {
    expect((await post(jsonText("order_a", ANSWER_FIRST))).status).toBe(201);
    expect((await post(jsonText("order_a", ANSWER_FIRST))).status).toBe(200);
    const conflict = await post(jsonText("order_a", STEPS_FIRST));
    expect(conflict.status).toBe(409);
    expect(conflict.json()).toMatchObject({ code: "workflow_exists" });
    const put = await send("PUT", "/v1/workflows/order_a", jsonText("order_a", STEPS_FIRST));
    expect(put.body.version).toBe(2);
    expect(propertiesIn(put.body)).toBe(STEPS_FIRST);
  });

  test("whose keys cannot keep their order is stored with a warning", async () => {
    const { status, body } = await post(
      jsonText("order_n", '{"steps":{"type":"string"},"final_answer":{"type":"string"},"1":true}'),
    );
    expect(status).toBe(201);
    expect(body.diagnostics).toMatchObject([{ severity: "warning", code: "key_order_changed" }]);
  });
});

describe("a version that an earlier release stored", () => {
  test("is the same to a POST in any order, with a warning, and nothing is stored", async () => {
    const hash = await storeAsEarlierRelease("order_old", STEPS_FIRST);
    for (const properties of [STEPS_FIRST, ANSWER_FIRST]) {
      const again = await post(jsonText("order_old", properties));
      expect(again.status).toBe(200);
      expect(again.headers.get("etag")).toBe(`"1-${hash.slice(0, 16)}"`);
      expect(propertiesIn(again.body)).toBe(ANSWER_FIRST);
      expect(again.body.diagnostics).toMatchObject([
        { severity: "warning", code: "stored_by_earlier_release" },
      ]);
    }
    const versions = await service.get("/v1/workflows/order_old/versions");
    expect(versions.json()).toMatchObject({ items: [{ version: 1, hash }] });
  });

  test("is another to a POST that means another", async () => {
    await storeAsEarlierRelease("order_other", STEPS_FIRST);
    const text = jsonText("order_other", STEPS_FIRST).replace('"name":"A"', '"name":"B"');
    expect((await post(text)).status).toBe(409);
  });

  test("is followed by a version in the order written when the text is PUT", async () => {
    await storeAsEarlierRelease("order_put", STEPS_FIRST);
    const put = await send("PUT", "/v1/workflows/order_put", jsonText("order_put", STEPS_FIRST));
    expect(put.body.version).toBe(2);
    expect(propertiesIn(put.body)).toBe(STEPS_FIRST);
    const again = await post(jsonText("order_put", STEPS_FIRST));
    expect(again.status).toBe(200);
    expect(again.body.diagnostics).toBeUndefined();
    expect((await post(jsonText("order_put", ANSWER_FIRST))).status).toBe(409);
    const first = await service.get("/v1/workflows/order_put/versions/1");
    expect(propertiesIn(first.json() as Answer)).toBe(ANSWER_FIRST);
  });
});
