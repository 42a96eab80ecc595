/**
 * What a resume by token does to its request: `JSON.parse` and the signature of the token are
 * counted, with a run object that only takes the call.
 */
import { afterEach, expect, test, vi } from "vitest";
import { createApp } from "#http/app.ts";
import type { ResumeRequest } from "#model/run-rpc.ts";
import { signResumeToken } from "#security/resume-token.ts";
import { firstSecret } from "#security/server-secrets.ts";
import { bindings } from "../../run/support/runs.ts";

const KEY = "wo_testtestte_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/** As in test/config/workerd.ts. */
const SECRET = "a-secret-for-tests-of-at-least-32-characters";
const RUN_ID = `run_${"a".repeat(26)}`;
const CLAIMS = {
  runId: RUN_ID,
  stepIndex: 0,
  waitNumber: 1,
  approverIndex: null,
  expiresAt: 4_000_000_000_000,
};

afterEach(() => vi.restoreAllMocks());

/** The status, and how often the body was parsed and a token's signature computed. */
async function countResume(body: string, headers: Record<string, string> = {}) {
  const resume = vi.fn((_request: ResumeRequest) =>
    Promise.resolve({ ok: true, value: { run: "{}", isReplay: false } }),
  );
  const parse = vi.spyOn(JSON, "parse").mockClear();
  const sign = vi.spyOn(crypto.subtle, "sign").mockClear();
  const response = await createApp().request(
    `/v1/executions/${RUN_ID}/resume`,
    { method: "POST", headers: { "content-type": "application/json", ...headers }, body },
    { ...bindings, RUNS: { getByName: () => ({ resume }) } },
  );
  return {
    status: response.status,
    parsed: parse.mock.calls.filter(([text]) => text === body).length,
    verified: sign.mock.calls.length,
    token: resume.mock.calls[0]?.[0].token,
  };
}

test("parses its body once and verifies its token once", async () => {
  const token = await signResumeToken(firstSecret(SECRET), CLAIMS);
  const body = JSON.stringify({ inputs: {}, resume_token: token });
  expect(await countResume(body)).toEqual({ status: 200, parsed: 1, verified: 1, token: CLAIMS });
});

test("verifies a token that comes with a key once too", async () => {
  const token = await signResumeToken(firstSecret(SECRET), CLAIMS);
  const body = JSON.stringify({ inputs: {}, resume_token: token });
  const headers = { authorization: `Bearer ${KEY}` };
  const plain = JSON.stringify({ inputs: {} });
  // The first request with a key also derives what keys are hashed with.
  await countResume(plain, headers);
  const withoutToken = await countResume(plain, headers);
  const { parsed, verified, ...rest } = await countResume(body, headers);
  expect(rest).toEqual({ status: 200, token: CLAIMS });
  expect(parsed).toBe(1);
  expect(verified - withoutToken.verified).toBe(1);
});

test("verifies a forged token once, and does not call the run", async () => {
  const token = await signResumeToken(
    firstSecret("another-secret-of-at-least-32-characters"),
    CLAIMS,
  );
  const body = JSON.stringify({ inputs: {}, resume_token: token });
  expect(await countResume(body)).toEqual({
    status: 401,
    parsed: 1,
    verified: 1,
    token: undefined,
  });
});
