/** Something of each kind, made through the API: without it a generator only sees 404. */
import { type Run, runSchema } from "#model/run.ts";
import { createClient } from "../support/http.ts";
import type { OpenTarget } from "../fuzz/target.ts";

export interface Data {
  /** Values of path parameters, by name. */
  parameters: Record<string, string>;
  /** A run whose stream ends. */
  ended: string;
}

const STEPS =
  "[{ id: ask, type: form, name: Ask, config: { fields: [{ key: topic, type: string, required: true }] } }]";

/** `number`: of the run of the generator, which may have hidden the workflow of the one before. */
export async function prepareData({ url, key }: OpenTarget, number: number): Promise<Data> {
  const client = createClient(url, key);
  const id = `generated_${number}`;
  const text = `id: ${id}\nname: Generated\nstart_step: ask\nsteps: ${STEPS}\n`;
  const stored = await client.yaml("POST", "/v1/workflows", text);
  if (stored.status !== 201) throw new Error(`${stored.status}: ${stored.text}`);
  const start = async (): Promise<Run> => {
    const answer = await client.post("/v1/executions", { workflow_id: id });
    return runSchema.parse(answer.json());
  };
  const ended = await start();
  await client.post(`/v1/executions/${ended.id}/cancel`);
  const open = await start();
  const token = open.wait?.type === "form" ? (open.wait.resume_token ?? "") : "";
  return { parameters: { run_id: open.id, token, version: "1" }, ended: ended.id };
}
