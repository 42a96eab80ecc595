import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LIMITS } from "#model/limits.ts";
import { createExternalCall, type ExternalRequest, type ExternalResult } from "#security/egress.ts";

interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** A real server that records what reaches it. */
class Witness {
  readonly seen: Seen[] = [];
  readonly #server: Server;
  answer: (request: Seen, response: ServerResponse) => void = (_, response) => response.end("ok");

  constructor() {
    this.#server = createServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        const { method = "", url = "", headers } = incoming;
        const seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
        this.seen.push(seen);
        this.answer(seen, response);
      });
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  url(path = "/"): string {
    return `http://${this.host}${path}`;
  }
}

let inner: Witness;
let other: Witness;

beforeEach(async () => {
  inner = new Witness();
  other = new Witness();
  await inner.start();
  await other.start();
});

afterEach(async () => {
  await inner.stop();
  await other.stop();
});

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function request(changes: Partial<ExternalRequest> = {}): ExternalRequest {
  return {
    url: inner.url(),
    method: "GET",
    headers: {},
    signal: AbortSignal.timeout(5_000),
    maxBytes: 1_000,
    ...changes,
  };
}

async function call(
  changes: Partial<ExternalRequest> = {},
  allowed: string[] = [inner.host],
): Promise<ExternalResult> {
  return createExternalCall({ allowHttpHosts: allowed, allowHosts: null, fetch })(request(changes));
}

function redirectTo(location: string, status = 302) {
  return (_: Seen, response: ServerResponse) => response.writeHead(status, { location }).end();
}

describe("a call to a host that is named", () => {
  it("sends what it was given and returns what came back", async () => {
    inner.answer = (_, response) =>
      response
        .writeHead(201, { "Content-Type": "text/plain", "X-Thing": "1", "Set-Cookie": "a=b" })
        .end("böse");
    const result = await call({
      url: inner.url("/a?b=c"),
      method: "POST",
      headers: { "X-One": "1", "content-type": "text/plain" },
      body: "hällo",
    });
    expect(inner.seen).toMatchObject([
      {
        method: "POST",
        url: "/a?b=c",
        body: "hällo",
        headers: { "x-one": "1", "content-type": "text/plain" },
      },
    ]);
    expect(result).toMatchObject({
      ok: true,
      response: {
        status: 201,
        body: bytes("böse"),
        headers: { "content-type": "text/plain", "x-thing": "1" },
      },
    });
    expect(JSON.stringify(result)).not.toContain("set-cookie");
    expect(JSON.stringify(result)).not.toContain("methodChanged");
  });

  it.each([404, 500, 304, 204])("returns status %i as an answer", async (status) => {
    inner.answer = (_, response) => response.writeHead(status).end();
    expect(await call()).toMatchObject({ ok: true, response: { status, body: bytes("") } });
  });

  it("calls fetch without a receiver", async () => {
    const receivers: unknown[] = [];
    const send = async function (this: unknown): Promise<Response> {
      receivers.push(this);
      return new Response("x");
    };
    await createExternalCall({ allowHttpHosts: [inner.host], allowHosts: null, fetch: send })(
      request(),
    );
    expect(receivers).toEqual([undefined]);
  });
});

describe("a call that is refused never leaves", () => {
  it("to a host that is not named", async () => {
    expect(await call({ url: other.url() })).toEqual({
      ok: false,
      reason: "egress_refused",
      message: "Plain http is refused for hosts that the settings do not name.",
    });
    expect(other.seen).toEqual([]);
  });

  it.each<[string, Record<string, string>, string]>([
    ["with a header of the connection", { Host: "evil.example" }, "The header host cannot be set."],
    ["with a header name that is none", { "a b": "c" }, "A header name is not a valid token."],
    [
      "with a line break in a header",
      { a: "b\r\nc: d" },
      "A header value has line breaks, control characters or characters outside ASCII.",
    ],
    [
      "with a header that is too long",
      { a: "b".repeat(LIMITS.headerValueLength + 1) },
      "A header value has more than 8192 characters.",
    ],
  ])("%s", async (_, headers, message) => {
    expect(await call({ headers })).toEqual({ ok: false, reason: "egress_refused", message });
    expect(inner.seen).toEqual([]);
  });
});

describe("a redirect", () => {
  it("is followed within what is allowed", async () => {
    inner.answer = ({ url }, response) =>
      url === "/" ? redirectTo("/next")({} as Seen, response) : response.end("there");
    expect(await call()).toMatchObject({
      ok: true,
      response: { status: 200, body: bytes("there") },
    });
    expect(inner.seen.map(({ url }) => url)).toEqual(["/", "/next"]);
  });

  it.each<[string, () => string]>([
    ["another port", () => other.url("/private")],
    ["another spelling of the host", () => other.url().replace("127.0.0.1", "127.1")],
    ["localhost", () => other.url().replace("127.0.0.1", "localhost")],
    ["a URL without a scheme", () => `//${other.host}/`],
    ["https on another port", () => other.url().replace("http:", "https:")],
    ["user info", () => inner.url().replace("http://", "http://u:p@")],
    ["a file", () => "file:///etc/passwd"],
    ["the metadata service", () => "http://169.254.169.254/latest/meta-data/"],
    ["a URL that is none", () => "http://["],
  ])("to %s is refused and never sent", async (_, location) => {
    inner.answer = redirectTo(location());
    const result = await call({ headers: { authorization: "Bearer x" } });
    expect(result).toMatchObject({ ok: false, reason: "egress_refused" });
    expect(JSON.stringify(result)).not.toMatch(/127|localhost|169|etc/);
    expect(inner.seen).toHaveLength(1);
    expect(other.seen).toEqual([]);
  });

  it("to plain http is refused also from https", async () => {
    const sent: string[] = [];
    const send = async (url: unknown): Promise<Response> => {
      sent.push(String(url));
      return new Response(null, { status: 301, headers: { location: "http://example.com/" } });
    };
    const result = await createExternalCall({ allowHttpHosts: [], allowHosts: null, fetch: send })(
      request({ url: "https://example.com/" }),
    );
    expect(result).toEqual({
      ok: false,
      reason: "egress_refused",
      message:
        "A redirect was not followed. Plain http is refused for hosts that the settings do not name.",
    });
    expect(sent).toEqual(["https://example.com/"]);
  });

  it.each<[string, number, string, string, string]>([
    ["GET", 301, "GET", "", "same"],
    ["GET", 302, "GET", "", "same"],
    ["HEAD", 301, "HEAD", "", "same"],
    ["OPTIONS", 302, "OPTIONS", "", "same"],
    ["POST", 303, "GET", "", "other"],
    ["PUT", 303, "GET", "", "other"],
    ["HEAD", 303, "GET", "", "other"],
    ["GET", 303, "GET", "", "same"],
    ["POST", 307, "POST", "body", "same"],
    ["POST", 308, "POST", "body", "same"],
    ["PATCH", 307, "PATCH", "body", "same"],
    ["DELETE", 308, "DELETE", "body", "same"],
  ])("of %s by %i goes on as %s", async (method, status, then, body, question) => {
    inner.answer = ({ url }, response) =>
      url === "/" ? redirectTo("/next", status)({} as Seen, response) : response.end();
    const sent = ["GET", "HEAD", "OPTIONS"].includes(method) ? {} : { body: "body" };
    const headers = { "content-type": "text/plain", "x-kept": "1" };
    const result = await call({ method, headers, ...sent });
    expect(inner.seen[1]).toMatchObject({ method: then, body, headers: { "x-kept": "1" } });
    expect(result.ok && result.response.methodChanged === true).toBe(question === "other");
    if (question === "other") expect(inner.seen[1]?.headers).not.toHaveProperty("content-type");
  });

  it.each(["POST", "PUT", "PATCH", "DELETE"])(
    "of %s by 301 or 302 is an answer that says where it led",
    async (method) => {
      for (const status of [301, 302]) {
        inner.seen.length = 0;
        inner.answer = redirectTo("http://u:p@127.0.0.1:1/new/place?token=t#f", status);
        expect(await call({ method, body: "body" })).toMatchObject({
          ok: true,
          response: { status, sentTo: "http://127.0.0.1:1/new/place" },
        });
        expect(inner.seen).toHaveLength(1);
      }
    },
  );

  const CREDENTIALS = {
    Authorization: "Bearer x",
    Cookie: "a=b",
    "Proxy-Authorization": "Basic x",
    "X-Api-Key": "k",
    "X-Signed": "from a secret",
    "X-Plain": "p",
  };

  it("keeps credentials within the origin", async () => {
    inner.answer = ({ url }, response) =>
      url === "/" ? redirectTo("/next")({} as Seen, response) : response.end();
    await call({ headers: CREDENTIALS, sensitiveHeaders: ["X-Signed"] });
    expect(inner.seen[1]?.headers).toMatchObject({
      authorization: "Bearer x",
      cookie: "a=b",
      "x-api-key": "k",
      "x-signed": "from a secret",
    });
  });

  it("drops credentials when it leaves the origin, also on the way back", async () => {
    inner.answer = ({ url }, response) =>
      url === "/" ? redirectTo(other.url("/over"))({} as Seen, response) : response.end();
    other.answer = redirectTo(inner.url("/back"));
    const result = await call({ headers: CREDENTIALS, sensitiveHeaders: ["X-Signed"] }, [
      inner.host,
      other.host,
    ]);
    expect(result.ok).toBe(true);
    for (const seen of [other.seen[0], inner.seen[1]]) {
      expect(seen?.headers).toMatchObject({ "x-plain": "p" });
      for (const name of [
        "authorization",
        "cookie",
        "proxy-authorization",
        "x-api-key",
        "x-signed",
      ]) {
        expect(seen?.headers).not.toHaveProperty(name);
      }
    }
  });

  it("does not carry a body with a secret to another origin", async () => {
    inner.answer = redirectTo(other.url(), 307);
    const secret = { method: "POST", body: "secret", sensitiveBody: true };
    expect(await call(secret, [inner.host, other.host])).toEqual({
      ok: false,
      reason: "egress_refused",
      message: "A redirect would send a secret to another origin.",
    });
    expect(other.seen).toEqual([]);
  });

  it("is followed five times and no more", async () => {
    const hops = (count: number) => (seen: Seen, response: ServerResponse) => {
      const hop = Number(seen.url.slice(1));
      if (hop < count) redirectTo(`/${hop + 1}`)(seen, response);
      else response.end("end");
    };
    inner.answer = hops(LIMITS.redirects);
    expect(await call({ url: inner.url("/0") })).toMatchObject({ ok: true });
    inner.seen.length = 0;
    inner.answer = hops(LIMITS.redirects + 1);
    expect(await call({ url: inner.url("/0") })).toEqual({
      ok: false,
      reason: "egress_refused",
      message: "More than 5 redirects.",
    });
    expect(inner.seen).toHaveLength(LIMITS.redirects + 1);
  });

  it("without a location is an answer", async () => {
    inner.answer = (_, response) => response.writeHead(302).end("nowhere");
    expect(await call()).toMatchObject({
      ok: true,
      response: { status: 302, body: bytes("nowhere") },
    });
  });

  it("is an answer when its status is the expected one", async () => {
    inner.answer = redirectTo(other.url());
    expect(await call({ expectedStatuses: [302] })).toMatchObject({
      ok: true,
      response: { status: 302, headers: { location: other.url() } },
    });
    expect(other.seen).toEqual([]);
  });
});

describe("an answer's size", () => {
  it("may be the most that is allowed", async () => {
    inner.answer = (_, response) => response.end("x".repeat(1_000));
    expect(await call()).toMatchObject({ ok: true, response: { body: bytes("x".repeat(1_000)) } });
  });

  it("may not be one byte more", async () => {
    inner.answer = (_, response) => response.end("x".repeat(1_001));
    expect(await call()).toEqual({
      ok: false,
      reason: "output_too_large",
      message: "The response has more than 1000 bytes.",
    });
  });

  it("counts after decompression", async () => {
    inner.answer = (_, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("x".repeat(100_000)));
    expect(await call()).toMatchObject({ ok: false, reason: "output_too_large" });
  });

  it("is not waited for when it never ends", async () => {
    let closed = false;
    inner.answer = (_, response) => {
      const timer = setInterval(() => response.write("x".repeat(500)), 1);
      response.on("close", () => {
        closed = true;
        clearInterval(timer);
      });
    };
    expect(await call()).toMatchObject({ ok: false, reason: "output_too_large" });
    await expect.poll(() => closed).toBe(true);
  });
});

/** What the platform hands on: encoded bodies as they came, but for those that it decodes itself. */
function platform(headers: Record<string, string>, body: BodyInit | null, error?: Error) {
  const stream = error && new ReadableStream({ start: (control) => control.error(error) });
  const send = async () => new Response(stream ?? body, { headers });
  return createExternalCall({ allowHttpHosts: [inner.host], allowHosts: null, fetch: send })(
    request(),
  );
}

describe("the encoding of an answer", () => {
  const lost = Object.assign(new Error("Network connection lost."), { retryable: true });
  const broken = new TypeError("Gzip decompression failed.");

  it.each(["deflate", "zstd", "compress", "aes128gcm", "deflate, gzip", "gzip, gzip", "BR"])(
    "that cannot be undone is named: %s",
    async (encoding) => {
      const result = await platform({ "content-encoding": encoding }, "abc");
      expect(result).toMatchObject({
        ok: true,
        response: { body: bytes(""), undecodable: { encoding, isKnown: false } },
      });
    },
  );

  it.each(["deflate", "zstd", "gzip"])("says nothing of an empty body: %s", async (encoding) => {
    const result = await platform({ "content-encoding": encoding, "content-length": "0" }, "");
    expect(result).toMatchObject({ ok: true, response: { body: bytes("") } });
    expect(result).not.toMatchObject({ response: { undecodable: {} } });
  });

  it.each(["identity", "", " , identity"])("that is none is none: %j", async (encoding) => {
    const result = await platform({ "content-encoding": encoding }, "abc");
    expect(result).toMatchObject({ ok: true, response: { body: bytes("abc") } });
  });

  it.each(["GZIP", "x-gzip", "gzip, identity"])("that is spelled %s is gzip", async (encoding) => {
    const whole = await platform({ "content-encoding": encoding }, gzipSync("abc"));
    expect(whole).toMatchObject({ ok: true, response: { body: bytes("abc") } });
    const cutOff = await platform({ "content-encoding": encoding }, gzipSync("abc").subarray(0, 9));
    expect(cutOff).toMatchObject({ ok: true, response: { undecodable: { encoding } } });
  });

  it("that the platform could not undo is named, and no lost connection", async () => {
    for (const encoding of ["gzip", "br"]) {
      expect(await platform({ "content-encoding": encoding }, null, broken)).toMatchObject({
        ok: true,
        response: { undecodable: { encoding, isKnown: true } },
      });
      expect(await platform({ "content-encoding": encoding }, null, lost)).toMatchObject({
        ok: false,
        reason: "network_error",
      });
    }
    expect(await platform({}, null, broken)).toMatchObject({ reason: "network_error" });
  });
});

describe("a call without an answer", () => {
  const TIMED_OUT = {
    ok: false,
    reason: "timeout",
    message: "No response within the time limit.",
  } as const;
  const UNREACHABLE = {
    ok: false,
    reason: "network_error",
    message: "The connection failed or was closed before a response arrived.",
  } as const;

  it("times out when nothing comes", async () => {
    inner.answer = () => {};
    expect(await call({ signal: AbortSignal.timeout(50) })).toEqual(TIMED_OUT);
  });

  it("times out in the middle of a body", async () => {
    inner.answer = (_, response) => response.writeHead(200).write("half");
    expect(await call({ signal: AbortSignal.timeout(50) })).toEqual(TIMED_OUT);
  });

  it("times out between redirects", async () => {
    inner.answer = ({ url }, response) => {
      if (url === "/") redirectTo("/next")({} as Seen, response);
    };
    expect(await call({ signal: AbortSignal.timeout(50) })).toEqual(TIMED_OUT);
  });

  it("times out at once when it was aborted before", async () => {
    expect(await call({ signal: AbortSignal.abort(new Error("canceled")) })).toEqual(TIMED_OUT);
    expect(inner.seen).toEqual([]);
  });

  it("fails when the connection is dropped", async () => {
    inner.answer = (_, response) => response.socket?.destroy();
    expect(await call()).toEqual(UNREACHABLE);
  });

  it("fails when the connection is dropped in the middle of a body", async () => {
    inner.answer = (_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half", () => {
        response.socket?.destroy();
      });
    };
    expect(await call()).toEqual(UNREACHABLE);
  });

  it("fails when the port is closed", async () => {
    const { host } = other;
    const url = other.url();
    await other.stop();
    expect(await call({ url }, [host])).toEqual(UNREACHABLE);
    await other.start();
  });

  it("fails when the name does not resolve", async () => {
    const send = async (): Promise<Response> => {
      throw new TypeError("getaddrinfo ENOTFOUND secret-host.example 10.0.0.1");
    };
    const result = await createExternalCall({
      allowHttpHosts: [inner.host],
      allowHosts: null,
      fetch: send,
    })(request());
    expect(result).toEqual(UNREACHABLE);
  });
});
