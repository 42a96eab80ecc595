/** The main job in the console: from signing in to a completed run, and what can go wrong on it. */
import type { Browser } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runSchema } from "#model/run.ts";
import { start } from "../service/runs.ts";
import { type Service, startService } from "../support/service.ts";
import { launch, Visitor } from "./visitor.ts";

let service: Service;
let browser: Browser;
let visitor: Visitor;

beforeAll(async () => {
  service = await startService();
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await service?.close();
});

beforeEach(async () => {
  visitor = await Visitor.enter(browser, service);
});

afterEach(() => visitor.leave());

const TOPIC = "What is it about?";
const AUDIENCE = "Who is it for?";
const DRAFT = /^Draft about Launch for SMB\./;

/** Two forms in a row that ask for the same. */
const TWO_FORMS = `id: two_forms
name: Two Forms
start_step: first
steps:
  - { id: first, type: form, name: First, next: second, config: { fields: [{ key: note, type: string, required: true }] } }
  - { id: second, type: form, name: Second, config: { fields: [{ key: note, type: string, required: true }] } }
`;

async function readRun(id: string) {
  return runSchema.parse((await service.get(`/v1/executions/${id}`)).json());
}

function answer(id: string) {
  return service.post(`/v1/executions/${id}/resume`, {
    inputs: { topic: "Launch", audience: "SMB" },
  });
}

async function fillIn(): Promise<void> {
  await visitor.field(TOPIC).fill("Launch");
  await visitor.field(AUDIENCE).fill("SMB");
}

async function expectCompleted(): Promise<void> {
  await visitor.heading("Result").waitFor();
  await visitor.text(DRAFT).first().waitFor();
  const run = await readRun(await visitor.runId());
  expect(run.status).toBe("completed");
  const history = await service.get(`/v1/executions/${run.id}/history`);
  expect(history.text).toContain('"comment":"Good."');
}

describe("the main job is done", () => {
  test("by mouse", async () => {
    const { page } = visitor;
    await page.goto("/");
    await visitor.field("API key or token").click();
    await visitor.type(service.key);
    await visitor.button("Sign in").click();
    await visitor.link("Start").click();
    await visitor.field("Workflow").selectOption({ label: "Content Draft Flow" });
    await visitor.button("Start the run").click();
    await visitor.field(TOPIC).click();
    await visitor.type("Launch");
    await visitor.field(AUDIENCE).click();
    await visitor.type("SMB");
    await visitor.button("Submit").click();
    await visitor.heading("Approve the draft").waitFor();
    await visitor.text(DRAFT).first().waitFor();
    await page.getByLabel("Comment").click();
    await visitor.type("Good.");
    await visitor.button("Approve").click();
    await expectCompleted();
  });

  test("by keyboard, without a mouse anywhere", async () => {
    const { page } = visitor;
    await page.goto("/");
    await visitor.tabTo(visitor.field("API key or token"));
    await visitor.type(service.key);
    await visitor.press("Enter");
    await visitor.expectFocusOn(visitor.heading("Waiting for people"));
    await visitor.tabTo(visitor.link("Start"));
    await visitor.press("Enter");
    await visitor.expectFocusOn(visitor.heading("Start a run"));
    await visitor.tabTo(visitor.field("Workflow"));
    await visitor.type("Content");
    await visitor.tabTo(visitor.button("Start the run"));
    await visitor.press("Enter");
    await visitor.tabTo(visitor.field(TOPIC));
    await visitor.type("Launch");
    await visitor.press("Tab");
    await visitor.type("SMB");
    await visitor.press("Enter");
    await visitor.expectFocusOn(visitor.heading("Approve the draft"));
    await visitor.tabTo(page.getByLabel("Comment"));
    await visitor.type("Good.");
    await visitor.tabTo(visitor.button("Approve"));
    await visitor.press("Enter");
    await visitor.expectFocusOn(visitor.heading("Result"));
    await expectCompleted();
  });

  test("from the list of what waits, on a phone", async () => {
    await visitor.leave();
    const phone = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };
    visitor = await Visitor.enter(browser, service, phone);
    const id = await start(service);
    await answer(id);
    await visitor.open("/");
    const row = visitor.page.locator(`a[href="/runs/${id}"]`);
    expect(await row.textContent()).toBe("Approve the draft");
    await row.tap();
    await visitor.page.getByLabel("Comment").fill("Good.");
    await visitor.button("Approve").tap();
    await expectCompleted();
  });
});

describe("wrong answers are shown beside their fields, and can be corrected", () => {
  async function correct(): Promise<void> {
    await visitor.text('"Who is it for?" is required.').first().waitFor();
    expect(await visitor.field(TOPIC).inputValue()).toBe("Launch");
    await visitor.field(AUDIENCE).fill("SMB");
    await visitor.button("Submit").click();
    await visitor.heading("Approve the draft").waitFor();
  }

  test("before they are sent", async () => {
    const id = await start(service);
    await visitor.open(`/runs/${id}`);
    await visitor.field(TOPIC).fill("Launch");
    await visitor.button("Submit").click();
    await visitor.text('"Who is it for?" is required.').first().waitFor();
    const resume = `POST /v1/executions/${id}/resume`;
    expect(visitor.requests).not.toContain(resume);
    await correct();
    expect(visitor.requests.filter((request) => request === resume)).toHaveLength(1);
  });

  test("after the service has refused them", async () => {
    // Without the check in the page, the service's is the only one.
    await visitor.page.route("**/console/answers-*.js", (route) => route.abort());
    const id = await start(service);
    await visitor.open(`/runs/${id}`);
    await visitor.field(TOPIC).fill("Launch");
    await visitor.button("Submit").click();
    await correct();
    const resume = `POST /v1/executions/${id}/resume`;
    expect(visitor.requests.filter((request) => request === resume)).toHaveLength(2);
  });
});

describe("when someone else is quicker", () => {
  test("the page shows it at once", async () => {
    const id = await start(service);
    await visitor.open(`/runs/${id}`);
    await visitor.text("Live").waitFor();
    await answer(id);
    await visitor.heading("Approve the draft").waitFor();
    expect(await visitor.field(TOPIC).count()).toBe(0);
  });

  test("a late answer is not taken for the next form, though it would fit", async () => {
    await visitor.page.route("**/events", (route) => route.abort());
    await service.yaml("POST", "/v1/workflows", TWO_FORMS);
    const id = await start(service, { workflow_id: "two_forms" });
    await visitor.open(`/runs/${id}`);
    await visitor.field("note").fill("for the first");
    await service.post(`/v1/executions/${id}/resume`, { inputs: { note: "quicker" } });
    await visitor.button("Submit").click();
    await visitor.text("Someone else answered first").waitFor();
    await visitor.expectFocusOn(visitor.heading("Second"));
    expect(await visitor.field("note").inputValue()).toBe("quicker");
    expect((await readRun(id)).current_step).toBe("second");
  });

  test("a late answer is refused, and what waits now is shown", async () => {
    // A page that hears of nothing: its connection is down.
    await visitor.page.route("**/events", (route) => route.abort());
    const id = await start(service);
    await visitor.open(`/runs/${id}`);
    await fillIn();
    await answer(id);
    await visitor.button("Submit").click();
    await visitor.text("Someone else answered first").waitFor();
    await visitor.expectFocusOn(visitor.heading("Approve the draft"));
    const run = await readRun(id);
    expect([run.status, run.current_step]).toEqual(["waiting", "approval"]);
  });

  test("a late decision is refused, and the page shows what came of it", async () => {
    await visitor.page.route("**/events", (route) => route.abort());
    const id = await start(service);
    await answer(id);
    await visitor.open(`/runs/${id}`);
    await visitor.button("Reject").waitFor();
    const approvals = [{ step_id: "approval", approved: true }];
    await service.post(`/v1/executions/${id}/resume`, { approvals });
    await visitor.button("Reject").click();
    await visitor.text("Someone else answered first").waitFor();
    await visitor.expectFocusOn(visitor.heading("Result"));
    expect((await readRun(id)).status).toBe("completed");
  });
});

describe("other ends", () => {
  test("rejected: the run fails and says why", async () => {
    const id = await start(service);
    await answer(id);
    await visitor.open(`/runs/${id}`);
    await visitor.page.getByLabel("Comment").fill("Too long.");
    await visitor.button("Reject").click();
    await visitor.expectFocusOn(visitor.heading("The run failed"));
    await visitor.text("approval_rejected").first().waitFor();
    const { error } = await readRun(id);
    expect(error?.code).toBe("approval_rejected");
  });

  test("canceled: after a question, with a reason", async () => {
    const id = await start(service);
    await visitor.open(`/runs/${id}`);
    await visitor.button("Cancel the run …").click();
    await visitor.button("Keep it running").click();
    expect((await readRun(id)).status).toBe("waiting");
    await visitor.button("Cancel the run …").click();
    await visitor.field("Reason (optional)").fill("No longer needed");
    await visitor.button("Cancel the run").click();
    await visitor.expectFocusOn(visitor.heading("The run was canceled"));
    const history = await service.get(`/v1/executions/${id}/history`);
    expect(history.text).toContain('"reason":"No longer needed"');
  });
});

describe("on a slow or broken network", () => {
  test("an answer is sent once, however often it is clicked", async () => {
    const id = await start(service);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await visitor.page.route("**/resume", async (route) => {
      await held;
      await route.continue();
    });
    await visitor.open(`/runs/${id}`);
    await fillIn();
    await visitor.button("Submit").click();
    const busy = visitor.page.getByRole("button", { name: /^Sending/ });
    await busy.waitFor();
    await busy.click({ force: true });
    await busy.press("Enter");
    release();
    await visitor.heading("Approve the draft").waitFor();
    const resume = `POST /v1/executions/${id}/resume`;
    expect(visitor.requests.filter((request) => request === resume)).toHaveLength(1);
  });

  test("an answer whose fate is not known goes out again under the same key", async () => {
    const id = await start(service);
    const keys: (string | undefined)[] = [];
    await visitor.page.route("**/resume", async (route) => {
      keys.push(route.request().headers()["idempotency-key"]);
      // The first one is carried out, but its answer is lost.
      if (keys.length === 1) {
        await route.fetch();
        await route.abort();
      } else await route.continue();
    });
    await visitor.page.route("**/events", (route) => route.abort());
    await visitor.open(`/runs/${id}`);
    await fillIn();
    await visitor.button("Submit").click();
    await visitor.text("The service did not respond. Are you online?").waitFor();
    await visitor.button("Submit").click();
    await visitor.heading("Approve the draft").waitFor();
    expect(keys).toHaveLength(2);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(await visitor.text("Someone else answered first").count()).toBe(0);
  });

  test("the page says that it is not live, and catches up by itself", async () => {
    const id = await start(service);
    await visitor.page.route("**/events", (route) => route.abort());
    await visitor.open(`/runs/${id}`);
    await visitor.text("Not live: reconnecting …").waitFor();
    await answer(id);
    await visitor.page.unroute("**/events");
    await visitor.heading("Approve the draft").waitFor();
    await visitor.text("Live").waitFor();
  });
});
