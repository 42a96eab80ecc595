/** What people with a token are offered at an approval, and what they read about it. */
import type { Browser } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { start } from "../service/runs.ts";
import { createClient } from "../support/http.ts";
import { type Service, startService } from "../support/service.ts";
import { signWithSecret } from "../support/tokens.ts";
import { launch, Visitor } from "./visitor.ts";

const SECRET = "a-token-secret-of-at-least-32-characters";
const TWO = `id: two_people
name: Two people
start_step: sign
steps:
  - id: sign
    type: approval
    name: Sign it off
    config: { approvers: [ann@example.com, bob@example.com, eve@example.com], quorum: 2 }
`;

let service: Service;
let browser: Browser;
let visitor: Visitor;

beforeAll(async () => {
  service = await startService({ JWT_SECRET: SECRET });
  browser = await launch();
  await service.yaml("POST", "/v1/workflows", TWO);
});

afterAll(async () => {
  await browser?.close();
  await service?.close();
});

beforeEach(async () => {
  visitor = await Visitor.enter(browser, service);
});

afterEach(() => visitor.leave());

function tokenOf(name: string, over: object = {}): string {
  const exp = Math.floor(Date.now() / 1000) + 600;
  const scope = "runs:read runs:write approvals:decide workflows:read";
  return signWithSecret(SECRET, { exp, sub: name, email: `${name}@example.com`, scope, ...over });
}

const approve = (name: string, id: string) =>
  createClient(service.url, tokenOf(name)).post(`/v1/executions/${id}/resume`, {
    approvals: [{ step_id: "sign", approved: true }],
  });

describe("a person", () => {
  test("reads that the decision was recorded, and is offered no second one", async () => {
    const id = await start(service, { workflow_id: "two_people" });
    await visitor.open(`/runs/${id}`, tokenOf("ann"));
    await visitor.button("Approve").click();
    await visitor.text("Your decision was recorded").waitFor();
    await visitor.text("1 more approval is needed.").waitFor();
    await visitor.text("You have decided already.").waitFor();
    expect(await visitor.button("Approve").count()).toBe(0);
    expect(await visitor.button("Reject").count()).toBe(0);
  });

  test("who decided in another window does not read that it was someone else", async () => {
    await visitor.page.route("**/events", (route) => route.abort());
    const id = await start(service, { workflow_id: "two_people" });
    await visitor.open(`/runs/${id}`, tokenOf("ann"));
    await visitor.button("Reject").waitFor();
    await approve("ann", id);
    await visitor.button("Reject").click();
    await visitor.text("You have decided already").first().waitFor();
    expect(await visitor.text("Someone else answered first").count()).toBe(0);
    expect(await visitor.text("REDACTED").count()).toBe(0);
    expect(await visitor.button("Approve").count()).toBe(0);
  });

  test.each([
    ["zoe", {}, "You are not among the approvers, as zoe@example.com."],
    ["ann", { email: undefined }, "Your token has no verified e-mail address."],
    [
      "ann",
      { scope: "runs:read workflows:read" },
      "your credentials lack the scope approvals:decide",
    ],
  ])("who may not decide (%s, %j) reads why, and has no buttons", async (name, over, words) => {
    const id = await start(service, { workflow_id: "two_people" });
    await visitor.open(`/runs/${id}`, tokenOf(name, over));
    await visitor.text(words).waitFor();
    expect(await visitor.button("Approve").count()).toBe(0);
  });

  test("who started the run reads that they may not decide it", async () => {
    const ann = createClient(service.url, tokenOf("ann", { email: undefined }));
    const id = await start(ann, { workflow_id: "two_people" });
    await visitor.open(`/runs/${id}`, tokenOf("ann"));
    await visitor.text("You started this run, so you may not decide it.").waitFor();
    expect(await visitor.button("Approve").count()).toBe(0);
  });
});
