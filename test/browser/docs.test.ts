/** The API description in a browser: it calls the API, and reaches nothing else of ours. */
import type { Browser, FrameLocator } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
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

afterEach(() => visitor.leave());

/** Opens the page, and the operation that lists workflows on it. */
async function openViewer(): Promise<FrameLocator> {
  visitor = await Visitor.enter(browser, service);
  await visitor.page.goto("/docs/#/Workflows/listWorkflows");
  const viewer = visitor.page.frameLocator("iframe");
  await viewer.getByRole("button", { name: "Try it out" }).waitFor();
  return viewer;
}

async function authorize(viewer: FrameLocator): Promise<void> {
  await viewer.getByRole("button", { name: "Authorize" }).first().click();
  await viewer.locator(".auth-container input").fill(service.key);
  await viewer.getByRole("button", { name: "Apply credentials" }).click();
  await viewer.getByRole("button", { name: "Close", exact: true }).click();
}

describe("the API description", () => {
  test("asks the API with the key that was typed in, and shows the answer", async () => {
    const viewer = await openViewer();
    await authorize(viewer);
    await viewer.getByRole("button", { name: "Try it out" }).click();
    await viewer.getByRole("button", { name: "Execute" }).click();
    await viewer.getByText("content_draft_flow").first().waitFor();
    expect(visitor.requests.filter((one) => one.startsWith("GET /v1/workflows"))).toHaveLength(1);
  });

  test("keeps the key nowhere: not in storage, not after a reload", async () => {
    const viewer = await openViewer();
    await authorize(viewer);
    const stored = await visitor.page.evaluate(() =>
      JSON.stringify([
        Object.entries(localStorage),
        Object.entries(sessionStorage),
        document.cookie,
      ]),
    );
    expect(stored).not.toContain(service.key);
    await visitor.page.reload();
    await viewer.getByRole("button", { name: "Try it out" }).click();
    await viewer.getByRole("button", { name: "Execute" }).click();
    await viewer.getByText("unauthorized").first().waitFor();
  });

  test("has no origin: no storage of the console, no network but through its page", async () => {
    await openViewer();
    const frame = visitor.page.frames().find((one) => one.url().includes("/docs/viewer"));
    if (!frame) throw new Error("no viewer");
    const found = await frame.evaluate(async () => {
      const read = (what: () => unknown) => {
        try {
          return String(what());
        } catch (error) {
          return error instanceof Error ? error.name : "thrown";
        }
      };
      const asked = await fetch("/v1/workflows").then(
        () => "answered",
        () => "refused",
      );
      return {
        origin: self.origin,
        storage: read(() => localStorage.length),
        session: read(() => sessionStorage.length),
        cookie: read(() => document.cookie),
        parent: read(() => parent.document.title),
        asked,
      };
    });
    // The browser logs what it refused.
    await expect.poll(() => visitor.faults.join("\n")).toContain("policy: connect-src");
    visitor.faults.splice(0);
    expect(found).toEqual({
      origin: "null",
      storage: "SecurityError",
      session: "SecurityError",
      cookie: "SecurityError",
      parent: "SecurityError",
      asked: "refused",
    });
  });

  test("is sandboxed when it is opened by itself, however its address is written", async () => {
    visitor = await Visitor.enter(browser, service);
    for (const path of ["/docs/viewer", "/docs/viewer.html", "/docs/viewer/", "/docs/%76iewer"]) {
      await visitor.page.goto(path);
      expect({ path, origin: await visitor.page.evaluate(() => self.origin) }).toEqual({
        path,
        origin: "null",
      });
    }
  });

  test("can ask its page for the API alone", async () => {
    await openViewer();
    const frame = visitor.page.frames().find((one) => one.url().includes("/docs/viewer"));
    const ask = (url: string) =>
      frame?.evaluate(
        (address) =>
          new Promise((resolve) => {
            addEventListener("message", ({ data }) => {
              if (data.id === "probe") resolve(data.error ?? data.status);
            });
            parent.postMessage({ id: "probe", url: address, method: "GET", headers: {} }, "*");
          }),
        url,
      );
    const refused = "This address does not belong to the API.";
    expect(await ask("/v1/workflows")).toBe(401);
    for (const url of ["/", "/docs/", "/resume/x", "/v1/../docs/", "https://example.com/v1/x"]) {
      expect({ url, answer: await ask(url) }).toEqual({ url, answer: refused });
    }
  });
});
