/**
 * S4 on the whole Worker: an API that redirects each call to a server on this machine, in every
 * spelling. The runtime really connects here, so a hop that gets past the door reaches the witness.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { runSchema } from "#model/run.ts";
import { type DirectService, startDirectService } from "../fuzz/direct-service.ts";
import { FakeApi } from "../support/fake-api.ts";
import { type Client, createClient } from "../support/http.ts";
import { PRIVATE_HOSTS } from "../security/ssrf/spellings.ts";

const STATUSES = [302, 303, 307] as const;
const AT_ONCE = 8;

let api: FakeApi;
let witness: FakeApi;
let service: DirectService;
let client: Client;

beforeAll(async () => {
  api = await FakeApi.start();
  witness = await FakeApi.start();
  service = await startDirectService({ API_CALL_ALLOW_HTTP_HOSTS: api.host });
  client = createClient(service.url, service.key);
  const definition = `id: hops
name: Hops
start_step: call
steps:
  - id: call
    type: api_call
    name: Call
    config: { method: GET, url: "http://${api.host}/hop/{{inputs.n}}" }
`;
  expect((await client.yaml("POST", "/v1/workflows", definition)).status).toBe(201);
}, 120_000);

afterAll(async () => {
  await service.close();
  await api.close();
  await witness.close();
});

/** The code of the failure, or the status of the run. */
async function hopTo(n: number, location: string): Promise<string> {
  const status = STATUSES[n % STATUSES.length] ?? 302;
  api.script(`/hop/${n}`, [{ kind: "answer", status, headers: { location } }]);
  const body = { workflow_id: "hops", inputs: { n: String(n) } };
  const answer = await client.post("/v1/executions", body, { prefer: "wait=30" });
  const { error, status: ended } = runSchema.parse(answer.json());
  return error?.code ?? ended;
}

test("a redirect to the API itself is followed", async () => {
  expect(await hopTo(9_999, `http://${api.host}/there`)).toBe("completed");
  expect(api.calls("/there")).toHaveLength(1);
});

test("no spelling of this machine or of a private network is followed", async () => {
  const port = witness.host.split(":")[1] ?? "";
  const targets = PRIVATE_HOSTS.map(
    (host) => `http://${host.replaceAll(/[^\u0021-\u007e]+/gu, encodeURIComponent)}:${port}/secret`,
  );
  const codes = new Map<string, string>();
  for (let from = 0; from < targets.length; from += AT_ONCE) {
    const part = targets.slice(from, from + AT_ONCE);
    const found = await Promise.all(part.map((target, index) => hopTo(from + index, target)));
    for (const [index, target] of part.entries()) codes.set(target, found[index] ?? "");
  }
  expect(witness.calls("/secret")).toEqual([]);
  const others = [...codes].filter(([, code]) => code !== "egress_refused");
  expect(others).toEqual([]);
}, 300_000);

test("no spelling of this machine can be saved as the URL of a call", async () => {
  const port = witness.host.split(":")[1] ?? "";
  const steps = PRIVATE_HOSTS.map((host, index) => ({
    id: `s${index}`,
    type: "api_call",
    name: "Call",
    config: { method: "GET", url: `http://${host}:${port}/secret` },
  }));
  const candidate = { name: "Hosts", start_step: "s0", steps };
  const answer = await client.post("/v1/workflows/hosts/validate", candidate);
  expect(answer.status).toBe(200);
  const { diagnostics } = answer.json() as { diagnostics: { pointer: string; severity: string }[] };
  const found = new Set(
    diagnostics.filter(({ severity }) => severity === "error").map(({ pointer }) => pointer),
  );
  // A list of findings ends at its limit, and counts the rest.
  const named = steps.filter((_, index) => found.has(`/steps/${index}/config/url`)).length;
  expect(named).toBeGreaterThanOrEqual(Math.min(steps.length, 190));
});
