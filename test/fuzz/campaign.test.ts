/**
 * Whether a campaign can fail: a small service that does as it describes, and then with one thing
 * at a time that it does not.
 */
import { createServer, type Server } from "node:http";
import * as fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { readApi } from "./api.ts";
import { campaign, type Outcome } from "./campaign.ts";

const things = {
  description: "Things.",
  headers: { "X-Request-Id": {} },
  content: {
    "application/json": {
      schema: {
        type: "object",
        properties: { items: { type: "array", items: { type: "string" } } },
        required: ["items"],
      },
    },
  },
};

const refused = {
  description: "`invalid_parameter`: A parameter or header cannot be read.",
  headers: { "X-Request-Id": {} },
  content: { "application/problem+json": { schema: { type: "object" } } },
};

const security = [{ bearer: [] }];
const responses = { 200: things, 400: refused };

const API = readApi({
  openapi: "3.1.0",
  paths: {
    "/v1/things": {
      get: {
        operationId: "listThings",
        description: "",
        security,
        responses,
        parameters: [{ name: "limit", in: "query", schema: { type: "integer", minimum: 1 } }],
      },
      post: {
        operationId: "createThing",
        description: "",
        security,
        responses,
        requestBody: {
          required: true,
          content: { "application/json": { schema: { type: "object" } } },
        },
      },
    },
  },
  components: { responses: {} },
});

interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const RIGHT: Reply = {
  status: 200,
  headers: { "content-type": "application/json", "x-request-id": "1", "cache-control": "no-store" },
  body: '{"items":[]}',
};

const problem = (
  status: number,
  code: string,
  title: string,
  more: Record<string, string> = {},
): Reply => ({
  status,
  headers: { ...RIGHT.headers, "content-type": "application/problem+json", ...more },
  body: JSON.stringify({
    type: `/problems/${code.replaceAll("_", "-")}`,
    title,
    status,
    detail: "x",
    instance: "/",
    code,
    request_id: "1",
  }),
});

let server: Server | null = null;

afterEach(() => {
  server?.close();
  server = null;
});

/** The service; `planted` is what a POST gets instead of the right answer, "hang up" no answer. */
async function fuzzed(planted: Reply | "hang up" | null): Promise<Outcome> {
  // Node refuses long header lines by itself otherwise; the runtime takes those that are sent here.
  const started = createServer({ maxHeaderSize: 1_000_000 }, (request, response) => {
    request.resume();
    const isThere = /^\/v1\/things(?:\?|$)/.test(request.url ?? "");
    const isPlanted = isThere && request.method === "POST" && planted !== null;
    if (isPlanted && planted === "hang up") {
      request.socket.destroy();
      return;
    }
    const known = ["GET", "HEAD", "POST"].includes(request.method ?? "");
    const nothing = known
      ? problem(404, "not_found", "No such page")
      : problem(405, "method_not_allowed", "The method is not allowed here", {
          allow: "GET, POST",
        });
    const reply = isPlanted && planted !== "hang up" ? planted : isThere && known ? RIGHT : nothing;
    response.writeHead(reply.status, reply.headers).end(reply.body);
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  const address = started.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const url = `http://127.0.0.1:${address.port}/`;
  const target = { url, key: "k", api: API, definitions: fc.constant({}) };
  return campaign(target, { requests: 150, seed: 5, lanes: 2, session: null, shrunk: 1 });
}

describe("a campaign", () => {
  it("finds nothing where all is as described", async () => {
    const { found, coverage } = await fuzzed(null);
    expect(found.map(({ text }) => text)).toEqual([]);
    expect(coverage.neverSucceeded()).toEqual([]);
    expect(coverage.sent).toBeGreaterThanOrEqual(150);
  });

  it.each<[string, Reply | "hang up", string]>([
    ["an undocumented status", { ...RIGHT, status: 418 }, "status 418 is not documented"],
    [
      "a 500",
      problem(500, "internal_error", "A defect in the service"),
      "status 500 is not documented",
    ],
    ["an undocumented member", { ...RIGHT, body: '{"items":[],"more":1}' }, "more"],
    ["a member of another type", { ...RIGHT, body: '{"items":[1]}' }, "/items/0"],
    ["a missing member", { ...RIGHT, body: "{}" }, "items"],
    ["a body that is no JSON", { ...RIGHT, body: "{" }, "no JSON"],
    [
      "another media type",
      { ...RIGHT, headers: { ...RIGHT.headers, "content-type": "text/plain" } },
      "text/plain is not documented",
    ],
    [
      "a code of another operation",
      problem(400, "malformed_body", "The body cannot be read"),
      "400 malformed_body is not documented",
    ],
    [
      "no request id",
      { ...RIGHT, headers: { "content-type": "application/json", "cache-control": "no-store" } },
      "no usable X-Request-Id",
    ],
    ["a connection that is closed", "hang up", "no answer: closed"],
  ])("finds %s, and shows the smallest session that has it", async (_what, planted, fault) => {
    const { found } = await fuzzed(planted);
    expect(found.map(({ text }) => text).join("\n")).toContain(fault);
    // One request is enough to show it.
    expect(found[0]?.text.match(/^── /gm)).toHaveLength(1);
  });

  it("notices an operation that never succeeds", async () => {
    const { coverage } = await fuzzed(
      problem(400, "invalid_parameter", "A parameter or header cannot be read"),
    );
    expect(coverage.neverSucceeded()).toEqual(["createThing"]);
  });
});
