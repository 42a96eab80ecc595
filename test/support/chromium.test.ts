import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { chromium } from "playwright";
import { afterEach, expect, it, vi } from "vitest";
import { launchOptions } from "./chromium.ts";

afterEach(() => vi.unstubAllEnvs());

it("opens a page in a browser that needs no installation", { timeout: 60_000 }, async () => {
  vi.stubEnv("CHROMIUM_PATH", "");
  const browser = await chromium.launch(await launchOptions());
  try {
    const page = await browser.newPage();
    await page.setContent("<button onclick='this.after(6 * 7)'>Count</button>");
    await page.getByRole("button", { name: "Count" }).click();
    expect(await page.textContent("body")).toBe("Count42");
    const box = await page.getByRole("button").boundingBox();
    expect(box?.width, "letters have a width only where there is a font").toBeGreaterThan(20);
  } finally {
    await browser.close();
  }
});

it.runIf(process.platform === "linux" && process.arch === "x64")(
  "unpacks whole, and leaves nothing else behind, when two runs begin together",
  { timeout: 60_000 },
  async () => {
    const temporary = mkdtempSync(`${tmpdir()}/workflow-test-`);
    vi.stubEnv("CHROMIUM_PATH", "");
    vi.stubEnv("TMPDIR", temporary);
    try {
      const [one, other] = await Promise.all([launchOptions(), launchOptions()]);
      expect(one).toEqual(other);
      expect(readdirSync(temporary)).toHaveLength(1);
    } finally {
      rmSync(temporary, { recursive: true });
    }
  },
);

it("takes the browser that CHROMIUM_PATH names", async () => {
  vi.stubEnv("CHROMIUM_PATH", "/opt/browser/chrome");
  expect(await launchOptions()).toEqual({
    executablePath: "/opt/browser/chrome",
    args: ["--no-sandbox"],
  });
});
