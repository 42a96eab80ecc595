import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callProgram } from "../../cli/program.ts";
import { freePort } from "../../support/free-port.ts";
import { type Service, startService } from "../../support/service.ts";

let service: Service;
let port: number;

beforeAll(async () => {
  port = await freePort();
  const standIn = `127.0.0.1:${port}`;
  service = await startService({ API_CALL_ALLOW_HTTP_HOSTS: standIn, LOG_LEVEL: "ERROR" });
});
afterAll(() => service.close());

const TOTAL =
  /^(\d+) of (\d+) pairs match: ([\d.]+) % \(95 % required\); (\d+) runs completed \([\d.]+ %\)$/m;
const ROW = /^(\w+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)\/(\d+)$/gm;

describe("workflow parity, against the reference interpreter", () => {
  // About half a minute on an idle machine; the time is not what is tested.
  test("matches over all seed workflows, 20 inputs each, in every mode of the mock", async () => {
    const { code, out, err } = await callProgram([
      "parity",
      "--url",
      service.url,
      "--api-key",
      service.key,
      "--inputs",
      "20",
      "--api-port",
      String(port),
    ]);
    console.log(err + out);
    const rows = [...out.matchAll(ROW)].map(([, id, ...counts]) => ({
      id,
      counts: counts.map(Number),
    }));
    expect(rows.map(({ id }) => id)).toEqual([
      "content_draft_flow",
      "document_review",
      "expense_approval",
      "incident_summary",
      "lead_enrichment",
      "support_triage",
      "vendor_onboarding",
    ]);
    for (const { id, counts } of rows) {
      const [inputs = 0, pairs = 0, , completed = 0, taken = 0, branches = 0] = counts;
      expect({ id, taken }).toEqual({ id, taken: branches });
      expect(inputs).toBeGreaterThanOrEqual(20);
      expect(pairs).toBe(inputs * 4);
      expect(completed).toBeGreaterThan(0);
    }
    const [matches = 0, pairs = 0, percent = 0, completed = 0] = (TOTAL.exec(out) ?? [])
      .slice(1)
      .map(Number);
    expect(pairs).toBeGreaterThanOrEqual(7 * 20 * 4);
    expect(percent).toBeGreaterThanOrEqual(95);
    expect(matches).toBe(pairs);
    expect(completed * 2).toBeGreaterThanOrEqual(pairs);
    expect(code).toBe(0);
    const left = await service.get("/v1/workflows?limit=200");
    expect(left.text).not.toContain("parity_");
  }, 600_000);
});

test.each([
  ["of one workflow", ["--workflow", "lead_enrichment"]],
  ["of all, before the first is compared", []],
])(
  "a service that may not call the stand-in %s says which setting it takes",
  async (_what, ids) => {
    const other = await freePort();
    const { code, out, err } = await callProgram([
      "parity",
      "--url",
      service.url,
      "--api-key",
      service.key,
      ...ids,
      "--api-port",
      String(other),
    ]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).not.toContain("pairs compared");
    expect(err).toContain(`API_CALL_ALLOW_HTTP_HOSTS=127.0.0.1:${other}`);
  },
);
