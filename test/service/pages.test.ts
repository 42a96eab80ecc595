/** Pages for people: what a problem means, and the API description without any other server. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PROBLEMS } from "#model/problem.ts";
import { type Service, sharedService } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await sharedService();
});

afterAll(() => service.close());

function open(path: string) {
  return service.send({ method: "GET", path, key: null });
}

describe("the page of each problem says what it is, to anyone", () => {
  test.each(Object.entries(PROBLEMS))("%s", async (code, { status, title }) => {
    const page = await open(`/problems/${code.replaceAll("_", "-")}`);
    expect(page.status).toBe(200);
    expect(page.mediaType).toBe("text/html");
    expect(page.text).toContain(`<h1>${title}</h1>`);
    expect(page.text).toContain(`<code>${code}</code>, HTTP status ${status}`);
  });
});

test("the API viewer loads nothing from elsewhere", async () => {
  const page = await open("/docs/");
  expect(page.status).toBe(200);
  const loaded = [...page.text.matchAll(/<(?:script|link|img)\b[^>]*?(?:src|href)="([^"]+)"/g)].map(
    ([, address]) => address ?? "",
  );
  expect(loaded.length).toBeGreaterThan(1);
  for (const address of loaded) {
    const url = new URL(address, "http://here/docs/");
    expect(url.host).toBe("here");
    expect({ address, status: (await open(url.pathname)).status }).toEqual({
      address,
      status: 200,
    });
  }
  const policy = page.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/https?:/);
});
