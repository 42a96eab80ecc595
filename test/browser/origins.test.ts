/** Pages of other origins in Chromium, which enforces what the headers of CORS only ask for. */
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runSchema } from "#model/run.ts";
import { start } from "../service/runs.ts";
import { FakeApi } from "../support/fake-api.ts";
import { type Service, startService } from "../support/service.ts";
import { launch } from "./visitor.ts";

const EMPTY_PAGE = {
  kind: "answer",
  status: 200,
  body: "<!doctype html><title>A page</title>",
  headers: { "content-type": "text/html" },
} as const;

let service: Service;
let browser: Browser;
/** The origin that the service names, and one that it does not. */
let sites: { allowed: FakeApi; other: FakeApi };

beforeAll(async () => {
  sites = { allowed: await FakeApi.start(), other: await FakeApi.start() };
  for (const site of [sites.allowed, sites.other]) site.script("/", [EMPTY_PAGE]);
  service = await startService({ CORS_ALLOW_ORIGINS: `http://${sites.allowed.host}` });
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await service?.close();
  await sites.allowed.close();
  await sites.other.close();
});

interface Call {
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  credentials?: RequestCredentials;
}

interface Seen {
  status: number;
  text: string;
  requestId: string | null;
  left: string | null;
}

async function open(site: FakeApi): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`http://${site.host}/`);
  return page;
}

/** What a script of the page sees of an answer; null: the browser keeps it from the script. */
function ask(page: Page, { path, ...init }: Call): Promise<Seen | null> {
  const call = { url: new URL(path, service.url).href, init };
  return page.evaluate(async ({ url, init: options }) => {
    try {
      const answer = await fetch(url, options);
      return {
        status: answer.status,
        text: await answer.text(),
        requestId: answer.headers.get("x-request-id"),
        left: answer.headers.get("ratelimit"),
      };
    } catch (error) {
      if (error instanceof TypeError) return null;
      throw error;
    }
  }, call);
}

/** A run that waits for its form, and the request that answers it by its token. */
async function waitingRun(): Promise<{ id: string; resume: Call }> {
  const id = await start(service);
  const run = runSchema.parse((await service.get(`/v1/executions/${id}`)).json());
  const token = run.wait?.type === "form" ? run.wait.resume_token : undefined;
  const body = { resume_token: token, inputs: { topic: "Launch", audience: "SMB" } };
  return {
    id,
    resume: {
      path: `/v1/executions/${id}/resume`,
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": id },
      body: JSON.stringify(body),
    },
  };
}

const containing = (text: string): unknown => expect.stringContaining(text);

const waitOf = async (id: string) =>
  runSchema.parse((await service.get(`/v1/executions/${id}`)).json()).wait?.type;

test("a page of an allowed origin reads runs, problems and headers, and resumes by token", async () => {
  const page = await open(sites.allowed);
  const headers = { authorization: `Bearer ${service.key}` };
  const { id, resume } = await waitingRun();
  const read = await ask(page, { path: `/v1/executions/${id}`, headers });
  expect(read).toMatchObject({ status: 200, text: containing(id) });
  expect(read?.requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(read?.left).toMatch(/^"principal";r=\d+/);
  expect(await ask(page, { path: "/v1/executions", headers })).toMatchObject({ status: 200 });
  const missing = await ask(page, { path: "/v1/executions/none", headers });
  expect(missing).toMatchObject({ status: 404, text: containing("run_not_found") });
  const nameless = await ask(page, { path: "/v1/executions" });
  expect(nameless).toMatchObject({ status: 401, text: containing("unauthorized") });
  expect(await ask(page, resume)).toMatchObject({ status: 200 });
  expect(await waitOf(id)).toBe("approval");
  await page.close();
});

test("a page of an allowed origin sends no cookies, and reads no page of ours", async () => {
  const page = await open(sites.allowed);
  const headers = { authorization: `Bearer ${service.key}` };
  expect(await ask(page, { path: "/v1/executions", headers, credentials: "include" })).toBeNull();
  for (const path of ["/", "/docs/", "/resume/wo_resume_x"]) {
    expect({ path, seen: await ask(page, { path }) }).toEqual({ path, seen: null });
  }
  await page.close();
});

test("a page of another origin reads nothing, and changes nothing, with key and token in hand", async () => {
  const page = await open(sites.other);
  const { id, resume } = await waitingRun();
  const headers = { authorization: `Bearer ${service.key}` };
  for (const call of [
    { path: "/v1/executions", headers },
    { path: `/v1/executions/${id}`, headers },
    // Needs no preflight: it is answered, and the page cannot read the answer.
    { path: "/v1/executions" },
    { path: `/v1/executions/${id}/cancel`, method: "POST", headers },
    resume,
  ]) {
    expect({ call, seen: await ask(page, call) }).toEqual({ call, seen: null });
  }
  expect(await waitOf(id)).toBe("form");
  await page.close();
});
