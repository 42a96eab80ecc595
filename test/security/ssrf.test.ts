/**
 * S4: which URLs get past the egress door. Everything that passes it is sent to one witness, as if
 * each name resolved to it: so what reaches the witness is what the door lets through, and nothing
 * depends on what a name server says today.
 */
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createExternalCall, type ExternalResult } from "#security/egress.ts";
import { ORDINARY_URLS } from "./ssrf/ordinary.ts";
import { CONFUSING_URLS, PRIVATE_HOSTS } from "./ssrf/spellings.ts";

const ENTRANCE = "https://api.example.com/in";
const REDIRECTS = [301, 302, 303, 307, 308] as const;

/** URLs as they were asked for, in the order in which they reached the witness. */
let reached: string[] = [];
let server: Server;
let witness: string;
/** Where the entrance leads; null: nowhere. */
let location: string | null = null;
let status = 302;

beforeAll(async () => {
  server = createServer((request, response) => {
    const asked = String(request.headers["x-asked"]);
    reached.push(decodeURIComponent(asked));
    const isEntrance = decodeURIComponent(asked).startsWith(ENTRANCE);
    if (isEntrance && location !== null) response.writeHead(status, { location }).end();
    else response.end("reached");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  witness = `http://127.0.0.1:${address.port}/`;
});

afterAll(() => server.close());

beforeEach(() => {
  reached = [];
  location = null;
  status = 302;
});

/** Every name resolves to the witness. */
const toWitness: typeof fetch = (input) => {
  const headers = { "x-asked": encodeURIComponent(new Request(input).url) };
  return fetch(witness, { headers, redirect: "manual" });
};

function call(url: string): Promise<ExternalResult> {
  const door = createExternalCall({ allowHttpHosts: [], allowHosts: null, fetch: toWitness });
  const signal = AbortSignal.timeout(10_000);
  return door({ url, method: "GET", headers: {}, signal, maxBytes: 1_000 });
}

const SPELLINGS = [...PRIVATE_HOSTS.map((host) => `https://${host}/`), ...CONFUSING_URLS];

/** As a Location header can hold it: bytes beyond ASCII are encoded, line breaks are not sent. */
function asLocation(url: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is encoded
  return url.replaceAll(/[\u0000-\u001f\u007f-\uffff]+/g, encodeURIComponent);
}

/**
 * A target without a scheme of its own is a path of the entrance, and one of the confusing URLs is,
 * by the URL standard, a path of example.com: neither is private.
 */
function isElsewhere(asked: string): boolean {
  return !["api.example.com", "example.com"].includes(new URL(asked).host);
}

describe("a private address", () => {
  it.each(SPELLINGS)("does not reach the witness when it is written as %j", async (url) => {
    expect(await call(url)).toMatchObject({ ok: false, reason: "egress_refused" });
    expect(reached).toEqual([]);
  });

  it.each(
    SPELLINGS.map((url, index) => [url, REDIRECTS[index % REDIRECTS.length] ?? 302] as const),
  )("does not reach the witness by a redirect to %j (%i)", async (url, redirect) => {
    status = redirect;
    location = asLocation(url);
    await call(ENTRANCE);
    expect(reached.filter(isElsewhere)).toEqual([]);
    expect(reached[0]).toBe(ENTRANCE);
  });

  it.each(PRIVATE_HOSTS)(
    "does not reach it by a redirect without a scheme: //%s/",
    async (host) => {
      location = asLocation(`//${host}/`);
      expect(await call(ENTRANCE)).toMatchObject({ ok: false, reason: "egress_refused" });
      expect(reached).toEqual([ENTRANCE]);
    },
  );
});

describe("an ordinary URL", () => {
  it.each(ORDINARY_URLS)("reaches the witness: %s", async (url) => {
    expect(await call(url)).toMatchObject({ ok: true });
    expect(reached).toHaveLength(1);
  });

  it.each(ORDINARY_URLS)("reaches it by a redirect: %s", async (url) => {
    location = asLocation(url);
    expect(await call(ENTRANCE)).toMatchObject({ ok: true });
    expect(reached).toHaveLength(2);
  });
});

it("are as many as the scoreboard asks for, each once", async () => {
  expect(new Set(SPELLINGS).size).toBe(SPELLINGS.length);
  expect(new Set(ORDINARY_URLS).size).toBe(ORDINARY_URLS.length);
  expect(SPELLINGS.length).toBeGreaterThanOrEqual(150);
  expect(ORDINARY_URLS.length).toBeGreaterThanOrEqual(100);
  // The figure of `npm run security`: asked again, all of them, and counted.
  let past = 0;
  for (const url of SPELLINGS) {
    await call(url);
    past += reached.length;
    reached = [];
    location = asLocation(url);
    await call(ENTRANCE);
    past += reached.filter(isElsewhere).length;
    reached = [];
  }
  let blocked = 0;
  for (const url of ORDINARY_URLS) if (!(await call(url)).ok) blocked += 1;
  console.log(
    `S4 ssrf: ${past} of ${SPELLINGS.length} spellings reached the witness, literally or by a redirect; ${blocked} of ${ORDINARY_URLS.length} ordinary URLs blocked`,
  );
  expect({ past, blocked }).toEqual({ past: 0, blocked: 0 });
});
