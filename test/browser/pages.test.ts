/** Every page of the console: for anyone, on any screen, and found again by its address. */
import type { Browser } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { BROKEN_WORKFLOW_YAML } from "../../features/fixtures/fixtures.ts";
import { createRuns, type Runs, start } from "../service/runs.ts";
import { type Service, startService } from "../support/service.ts";
import { launch, Visitor } from "./visitor.ts";

let service: Service;
let browser: Browser;
let runs: Runs;
let visitor: Visitor;

beforeAll(async () => {
  service = await startService();
  runs = await createRuns(service);
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await service?.close();
});

async function enter(options: Parameters<typeof Visitor.enter>[2] = {}): Promise<Visitor> {
  visitor = await Visitor.enter(browser, service, options);
  return visitor;
}

/** What is on the page when it is ready. */
const PAGES: [name: string, path: () => string, ready: string][] = [
  ["what waits", () => "/", "Brief"],
  ["the list of runs", () => "/runs", "approval_rejected"],
  ["a list without any", () => "/runs?status=queued", "No run matches the filter."],
  ["starting a run", () => "/start?workflow_id=content_draft_flow", "Start the run"],
  ["starting a run with inputs", () => "/start?workflow_id=declared", "customer"],
  ["checking a workflow", () => "/check", "Nothing is stored."],
  ["a form", () => `/runs/${runs.ids.waiting}`, "What is it about?"],
  ["an approval", () => `/runs/${runs.ids.deciding}`, "Approve the draft"],
  ["a completed run", () => `/runs/${runs.ids.completed}`, "Result"],
  ["a failed run", () => `/runs/${runs.ids.failed}`, "The run failed"],
  ["a canceled run", () => `/runs/${runs.ids.canceled}`, "The run was canceled"],
  ["a run that there is not", () => `/runs/run_${"z".repeat(26)}`, "There is no such run"],
];

describe.each(["light", "dark"] as const)("axe finds nothing, %s:", (colorScheme) => {
  // Pages that change nothing share a visitor, who has signed in once.
  beforeAll(async () => {
    await enter({ colorScheme });
  });
  afterAll(() => visitor.leave());

  test("signing in", async () => {
    await visitor.page.goto("/");
    await visitor.expectAccessible();
    await visitor.open("/");
  });

  test.each(PAGES)("%s", async (_name, path, ready) => {
    await visitor.page.goto(path());
    await visitor.text(ready).first().waitFor();
    await visitor.expectAccessible();
  });

  test("a form with errors, a question, findings", async () => {
    await visitor.page.goto(`/runs/${runs.ids.waiting}`);
    await visitor.button("Submit").click();
    await visitor.text("is required.").first().waitFor();
    await visitor.expectAccessible();
    await visitor.button("Cancel the run …").click();
    await visitor.heading("Cancel this run?").waitFor();
    await visitor.expectAccessible();
    await visitor.button("Keep it running").click();
    await check(BROKEN_WORKFLOW_YAML);
    await visitor
      .text(/Did you mean/)
      .first()
      .waitFor();
    await visitor.expectAccessible();
  });
});

async function check(yaml: string): Promise<void> {
  await visitor.link("Check").click();
  await visitor.field("YAML").fill(yaml);
  await visitor.button("Check").click();
}

describe("each for themselves", () => {
  afterEach(() => visitor.leave());

  test("on a screen of 320 px nothing has to be scrolled sideways", async () => {
    await enter({ viewport: { width: 320, height: 640 } });
    await visitor.page.goto("/");
    await visitor.expectNoSidewaysScroll();
    await visitor.open("/");
    for (const [, path, ready] of PAGES) {
      await visitor.page.goto(path());
      await visitor.text(ready).first().waitFor();
      await visitor.expectNoSidewaysScroll();
    }
    await check(BROKEN_WORKFLOW_YAML);
    await visitor
      .text(/Did you mean/)
      .first()
      .waitFor();
    await visitor.expectNoSidewaysScroll();
  });

  describe("a key", () => {
    test("that is not known is refused in words", async () => {
      await enter();
      await visitor.page.goto("/");
      await visitor.field("API key or token").fill(`wo_nobodysnob_${"b".repeat(32)}`);
      await visitor.button("Sign in").click();
      await visitor.text("This key is not accepted").waitFor();
      await visitor.expectAccessible();
    });

    test.each(["two words", "schlüssel"])(
      "that no header can carry (%s) is not sent",
      async (key) => {
        await enter();
        await visitor.page.goto("/");
        await visitor.field("API key or token").fill(key);
        await visitor.button("Sign in").click();
        await visitor.text("This is not a key").waitFor();
        expect(visitor.requests.filter((request) => request.includes("/v1/"))).toEqual([]);
      },
    );

    test("without the scope for runs sees a message", async () => {
      await enter();
      const key = await service.createKey({ scopes: ["workflows:read"] });
      await visitor.page.goto("/");
      await visitor.field("API key or token").fill(key);
      await visitor.button("Sign in").click();
      await visitor.text("This key is not allowed to see runs").waitFor();
    });

    test("that may only read can look, and sees what it may not", async () => {
      await enter();
      const key = await service.createKey({ scopes: ["runs:read"] });
      const id = await start(service, { inputs: { topic: "Launch", audience: "SMB" } });
      await visitor.open(`/runs/${id}`, key);
      await visitor.heading("content_draft_flow").waitFor();
      await visitor.text(/your credentials lack the scope approvals:decide/).waitFor();
      expect(await visitor.button("Approve").count()).toBe(0);
    });

    test("is kept in the tab alone, and gone with signing out", async () => {
      await enter();
      await visitor.open("/runs");
      await visitor.page.reload();
      await visitor.heading("Runs").waitFor();
      const kept = () =>
        visitor.page.evaluate(() => [
          Object.values(sessionStorage),
          Object.values(localStorage),
          document.cookie,
        ]);
      expect(await kept()).toEqual([[service.key], [], ""]);
      await visitor.button("Sign out").click();
      await visitor.expectFocusOn(visitor.heading("Sign in"));
      expect(await kept()).toEqual([[], [], ""]);
    });

    test("that is revoked leads back to the door, and from there to where one was", async () => {
      await enter();
      const key = await service.createKey({ scopes: ["runs:read"] });
      await visitor.open("/runs", key);
      await visitor.page.route("**/v1/**", (route) =>
        route.continue({ headers: { ...route.request().headers(), authorization: "Bearer wo_x" } }),
      );
      // Reloaded: a click could meet the door that a request under way has just opened.
      await visitor.page.reload();
      await visitor.text("Your key is no longer accepted. Sign in again.").waitFor();
      await visitor.page.unroute("**/v1/**");
      await visitor.field("API key or token").fill(service.key);
      await visitor.press("Enter");
      await visitor.heading("Runs").waitFor();
    });
  });

  describe("finding one’s way", () => {
    test("each page has its title, and its heading has the focus when one comes to it", async () => {
      await enter();
      await visitor.open("/");
      for (const [link, heading] of [
        ["Runs", "Runs"],
        ["Start", "Start a run"],
        ["Check", "Check a workflow"],
        ["Waiting", "Waiting for people"],
      ] as const) {
        await visitor.link(link).click();
        await visitor.expectFocusOn(visitor.heading(heading));
        expect(await visitor.page.title()).toBe(`${heading} · Workflow Orchestrator`);
      }
      await visitor.page.goBack();
      await visitor.expectFocusOn(visitor.heading("Check a workflow"));
    });

    test("the first stop of Tab leads past the navigation", async () => {
      await enter();
      await visitor.open("/runs");
      await visitor.page.reload();
      await visitor.heading("Runs").waitFor();
      await visitor.press("Tab");
      await visitor.expectFocusOn(visitor.link("Skip to the content"));
      await visitor.press("Enter");
      await visitor.press("Tab");
      await visitor.expectFocusOn(visitor.field("Status"));
    });

    test("the filter of the list is in its address", async () => {
      await enter();
      await visitor.open("/runs");
      await visitor.field("Status").selectOption("Failed");
      await visitor.text("approval_rejected").waitFor();
      expect(new URL(visitor.page.url()).search).toBe("?status=failed");
      expect(await visitor.page.getByRole("listitem").filter({ hasText: "run_" }).count()).toBe(1);
      await visitor.page.reload();
      await visitor.text("approval_rejected").waitFor();
      expect(await visitor.field("Status").inputValue()).toBe("failed");
    });

    test("a long list comes page by page, newest first", async () => {
      const ids: string[] = [];
      for (let count = 0; count < 30; count += 1) ids.push(await start(service));
      await expect
        .poll(async () => (await service.stored()).runs.filter(({ id }) => ids.includes(id)).length)
        .toBe(30);
      await enter();
      await visitor.open("/");
      const rows = visitor.page.getByRole("list", { name: "Waiting runs" }).getByRole("link");
      await expect.poll(() => rows.count()).toBe(25);
      await visitor.button("Load more").click();
      await expect.poll(() => rows.count()).toBeGreaterThan(30);
      const shown = await rows.evaluateAll((links) =>
        links.map((link) => link.getAttribute("href")),
      );
      expect(shown.slice(0, 30)).toEqual(ids.toReversed().map((id) => `/runs/${id}`));
      expect(new Set(shown).size).toBe(shown.length);
    });
  });

  test("a workflow with inputs of its own asks for them at the start", async () => {
    await enter();
    await visitor.open("/start?workflow_id=declared");
    await visitor.field("customer").fill("ACME");
    await visitor.button("Start the run").click();
    await visitor.field("topic").waitFor();
    const context = await service.get(`/v1/executions/${await visitor.runId()}/context`);
    expect(context.json()).toMatchObject({ runtime: { inputs: { customer: "ACME" } } });
  });

  test("a workflow is checked with the place of each finding", async () => {
    await enter();
    await visitor.open("/");
    await check(BROKEN_WORKFLOW_YAML);
    await visitor.text(/Unknown step type "ai_generat"/).waitFor();
    await visitor.text(/13/).first().waitFor();
    await visitor
      .field("YAML")
      .fill(
        "name: A\nstart_step: a\nsteps:\n  - id: a\n    type: form\n    name: A\n    config: { expires_in_s: 86400, fields: [{ key: topic, type: string, required: true }] }\n",
      );
    await visitor.button("Check").click();
    await visitor.text("No problems found").waitFor();
  });
});
