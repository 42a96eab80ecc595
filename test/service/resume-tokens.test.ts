/**
 * Resume tokens over HTTP: they stand in place of a key, once; they are shown to those who may
 * answer, and are nowhere else; and of hundreds of bad ones none is accepted.
 */
import type { ResumeClaims } from "#model/resume-claims.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemSchema } from "#model/problem.ts";
import { historySchema, type Run, runSchema } from "#model/run.ts";
import { signResumeToken } from "#security/resume-token.ts";
import { firstSecret, parseServerSecrets, type ServerSecrets } from "#security/server-secrets.ts";
import { crossings, mutations, signedOtherwise } from "../support/bad-tokens.ts";
import { type Answer, type Client, createClient } from "../support/http.ts";
import { SERVER_SECRET, type Service, startService } from "../support/service.ts";
import { signWithSecret } from "../support/tokens.ts";
import { JSON_TYPE } from "./bad-input/row.ts";

const NEXT_SECRET = "the-next-server-secret-that-only-the-tests-know";
const JWT_SECRET = "a-token-secret-of-at-least-32-characters";
const INPUTS = { topic: "Launch", audience: "SMB" };
const ANN = "ann@example.com";
const BOB = "bob@example.com";
const DAY_MS = 24 * 3600 * 1000;

const TWO_OF_TWO = `id: two_of_two
name: Two of two
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    next: sign
    config: { fields: [{ key: topic, type: string, required: true }] }
  - id: sign
    type: approval
    name: Sign
    config: { approvers: [${ANN}, ${BOB}], quorum: 2 }
output: { secret_plan: topic }
`;

const EXPIRING = `id: expiring_soon
name: Expiring soon
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: topic, type: string, required: true }], expires_in_s: 1 }
`;

let service: Service;

beforeAll(async () => {
  // Both versions verify, the first signs.
  service = await startService({ JWT_SECRET, SERVER_SECRETS: `1,2:${NEXT_SECRET}` });
  for (const text of [TWO_OF_TWO, EXPIRING]) {
    expect((await service.yaml("POST", "/v1/workflows", text)).status).toBe(201);
  }
});

afterAll(() => service.close());

async function start(workflowId: string, inputs: object = {}): Promise<Run> {
  const answer = await service.post("/v1/executions", { workflow_id: workflowId, inputs });
  return runSchema.parse(answer.json());
}

async function read(runId: string, client: Client = service): Promise<Run> {
  return runSchema.parse((await client.get(`/v1/executions/${runId}`)).json());
}

function formToken({ wait }: Run): string {
  if (wait?.type !== "form" || wait.resume_token === undefined) throw new Error("no token");
  return wait.resume_token;
}

function approvalTokens({ wait }: Run): Record<string, string> {
  if (wait?.type !== "approval") throw new Error("no approval");
  return Object.fromEntries((wait.resume_tokens ?? []).map((one) => [one.approver, one.token]));
}

/** Without a key, unless one is given. */
function resume(
  runId: string,
  body: object,
  { key = null, headers = {} }: { key?: string | null; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return service.send({
    method: "POST",
    path: `/v1/executions/${runId}/resume`,
    headers: { ...JSON_TYPE, ...headers },
    body: JSON.stringify(body),
    key,
  });
}

function outcome(answer: Answer): string {
  if (answer.status < 300) return String(answer.status);
  return `${answer.status} ${problemSchema.parse(answer.json()).code}`;
}

function person(email: string | undefined, scope: string): Client {
  const exp = Math.floor(Date.now() / 1000) + 600;
  return createClient(service.url, signWithSecret(JWT_SECRET, { sub: "u", email, scope, exp }));
}

const signed = (runId: string, approved = true) => ({
  approvals: [{ step_id: "sign", approved }],
  run: runId,
});

describe("a token in the body", () => {
  test("answers a form without a key, once, and shows nothing of the run but how far it is", async () => {
    const run = await start("two_of_two");
    const body = { inputs: { topic: "Launch" }, resume_token: formToken(run) };
    const answer = await resume(run.id, body);
    expect(answer.status).toBe(200);
    expect(runSchema.strict().parse(answer.json())).toEqual({
      id: run.id,
      workflow_id: "two_of_two",
      workflow_version: 1,
      status: "waiting",
      current_step: "sign",
      started_at: run.started_at,
      updated_at: expect.any(String) as string,
    });
    expect(outcome(await resume(run.id, body))).toBe("409 resume_token_used");
  });

  test("decides as the approver it was made for", async () => {
    const { id } = await start("two_of_two", { topic: "Launch" });
    const tokens = approvalTokens(await read(id));
    expect(Object.keys(tokens)).toEqual([ANN, BOB]);
    const { approvals } = signed(id);
    expect(outcome(await resume(id, { approvals, resume_token: tokens[BOB] }))).toBe("200");
    expect(approvalTokens(await read(id))).toEqual({ [ANN]: tokens[ANN] });
    expect(outcome(await resume(id, { approvals, resume_token: tokens[BOB] }))).toBe(
      "409 resume_token_used",
    );
    const last = await resume(id, { approvals, resume_token: tokens[ANN] });
    expect(runSchema.parse(last.json())).not.toHaveProperty("output");
    const history = await service.get(`/v1/executions/${id}/history`);
    const { steps } = historySchema.parse(history.json());
    expect(steps.at(-1)?.output).toMatchObject({ decisions: [{ by: BOB }, { by: ANN }] });
  });

  test("ten callers with one token: one wins, nine get 409 (25 times)", async () => {
    for (let round = 0; round < 25; round++) {
      const run = await start("content_draft_flow");
      const body = { inputs: INPUTS, resume_token: formToken(run) };
      const answers = await Promise.all(Array.from({ length: 10 }, () => resume(run.id, body)));
      expect(answers.map(outcome).toSorted()).toEqual([
        "200",
        ...Array.from({ length: 9 }, () => "409 resume_token_used"),
      ]);
    }
  });

  test("with a key: the token says who decides, and no scope is asked for", async () => {
    const { id } = await start("two_of_two", { topic: "Launch" });
    const { [ANN]: token } = approvalTokens(await read(id));
    const key = await service.createKey({ scopes: ["workflows:read"] });
    const body = { approvals: signed(id).approvals, resume_token: token };
    const answer = await resume(id, body, { key });
    expect(outcome(answer)).toBe("200");
    expect(runSchema.parse(answer.json())).not.toHaveProperty("wait");
    const { wait } = await read(id);
    expect(wait).toMatchObject({ decisions: [{ by: ANN }] });
  });

  test("with a key that is not good, or is limited to another workflow, is refused", async () => {
    const run = await start("content_draft_flow");
    const body = { inputs: INPUTS, resume_token: formToken(run) };
    const unknown = `wo_nobodyhast_${"b".repeat(32)}`;
    expect(outcome(await resume(run.id, body, { key: unknown }))).toBe("401 unauthorized");
    const limited = await service.createKey({ scopes: ["admin"], workflowScope: "two_of_two" });
    expect(outcome(await resume(run.id, body, { key: limited }))).toBe("404 run_not_found");
    expect(outcome(await resume(run.id, body))).toBe("200");
  });

  test("takes an idempotency key, which belongs to the token", async () => {
    const run = await start("content_draft_flow");
    const body = { inputs: INPUTS, resume_token: formToken(run) };
    const headers = { "idempotency-key": "once" };
    const first = await resume(run.id, body, { headers });
    const again = await resume(run.id, body, { headers });
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    const other = { ...body, inputs: { ...INPUTS, topic: "Party" } };
    expect(outcome(await resume(run.id, other, { headers }))).toBe("422 idempotency_key_reused");
    expect(outcome(await resume(run.id, body, { headers, key: service.key }))).toBe("200");
  });
});

describe("what is wrong is said in this order", () => {
  const path = () => start("content_draft_flow");
  const send = async (run: Run, body: string | undefined, headers: Record<string, string>) =>
    outcome(
      await service.send({
        method: "POST",
        path: `/v1/executions/${run.id}/resume`,
        headers,
        ...(body === undefined ? {} : { body }),
        key: null,
      }),
    );

  test.each<[string, string | undefined, Record<string, string>]>([
    ["nothing at all", undefined, {}],
    ["nothing, said to be JSON", "", JSON_TYPE],
    ["an empty object", "{}", JSON_TYPE],
    ["answers", JSON.stringify({ inputs: INPUTS }), JSON_TYPE],
    ["what is no JSON", '{"resume_token":', JSON_TYPE],
    ["null", "null", JSON_TYPE],
    ["a list", '["resume_token"]', JSON_TYPE],
    ["a text", '"resume_token"', JSON_TYPE],
    ["another media type", "resume_token=x", { "content-type": "text/plain" }],
    ["a number for a token", '{"resume_token": 7}', JSON_TYPE],
    ["null for a token", '{"resume_token": null}', JSON_TYPE],
    ["an empty token", '{"inputs": {}, "resume_token": ""}', JSON_TYPE],
    ["a token that is none, and a body that is wrong", '{"resume_token": "x", "a": 1}', JSON_TYPE],
  ])("without a key, %s is 401", async (_what, body, headers) => {
    const answer = await send(await path(), body, headers);
    expect(answer).toBe("401 unauthorized");
  });

  test("without a key, a body that is too large is not read for a token", async () => {
    const body = `{"resume_token": "${"x".repeat(256 * 1024)}"}`;
    expect(await send(await path(), body, JSON_TYPE)).toBe("413 payload_too_large");
  });

  test("with a good token, what is wrong with the body is reported as to anyone", async () => {
    const run = await path();
    const token = formToken(run);
    const body = (rest: object) => JSON.stringify({ resume_token: token, ...rest });
    const text = { "content-type": "text/plain" };
    expect(await send(run, body({ inputs: INPUTS }), text)).toBe("415 unsupported_media_type");
    expect(await send(run, body({}), JSON_TYPE)).toBe("422 validation_failed");
    expect(await send(run, body({ inputs: INPUTS, approvals: [] }), JSON_TYPE)).toBe(
      "422 validation_failed",
    );
    expect(await send(run, body({ inputs: { topic: 7 } }), JSON_TYPE)).toBe("422 invalid_inputs");
    expect(await send(run, body({ inputs: INPUTS, wait_number: 2 }), JSON_TYPE)).toBe(
      "409 stale_wait",
    );
    const approvals = [{ step_id: "form", approved: true }];
    expect(await send(run, body({ approvals }), JSON_TYPE)).toBe("409 wrong_wait_type");
    expect(await send(run, body({ inputs: INPUTS }), JSON_TYPE)).toBe("200");
  });

  test("with a key, a token that is none is reported by its kind", async () => {
    const run = await path();
    const key = { key: service.key };
    expect(outcome(await resume(run.id, { inputs: INPUTS, resume_token: 7 }, key))).toBe(
      "422 validation_failed",
    );
    expect(outcome(await resume(run.id, { inputs: INPUTS, resume_token: "x" }, key))).toBe(
      "401 unauthorized",
    );
  });

  test.each([
    ["GET", "/resume"],
    ["POST", "/cancel"],
    ["POST", "/resume/"],
    ["GET", ""],
  ])("no other route takes a token: %s …%s", async (method, rest) => {
    const run = await path();
    const answer = await service.send({
      method,
      path: `/v1/executions/${run.id}${rest}`,
      ...(method === "GET"
        ? {}
        : { headers: JSON_TYPE, body: JSON.stringify({ resume_token: formToken(run) }) }),
      key: null,
    });
    expect(outcome(answer)).toBe("401 unauthorized");
  });
});

describe("tokens are shown", () => {
  test("to keys that may answer, and to no others", async () => {
    const form = await start("two_of_two");
    const approval = await start("two_of_two", { topic: "Launch" });
    const seen = async (...scopes: Parameters<Service["createKey"]>[0]["scopes"][number][]) => {
      const client = await service.clientWithKey({ scopes: ["runs:read", ...scopes] });
      const waits = [await read(form.id, client), await read(approval.id, client)];
      return waits.map(({ wait }) => JSON.stringify(wait).split("wo_resume_").length - 1);
    };
    expect(await seen()).toEqual([0, 0]);
    expect(await seen("runs:write")).toEqual([1, 0]);
    expect(await seen("approvals:decide")).toEqual([0, 2]);
    expect(await seen("admin")).toEqual([1, 2]);
  });

  test("to a person their own, and to a JWT without an e-mail none of an approval", async () => {
    const { id } = await start("two_of_two", { topic: "Launch" });
    const all = approvalTokens(await read(id));
    const scope = "runs:read approvals:decide";
    expect(approvalTokens(await read(id, person("Ann@Example.com", scope)))).toEqual({
      [ANN]: all[ANN],
    });
    for (const client of [person("zoe@example.com", scope), person(undefined, scope)]) {
      expect((await read(id, client)).wait).not.toHaveProperty("resume_tokens");
    }
    expect((await read(id, person(ANN, "runs:read"))).wait).not.toHaveProperty("resume_tokens");
  });

  test("in answers to start and resume too", async () => {
    const starter = await service.clientWithKey({ scopes: ["runs:write"] });
    const answer = await starter.post("/v1/executions", { workflow_id: "two_of_two" });
    const run = runSchema.parse(answer.json());
    expect(formToken(run)).toBe(formToken(await read(run.id)));
    const path = `/v1/executions/${run.id}/resume`;
    const resumed = await starter.post(path, { inputs: { topic: "Launch" } });
    expect(runSchema.parse(resumed.json()).wait).not.toHaveProperty("resume_tokens");
    const other = await start("two_of_two");
    const full = await resume(other.id, { inputs: { topic: "x" } }, { key: service.key });
    expect(Object.keys(approvalTokens(runSchema.parse(full.json())))).toEqual([ANN, BOB]);
  });

  test("nowhere else: lists, history, context, stream, D1, log lines, problems", async () => {
    const run = await start("two_of_two");
    const token = formToken(run);
    await resume(run.id, { inputs: { topic: "Launch" }, resume_token: token });
    const tokens = [token, ...Object.values(approvalTokens(await read(run.id)))];
    const refused = await resume(run.id, { inputs: {}, resume_token: token });
    await service.post(`/v1/executions/${run.id}/cancel`);
    const path = `/v1/executions/${run.id}`;
    const everything = [
      refused.text,
      ...(await Promise.all(
        [`${path}/history`, `${path}/context`, `${path}/events`, "/v1/executions?limit=200"].map(
          async (one) => (await service.get(one)).text,
        ),
      )),
      JSON.stringify(await service.everyRow()),
      ...service.logs(),
    ].join("\n");
    expect(everything).toContain(run.id);
    expect(tokens).toHaveLength(3);
    for (const one of tokens) expect(everything).not.toContain(one.slice(10, 60));
    expect(everything).not.toContain("wo_resume_");
  });
});

function versionsOf(first: string, list: string): ServerSecrets {
  const versions = parseServerSecrets(first, list);
  if (!versions.ok) throw new Error(versions.error);
  return versions.value;
}

/** The one of `signedOtherwise` that is right: the same claims by a version that verifies here. */
async function reversioned(token: string, version: number, secret: string): Promise<string> {
  const named = new Map(await signedOtherwise(token, [secret]));
  return named.get(`version ${version} by resume-token`) ?? "";
}

/** Scoreboard S3. */
describe("bad tokens", () => {
  test("of at least 2,000, forged, damaged, replayed, stale, expired and foreign, none is accepted", async () => {
    const waiting = await start("two_of_two");
    const token = formToken(waiting);
    const claims: ResumeClaims = {
      runId: waiting.id,
      stepIndex: 0,
      waitNumber: 1,
      approverIndex: null,
      expiresAt: Date.now() + DAY_MS,
    };
    const tried = new Map<string, number>();
    let accepted = 0;
    /** Tries them ten at a time; each is `[run id, token]`. */
    const attempt = async (kind: string, expected: string, given: [string, string][]) => {
      for (let at = 0; at < given.length; at += 10) {
        const batch = given.slice(at, at + 10).map(async ([runId, one]) => {
          const answer = await resume(runId, { inputs: { topic: "x" }, resume_token: one });
          if (answer.status < 400) accepted += 1;
          expect(outcome(answer), `${kind}: ${one}`).toBe(expected);
        });
        await Promise.all(batch);
      }
      tried.set(kind, (tried.get(kind) ?? 0) + given.length);
    };
    const forged = (kind: string, given: string[]) =>
      attempt(
        kind,
        "401 unauthorized",
        given.map((one) => [waiting.id, one]),
      );
    const forgedAs = async (given: [string, string][]) => {
      for (const [kind, some] of Map.groupBy(given, ([what]) => what.split(/[ :]/)[0] ?? "")) {
        await forged(
          kind,
          some.map(([, one]) => one),
        );
      }
    };
    const runs = (count: number, workflowId = "two_of_two") =>
      Promise.all(Array.from({ length: count }, () => start(workflowId)));
    const tokensOf = (some: Run[]): [string, string][] =>
      some.map((run) => [run.id, formToken(run)]);
    const cancel = (some: Run[]) =>
      Promise.all(some.map(({ id }) => service.post(`/v1/executions/${id}/cancel`)));
    const places = Array.from({ length: token.length }, (_, at) => at);
    const hundred = Array.from({ length: 100 }, (_, index) => index);

    await forged(
      "one character changed",
      places.map((at) => {
        return token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
      }),
    );
    await forged(
      "truncated",
      places.map((at) => token.slice(0, at)),
    );
    const other = formToken(await start("two_of_two"));
    await forgedAs(mutations(token));
    await forgedAs(crossings(token, other));
    const bothVersions = versionsOf(SERVER_SECRET, `1,2:${NEXT_SECRET}`);
    const ofNext = await signResumeToken({ ...bothVersions, current: 2 }, claims);
    await forgedAs(mutations(ofNext));
    await forgedAs(crossings(token, ofNext));
    const otherwise = await signedOtherwise(token, [SERVER_SECRET, NEXT_SECRET, " ", JWT_SECRET]);
    const real = new Set([token, ofNext, await reversioned(token, 2, NEXT_SECRET)]);
    await forgedAs(otherwise.filter(([, one]) => !real.has(one)));
    await forged(
      "random",
      hundred.map(() => {
        const bytes = crypto.getRandomValues(new Uint8Array(63)).with(0, 1);
        return `wo_resume_${Buffer.from(bytes).toString("base64url")}`;
      }),
    );
    await forged(
      "of another deployment",
      await Promise.all(
        hundred.map((n) => signResumeToken(firstSecret(`${SERVER_SECRET}${n}`), claims)),
      ),
    );
    const others = await runs(50);
    await forged("of another run", others.map(formToken));
    for (const [runId, one] of tokensOf(others)) {
      expect((await resume(runId, { inputs: { topic: "x" }, resume_token: one })).status).toBe(200);
    }
    await attempt("replayed", "409 resume_token_used", tokensOf(others));
    await cancel(others);
    await attempt("replayed after a cancel", "409 resume_token_used", tokensOf(others));
    const canceled = await runs(20);
    await cancel(canceled);
    await attempt("of a canceled run", "409 run_not_waiting", tokensOf(canceled));
    const late = await runs(20, "expiring_soon");
    for (const { id } of late) {
      await expect.poll(async () => (await read(id)).status, { timeout: 10_000 }).toBe("failed");
    }
    await attempt("of an expired wait", "409 resume_token_expired", tokensOf(late));
    const old = hundred.slice(0, 20).map(async (ms): Promise<[string, string]> => {
      const expired = { ...claims, expiresAt: Date.now() - ms };
      return [waiting.id, await signResumeToken(firstSecret(SERVER_SECRET), expired)];
    });
    await attempt("past its own time", "409 resume_token_expired", await Promise.all(old));

    const total = [...tried.values()].reduce((sum, count) => sum + count, 0);
    console.log(`bad tokens: ${total} tried, ${accepted} accepted`, Object.fromEntries(tried));
    expect(total).toBeGreaterThanOrEqual(2_000);
    expect(accepted).toBe(0);
    expect((await read(waiting.id)).wait).toMatchObject({ number: 1, resume_token: token });
    // The control: what is right is taken, of each version, and with a run for each.
    const [ofBoth, ofFirst] = await runs(2);
    for (const [run, current] of [
      [ofBoth, 2],
      [ofFirst, 1],
    ] as const) {
      const runId = run?.id ?? "";
      const valid = await signResumeToken({ ...bothVersions, current }, { ...claims, runId });
      expect(outcome(await resume(runId, { inputs: { topic: "x" }, resume_token: valid }))).toBe(
        "200",
      );
    }
    expect(outcome(await resume(waiting.id, { inputs: { topic: "x" }, resume_token: token }))).toBe(
      "200",
    );
  }, 180_000);
});
