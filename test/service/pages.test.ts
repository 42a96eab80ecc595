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

describe("Allow lists the methods that are there", () => {
  test.each([
    ["/", "GET, HEAD"],
    ["/runs/run_x", "GET, HEAD"],
    ["/docs/", "GET, HEAD"],
    ["/docs/viewer.js", "GET, HEAD"],
    ["/openapi.json", "GET, HEAD"],
    ["/problems/not-found", "GET, HEAD"],
    ["/healthz", "GET, HEAD"],
    ["/metrics", "GET, HEAD"],
    ["/resume/wo_resume_x", "GET, HEAD, POST"],
    ["/v1/executions", "GET, HEAD, POST"],
    ["/v1/executions/run_x/cancel", "POST"],
  ])("of %s: %s", async (path, allow) => {
    const refused = await service.send({ method: "PATCH", path });
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, allow]);
    for (const method of allow.split(", ")) {
      expect((await service.send({ method, path })).status).not.toBe(405);
    }
  });

  test.each(["/console/none.js", "/docs/none", "/problems/none", "/none", "/v1/none"])(
    "of %s, where nothing is: none",
    async (path) => {
      const refused = await service.send({ method: "PATCH", path });
      expect([refused.status, refused.headers.get("allow")]).toEqual([404, null]);
    },
  );
});

test("nothing that is answered may be taken for another type", async () => {
  const paths = [
    "/",
    "/docs/",
    "/docs/viewer",
    "/openapi.yaml",
    "/problems/not-found",
    "/none",
    "/v1/workflows",
    "/v1/none",
    "/healthz",
    "/metrics",
    "/resume/wo_resume_x",
  ];
  for (const path of paths) {
    for (const method of ["GET", "HEAD", "PATCH"]) {
      const { headers } = await service.send({ method, path });
      expect([path, headers.get("x-content-type-options")]).toEqual([path, "nosniff"]);
      // By https only: this service speaks http.
      expect(headers.get("strict-transport-security")).toBeNull();
    }
  }
});
