import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startService, type Service } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const FLOW = { workflow_id: "content_draft_flow", inputs: { topic: "Launch", audience: "SMB" } };

async function dualRun(body: object): Promise<{ status: number; body: unknown }> {
  const answer = await service.post("/v1/dev/dual-run", body);
  return { status: answer.status, body: answer.json() };
}

describe("a dual run against the reference", () => {
  test("matches over the main job, and names both runs", async () => {
    const { status, body } = await dualRun({ ...FLOW, run_opts: { mock_ai: true } });
    expect(status).toBe(200);
    expect(body).toEqual({
      match: true,
      diffs: [],
      normalization: {
        ordering: "stable",
        whitespace: "trim+single-space",
        numeric_tolerance: 1e-6,
      },
      run_ids: {
        old: expect.stringMatching(/^ref_[0-9a-f]{32}$/) as string,
        new: expect.stringMatching(/^run_[a-z2-7]{26}$/) as string,
      },
    });
    const { run_ids } = body as { run_ids: { new: string } };
    const run = await service.get(`/v1/executions/${run_ids.new}`);
    expect(run.json()).toMatchObject({ status: "completed", tags: ["dual-run"] });
  });
});
