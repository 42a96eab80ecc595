/**
 * Someone who uses the console of a real service in Chromium. Everything that no visit may do is
 * written down while the test runs: a request to elsewhere, a breach of the content security
 * policy, an error in a script. `expectNoFaults` is called after each test.
 */
import axe from "axe-core";
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright";
import { expect } from "vitest";
import { launchOptions } from "../support/chromium.ts";
import type { Service } from "../support/service.ts";

/** Nothing on a page takes longer, however busy the machine is. */
const APPEARS_WITHIN_MS = 20_000;
/** More stops than any page has between one thing and another. */
const MOST_TABS = 60;

export async function launch(): Promise<Browser> {
  return chromium.launch(await launchOptions());
}

export class Visitor {
  readonly page: Page;
  readonly faults: string[] = [];
  /** Paths with their query, by method: `POST /v1/executions`. */
  readonly requests: string[] = [];
  readonly #service: Service;

  private constructor(page: Page, service: Service) {
    this.page = page;
    this.#service = service;
    page.setDefaultTimeout(APPEARS_WITHIN_MS);
    page.on("request", (request) => this.#note(request.method(), request.url()));
    page.on("pageerror", (error) => this.faults.push(error.message));
    page.on("console", (message) => {
      // A refusal of the API is part of a visit; the browser logs it as an error all the same.
      const isRefusal = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !isRefusal) this.faults.push(message.text());
    });
  }

  static async enter(
    browser: Browser,
    service: Service,
    options: BrowserContextOptions = {},
  ): Promise<Visitor> {
    const context = await browser.newContext({ baseURL: service.url, ...options });
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    return new Visitor(await context.newPage(), service);
  }

  #note(method: string, url: string): void {
    const { origin, pathname, search, protocol } = new URL(url);
    if (protocol === "data:") return;
    if (origin !== new URL(this.#service.url).origin) this.faults.push(`a request to ${url}`);
    if (url.includes(this.#service.key)) this.faults.push(`the key in ${url}`);
    this.requests.push(`${method} ${pathname}${search}`);
  }

  /** Signs in and is shown the page. */
  async open(path: string, key = this.#service.key): Promise<void> {
    await this.page.goto(path);
    await this.field("API key or token").fill(key);
    await this.button("Sign in").click();
    await this.button("Sign out").waitFor();
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  field(name: string): Locator {
    return this.page.getByLabel(name, { exact: true });
  }

  heading(name: string): Locator {
    return this.page.getByRole("heading", { name, exact: true });
  }

  link(name: string): Locator {
    return this.page.getByRole("link", { name, exact: true });
  }

  text(words: string | RegExp): Locator {
    return this.page.getByText(words);
  }

  /** Goes there by Tab alone. */
  async tabTo(target: Locator): Promise<void> {
    await target.waitFor();
    for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`Tab does not lead to ${target.toString()}`);
  }

  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key);
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
  }

  /** The id of the run whose page is open. */
  async runId(): Promise<string> {
    await this.page.waitForURL(/\/runs\/run_/);
    return /run_[a-z2-7]{26}/.exec(this.page.url())?.[0] ?? "";
  }

  async expectFocusOn(target: Locator): Promise<void> {
    await expect
      .poll(() => target.evaluate((element) => element === document.activeElement))
      .toBe(true);
  }

  /** Against all rules of axe. */
  async expectAccessible(): Promise<void> {
    await this.page.evaluate(axe.source);
    const { violations } = (await this.page.evaluate("axe.run()")) as axe.AxeResults;
    expect(
      violations.map(({ id, nodes }) => [
        id,
        ...nodes.map(({ html, any }) => [html, any[0]?.message]),
      ]),
    ).toEqual([]);
  }

  async expectNoSidewaysScroll(): Promise<void> {
    const overhang = await this.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overhang).toBe(0);
  }

  async leave(): Promise<void> {
    await this.page.context().close();
    expect(this.faults).toEqual([]);
  }
}
