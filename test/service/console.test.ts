/** The console as the Worker serves it: a page for anyone, that loads nothing from elsewhere. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routeOf } from "#console/app/routes.ts";
import { problemSchema } from "#model/problem.ts";
import { type Service, sharedService } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await sharedService();
});

afterAll(() => service.close());

function open(path: string, method = "GET") {
  return service.send({ method, path, key: null });
}

const PATHS = ["/", "/runs", `/runs/run_${"a".repeat(26)}`, "/start", "/check"];
const WITH_QUERY = ["/runs?status=failed&workflow_id=content_draft_flow", "/start?workflow_id=x"];

describe("the console", () => {
  test.each([...PATHS, ...WITH_QUERY])("is at %s, without a key", async (path) => {
    const page = await open(path);
    expect(page.status).toBe(200);
    expect(page.mediaType).toBe("text/html");
    expect(page.text).toContain('<div id="console"></div>');
    // An old page would ask for files that a deployment has replaced.
    expect(page.headers.get("cache-control")).toBe("no-cache");
  });

  test.each(PATHS)("has a page of its own for %s", (path) => {
    expect(routeOf(path, "").page).not.toBe("unknown");
  });

  test.each(["/runs/", "/runs/a/b", "/starts", "/console", "/console/", "/console/index.js"])(
    "is not at %s",
    async (path) => {
      const answer = await open(path);
      expect(answer.status).toBe(404);
      expect(problemSchema.parse(answer.json()).code).toBe("not_found");
    },
  );

  test.each(PATHS)("takes nothing that is posted to %s", async (path) => {
    const answer = await open(path, "POST");
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET, HEAD");
  });

  test("runs no script of its page, and none from elsewhere", async () => {
    const page = await open("/");
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self';");
    expect(policy).toContain("form-action 'none'");
    const scripts = [...page.text.matchAll(/<script\b([^>]*)>([^<]*)<\/script>/g)];
    expect(scripts).toHaveLength(1);
    for (const [, attributes = "", content = ""] of scripts) {
      expect(attributes).toMatch(/ src="\/console\/[\w-]+\.js"/);
      expect(content).toBe("");
    }
    expect(page.text).not.toMatch(/\son\w+=|javascript:|https?:/);
  });

  test("has its files kept by browsers, since their names change with them", async () => {
    const page = await open("/");
    const files = [...page.text.matchAll(/(?:src|href)="(\/console\/[^"]+)"/g)].map(
      ([, path = ""]) => path,
    );
    expect(new Set(files.map((path) => path.split(".").at(-1)))).toEqual(
      new Set(["css", "js", "svg"]),
    );
    for (const path of files) {
      const file = await open(path);
      expect(file.status).toBe(200);
      expect(file.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(file.headers.get("x-content-type-options")).toBe("nosniff");
    }
  });
});
