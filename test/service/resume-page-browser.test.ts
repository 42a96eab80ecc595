/**
 * The page behind a resume link in a real browser: it works with scripts switched off, its policy
 * stops nothing that it needs, nothing overflows a small phone, and axe finds nothing.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Run, runSchema } from "#model/run.ts";
import { launchOptions } from "../support/chromium.ts";
import { type Service, sharedService } from "../support/service.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const ANN = "ann@example.com";

const FLOW = `id: in_a_browser
name: A workflow with a name that is rather long for a phone
start_step: ask
steps:
  - id: ask
    type: form
    name: Fill in everything, as long as it takes
    next: sign
    config:
      expires_in_s: 3600
      fields:
        - { key: name, type: string, required: true, label: Your name, placeholder: Ann, max_length: 40 }
        - { key: story, type: text, required: false, description: "https://example.com/${"very-long-".repeat(12)}" }
        - { key: amount, type: number, required: true, min: 0 }
        - { key: count, type: integer, required: false }
        - { key: sure, type: boolean, required: true, label: Are you sure? }
        - { key: maybe, type: boolean, required: false }
        - { key: day, type: date, required: true }
        - { key: mail, type: email, required: true }
        - { key: site, type: url, required: false }
        - { key: size, type: select, required: true, options: [S, M] }
        - { key: parts, type: multiselect, required: true, options: [motor, belt] }
        - { key: pin, type: string, required: true, sensitive: true, pattern: "[0-9]+" }
  - id: sign
    type: approval
    name: Sign it off
    config: { approvers: [${ANN}, bob@example.com], quorum: 2, require_comment_on_reject: true }
`;

let service: Service;
let browser: Browser;

beforeAll(async () => {
  service = await sharedService();
  expect((await service.yaml("POST", "/v1/workflows", FLOW)).status).toBe(201);
  browser = await chromium.launch(await launchOptions());
});

afterAll(async () => {
  await browser?.close();
  await service.close();
});

async function start(): Promise<Run> {
  const answer = await service.post("/v1/executions", { workflow_id: "in_a_browser" });
  return runSchema.parse(answer.json());
}

async function read(runId: string): Promise<Run> {
  return runSchema.parse((await service.get(`/v1/executions/${runId}`)).json());
}

function linkOf({ wait }: Run): string {
  const token = wait?.type === "form" ? wait.resume_token : wait?.resume_tokens?.[0]?.token;
  return new URL(`/resume/${token}`, service.url).href;
}

async function withPage<T>(options: BrowserContextOptions, use: (page: Page) => Promise<T>) {
  const context = await browser.newContext(options);
  try {
    return await use(await context.newPage());
  } finally {
    await context.close();
  }
}

async function fillIn(page: Page): Promise<void> {
  await page.getByLabel("Your name").fill("Ännchen");
  await page.getByLabel("story").fill("One\nTwo");
  await page.getByLabel("amount").fill("12.5");
  await page
    .getByRole("group", { name: "Are you sure?" })
    .or(page.getByRole("radiogroup", { name: "Are you sure?" }))
    .getByLabel("Yes")
    .check();
  await page.getByLabel("day").fill("2026-12-24");
  await page.getByLabel("mail").fill("x@example.com");
  await page.getByLabel("size").selectOption("M");
  await page.getByLabel("belt").check();
  await page.getByLabel("pin").fill("4711");
  await page.getByRole("button", { name: "Send" }).click();
}

describe("without scripts", () => {
  test("a form is answered and not again by a reload, and an approval is decided", async () => {
    const run = await start();
    await withPage({ javaScriptEnabled: false }, async (page) => {
      await page.goto(linkOf(run));
      await page.getByRole("button", { name: "Send" }).click();
      expect(await page.getByRole("alert").getByRole("link").count()).toBe(8);
      await expectFocus(page, "Your name");
      await fillIn(page);
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Thank you");
      await page.reload();
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(
        "This link has been used",
      );

      const waiting = await read(run.id);
      expect(waiting.current_step).toBe("sign");
      await page.goto(linkOf(waiting));
      await page.getByRole("button", { name: "Reject" }).click();
      await expectFocus(page, "Comment");
      await page.getByLabel("Comment").fill("After all: yes.");
      await page.getByRole("button", { name: "Approve" }).click();
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(
        "You have approved it",
      );
    });
    expect((await read(run.id)).wait).toMatchObject({
      decisions: [{ by: ANN, approved: true, comment: "After all: yes." }],
    });
  });
});

async function expectFocus(page: Page, label: string): Promise<void> {
  const focused = await page.locator(":focus").getAttribute("id");
  expect(focused).toBe(await page.getByLabel(label).getAttribute("id"));
}

/** Pages in each state that someone can find them in. */
const PAGES: [what: string, path: () => Promise<string>, act?: (page: Page) => Promise<unknown>][] =
  [
    ["a form", async () => linkOf(await start())],
    [
      "a form with errors",
      async () => linkOf(await start()),
      async (page) => page.getByRole("button", { name: "Send" }).click(),
    ],
    ["an approval", async () => linkOf(await answered())],
    [
      "an approval with an error",
      async () => linkOf(await answered()),
      async (page) => page.getByRole("button", { name: "Reject" }).click(),
    ],
    ["a link that is none", async () => new URL("/resume/x", service.url).href],
  ];

async function answered(): Promise<Run> {
  const run = await start();
  const inputs = {
    name: "Ännchen",
    amount: 12.5,
    sure: true,
    day: "2026-12-24",
    mail: "x@example.com",
    size: "M",
    parts: ["belt", "motor"],
    pin: "4711",
    story: `https://example.com/${"very-long-".repeat(30)}`,
  };
  const answer = await service.post(`/v1/executions/${run.id}/resume`, { inputs });
  return runSchema.parse(answer.json());
}

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
  test.each(PAGES)("%s has no violation of axe, and fits 320 px", async (_what, path, act) => {
    // The policy of the page would stop axe, not the page.
    const options = { colorScheme, bypassCSP: true, viewport: { width: 320, height: 640 } };
    await withPage(options, async (page) => {
      await page.goto(await path());
      await act?.(page);
      await page.evaluate(AXE);
      const violations = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        };
        const results = await axe.run();
        return results.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`);
      });
      expect(violations).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    });
  });
});

test("the policy stops nothing that the page needs, and the page asks for nothing", async () => {
  const run = await start();
  await withPage({}, async (page) => {
    const said: string[] = [];
    const asked: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    page.on("request", (request) => asked.push(new URL(request.url()).pathname.slice(0, 8)));
    await page.goto(linkOf(run));
    const width = await page.locator("main").evaluate((main) => getComputedStyle(main).maxWidth);
    expect(width).toBe("672px");
    await fillIn(page);
    expect(said).toEqual([]);
    expect(asked.filter((path) => path !== "/favicon")).toEqual(["/resume/", "/resume/"]);
  });
});
