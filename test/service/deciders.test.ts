/** Who decides, over HTTP: people with an e-mail, holders of links, keys. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemSchema } from "#model/problem.ts";
import { historySchema, type Run, runSchema } from "#model/run.ts";
import { type Client, createClient } from "../support/http.ts";
import { signResumeToken, verifyResumeToken } from "#security/resume-token.ts";
import { firstSecret } from "#security/server-secrets.ts";
import { SERVER_SECRET, type Service, startService } from "../support/service.ts";
import { type Part, signWithSecret } from "../support/tokens.ts";

const SECRET = "a-token-secret-of-at-least-32-characters";
const ANN = "ann@example.com";
const ANN_TOO = "ann.other@example.com";
const BOB = "bob@example.com";

const approval = (id: string, config: string) => `id: ${id}
name: Sign it
start_step: sign
steps:
  - id: sign
    type: approval
    name: Sign it off
    config: { approvers: [${ANN}, ${ANN_TOO}, ${BOB}, kim@example.com], ${config} }
`;

let service: Service;

beforeAll(async () => {
  service = await startService({ JWT_SECRET: SECRET });
  for (const text of [
    approval("one", "quorum: 1"),
    approval("two", "quorum: 2"),
    approval("own", "quorum: 2, allow_self_approval: true"),
  ]) {
    const created = await service.yaml("POST", "/v1/workflows", text);
    expect(created.status, created.text).toBe(201);
  }
});
afterAll(() => service.close());

const SCOPES = "runs:read runs:write approvals:decide";

/** A token with these claims. */
function jwt(claims: Part): Client {
  const exp = Math.floor(Date.now() / 1000) + 600;
  return createClient(service.url, signWithSecret(SECRET, { exp, scope: SCOPES, ...claims }));
}

async function start(client: Client, workflow_id: string): Promise<string> {
  const answer = await client.post("/v1/executions", { workflow_id });
  expect(answer.status, answer.text).toBe(202);
  return runSchema.parse(answer.json()).id;
}

const decide = (client: Client, id: string, approved = true) =>
  client.post(`/v1/executions/${id}/resume`, { approvals: [{ step_id: "sign", approved }] });

async function read(client: Client, id: string): Promise<Run> {
  return runSchema.parse((await client.get(`/v1/executions/${id}`)).json());
}

async function approvalOf(client: Client, id: string) {
  const { wait } = await read(client, id);
  if (wait?.type !== "approval") throw new Error("it does not wait for an approval");
  return wait;
}

async function outcome(client: Client, id: string, approved = true): Promise<string> {
  const answer = await decide(client, id, approved);
  return answer.status === 200
    ? "200"
    : `${answer.status} ${problemSchema.parse(answer.json()).code}`;
}

const link = (token: string) => `/resume/${token}`;
const openLink = (token: string) => service.send({ method: "GET", path: link(token), key: null });
const decideByLink = (token: string, decision: string) =>
  service.send({
    method: "POST",
    path: link(token),
    key: null,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: `decision=${decision}`,
  });

async function tokenOf(id: string, approver: string): Promise<string> {
  const { resume_tokens: tokens = [] } = await approvalOf(service, id);
  const found = tokens.find((one) => one.approver === approver);
  if (!found) throw new Error(`no token for ${approver}`);
  return found.token;
}

describe("a JWT without an e-mail that counts", () => {
  test.each<[what: string, claims: Part]>([
    ["has none", { sub: BOB }],
    ["is not vouched for", { sub: "b", email: BOB, email_verified: false }],
    ["is vouched for by 0", { sub: "b", email: BOB, email_verified: 0 }],
    ["is vouched for by null", { sub: "b", email: BOB, email_verified: null }],
    ["is vouched for by False", { sub: "b", email: BOB, email_verified: "False" }],
    ["has the Kelvin sign in it", { sub: "k", email: "\u212aim@example.com" }],
    ["is not in ASCII", { sub: "k", email: "kïm@example.com" }],
  ])("%s: it reads and starts, and decides nothing", async (_what, claims) => {
    const client = jwt(claims);
    const id = await start(client, "one");
    expect(await outcome(client, id)).toBe("403 not_an_approver");
    expect(await outcome(client, id, false)).toBe("403 not_an_approver");
    const wait = await approvalOf(client, id);
    expect(wait).toMatchObject({
      decisions: [],
      can_decide: false,
      decided: false,
      refused_as: "not_an_approver",
    });
    expect(wait.resume_tokens).toBeUndefined();
    expect((await read(service, id)).status).toBe("waiting");
  });

  test("with email_verified true, in either spelling, decides", async () => {
    for (const email_verified of [true, "true"]) {
      const id = await start(service, "one");
      expect(await outcome(jwt({ sub: "b", email: "Bob@Example.com", email_verified }), id)).toBe(
        "200",
      );
    }
  });
});

describe("one person", () => {
  const withAddress = () => jwt({ sub: "ann", email: ANN });
  const withOther = () => jwt({ sub: "ann", email: ANN_TOO });
  const without = () => jwt({ sub: "ann" });

  test("with two addresses does not meet a quorum of two", async () => {
    const id = await start(service, "two");
    expect(await outcome(withAddress(), id)).toBe("200");
    expect(await outcome(withOther(), id)).toBe("409 already_decided");
    expect(await outcome(without(), id)).toBe("403 not_an_approver");
    expect(await approvalOf(withOther(), id)).toMatchObject({
      can_decide: false,
      decided: true,
      refused_as: "already_decided",
      refused_because: "You have decided already.",
    });
    // Nor by the link of the other address, which this person is not shown.
    expect((await approvalOf(withOther(), id)).resume_tokens).toBeUndefined();
    expect(await outcome(jwt({ sub: "bob", email: BOB }), id)).toBe("200");
    expect((await read(service, id)).status).toBe("completed");
  });

  test("does so where self-approval is allowed neither", async () => {
    const id = await start(withAddress(), "own");
    expect(await outcome(withAddress(), id)).toBe("200");
    expect(await outcome(withOther(), id)).toBe("409 already_decided");
  });

  test.each<[started: string, decided: string]>([
    ["with an address", "with another"],
    ["without an address", "with an address"],
    ["with an address", "with an address"],
  ])("who started %s does not decide %s", async (started, decided) => {
    const starter = started === "without an address" ? without() : withAddress();
    const decider = decided === "with another" ? withOther() : withAddress();
    const id = await start(starter, "one");
    expect(await outcome(decider, id)).toBe("403 self_approval");
    expect(await approvalOf(decider, id)).toMatchObject({
      can_decide: false,
      decided: false,
      refused_as: "self_approval",
    });
    expect((await approvalOf(decider, id)).resume_tokens).toBeUndefined();
  });

  test("is one also as the holder of a link of the same address, and no further", async () => {
    const id = await start(service, "two");
    const token = await tokenOf(id, ANN);
    expect((await decideByLink(token, "approve")).status).toBe(200);
    expect(await outcome(withAddress(), id)).toBe("409 already_decided");
    // A link has no principal: it speaks for its address alone.
    expect(await outcome(withOther(), id)).toBe("200");
  });
});

describe("an API key", () => {
  test("decides once, as key:<id>, also a run that it started", async () => {
    const id = await start(service, "two");
    expect(await outcome(service, id)).toBe("200");
    const again = await decide(service, id);
    expect(problemSchema.parse(again.json())).toMatchObject({
      code: "already_decided",
      detail: "This key has decided already.",
    });
    const wait = await approvalOf(service, id);
    expect(wait.decisions.map(({ by }) => by)).toEqual(["key:dev"]);
    expect(wait).toMatchObject({ can_decide: false, decided: true });
    expect(wait.resume_tokens?.length).toBe(4);
  });

  test("without approvals:decide is shown that it may not", async () => {
    const reader = await service.createKey({ scopes: ["runs:read"] });
    const id = await start(service, "two");
    const wait = await approvalOf(createClient(service.url, reader), id);
    expect(wait).toMatchObject({ can_decide: false, refused_as: "insufficient_scope" });
  });
});

describe("what a person reads", () => {
  const ann = () => jwt({ sub: "ann", email: ANN });

  test("is said to them, and does not hide their own address", async () => {
    const id = await start(service, "two");
    expect(await outcome(ann(), id, false)).toBe("200");
    const again = problemSchema.parse((await decide(ann(), id)).json());
    expect(again).toMatchObject({ code: "already_decided", detail: "You have decided already." });
    const stranger = jwt({ sub: "eve", email: "eve@example.com" });
    const refused = problemSchema.parse((await decide(stranger, id)).json());
    expect(refused.detail).toBe("You are not among the approvers, as eve@example.com.");
    const own = await start(ann(), "two");
    const selfish = problemSchema.parse((await decide(ann(), own)).json());
    expect(selfish.detail).toBe("You started this run, so you may not decide it.");
  });

  test("on the page of who started the run: that they may not, and no buttons", async () => {
    const id = await start(ann(), "two");
    const ofBob = await verifyResumeToken(firstSecret(SERVER_SECRET), await tokenOf(id, BOB));
    if (!ofBob) throw new Error("no token of ours");
    const forSelf = await signResumeToken(firstSecret(SERVER_SECRET), {
      ...ofBob,
      approverIndex: 0,
    });
    const page = await openLink(forSelf);
    expect(page.status).toBe(200);
    expect(page.text).toContain("You started this run, so you may not decide it.");
    expect(page.text).not.toContain("<button");
    expect((await decideByLink(forSelf, "approve")).status).toBe(403);
    expect((await openLink(await tokenOf(id, BOB))).text).toContain("<button");
  });

  test("on the page: that it was recorded, and how many are still needed", async () => {
    const id = await start(service, "two");
    const [first, second] = [await tokenOf(id, ANN), await tokenOf(id, BOB)];
    const done = await decideByLink(first, "approve");
    expect(done.text).toContain("Your decision was recorded. 1 more approval is needed.");
    const late = await openLink(first);
    expect(late.status).toBe(409);
    expect(late.text).toContain("You have decided already.");
    expect(late.text).not.toContain("<button");
    const settled = await decideByLink(second, "approve");
    expect(settled.text).toContain("Your decision was recorded.");
    expect(settled.text).not.toContain("needed");
  });

  test("keeps principals out of the wait and the output", async () => {
    const id = await start(service, "two");
    await decide(ann(), id);
    expect(JSON.stringify(await read(service, id))).not.toContain("user:ann");
    await decide(jwt({ sub: "bob", email: BOB }), id);
    const history = historySchema.parse((await service.get(`/v1/executions/${id}/history`)).json());
    expect(JSON.stringify(history.steps)).not.toContain("user:ann");
  });
});
