import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { isJwt, verifyJwt } from "#security/jwt.ts";
import { FakeApi } from "../support/fake-api.ts";
import {
  createIssuerKey,
  type Part,
  signWithKey,
  signWithSecret,
  unsigned,
  withPayload,
} from "../support/tokens.ts";

const SECRET = "a-token-secret-of-at-least-32-characters";
const ISSUER = "https://id.example.com";
const AUDIENCE = "workflows";
/** 2026-11-22T09:30:00Z */
const NOW = 1_795_339_800;

const RSA = createIssuerKey("RS256", "rsa-1");
const EC = createIssuerKey("ES256", "ec-1");
const ED = createIssuerKey("EdDSA", "ed-1");
const STRANGER = createIssuerKey("RS256", "rsa-1");

let api: FakeApi;

function serve(path: string, status: number, body: string): string {
  api.script(path, [{ kind: "answer", status, body }]);
  return `http://${api.host}${path}`;
}

function trust(over: object = {}) {
  return { secret: SECRET, keySetUrl: keys, issuer: ISSUER, audience: AUDIENCE, ...over };
}

function payload(over: Part = {}): Part {
  return { iss: ISSUER, aud: AUDIENCE, exp: NOW + 600, sub: "u-1", ...over };
}

/** The payload without one claim. */
function without(name: string): Part {
  return Object.fromEntries(Object.entries(payload()).filter(([key]) => key !== name));
}

let keys = "";

beforeAll(async () => {
  api = await FakeApi.start();
  keys = serve("/keys", 200, JSON.stringify({ keys: [RSA.jwk, EC.jwk, ED.jwk] }));
  vi.useFakeTimers({ toFake: ["Date"] });
});
beforeEach(() => vi.setSystemTime(NOW * 1000));
afterAll(async () => {
  vi.useRealTimers();
  await api.close();
});

const ACCEPTED = { ok: true, value: { subject: "u-1" } };

describe("a token is believed", () => {
  test.each<[what: string, token: string]>([
    ["signed with the secret", signWithSecret(SECRET, payload())],
    ["signed with an RSA key of the set", signWithKey(RSA, payload())],
    ["signed with an EC key of the set", signWithKey(EC, payload())],
    ["signed with an Ed25519 key of the set", signWithKey(ED, payload())],
    [
      "for several audiences, us among them",
      signWithSecret(SECRET, payload({ aud: ["a", AUDIENCE] })),
    ],
    ["29 s after its end", signWithSecret(SECRET, payload({ exp: NOW - 29 }))],
    ["30 s before its beginning", signWithSecret(SECRET, payload({ nbf: NOW + 30 }))],
    ["with a subject of 255", signWithSecret(SECRET, payload({ sub: "s".repeat(255) }))],
  ])("%s", async (what, token) => {
    const subject = what === "with a subject of 255" ? "s".repeat(255) : "u-1";
    expect(await verifyJwt(token, trust())).toMatchObject({ ...ACCEPTED, value: { subject } });
  });

  test("from any issuer, for anyone, where nothing is configured", async () => {
    const token = signWithSecret(SECRET, { sub: "u-1", exp: NOW + 1 });
    expect(await verifyJwt(token, { secret: SECRET })).toMatchObject(ACCEPTED);
  });

  test("and says who calls, with what scopes and claims", async () => {
    const token = signWithSecret(
      SECRET,
      payload({
        nbf: NOW,
        iat: NOW,
        jti: "j-1",
        scope: "runs:read  approvals:decide other",
        email: "Ann@Example.COM",
        email_verified: true,
        name: "Ann",
        team: { id: 7 },
      }),
    );
    expect(await verifyJwt(token, trust())).toEqual({
      ok: true,
      value: {
        subject: "u-1",
        email: "ann@example.com",
        scopes: ["runs:read", "approvals:decide", "other"],
        claims: {
          sub: "u-1",
          email: "Ann@Example.COM",
          email_verified: true,
          name: "Ann",
          team: { id: 7 },
        },
      },
    });
  });

  test("without scopes when scope is no text", async () => {
    const token = signWithSecret(SECRET, payload({ scope: ["admin"] }));
    expect(await verifyJwt(token, trust())).toMatchObject({ value: { scopes: [] } });
  });
});

describe("the address of a token's person", () => {
  test.each<[what: string, claims: Part]>([
    ["vouched for", { email: "Kim@Example.com", email_verified: true }],
    ["vouched for in words", { email: "Kim@Example.com", email_verified: "true" }],
    ["of an issuer that does not speak of it", { email: "Kim@Example.com" }],
  ])("%s is theirs, in lower case", async (_what, claims) => {
    const result = await verifyJwt(signWithSecret(SECRET, payload(claims)), trust());
    expect(result).toMatchObject({ ok: true, value: { email: "kim@example.com" } });
  });

  test.each<[what: string, claims: Part]>([
    ["is not there", {}],
    ["is not vouched for", { email: "kim@example.com", email_verified: false }],
    ["is not vouched for, in words", { email: "kim@example.com", email_verified: "false" }],
    ["is not vouched for, in other words", { email: "kim@example.com", email_verified: "False" }],
    ["is vouched for by TRUE", { email: "kim@example.com", email_verified: "TRUE" }],
    ["is vouched for by 0", { email: "kim@example.com", email_verified: 0 }],
    ["is vouched for by 1", { email: "kim@example.com", email_verified: 1 }],
    ["is vouched for by null", { email: "kim@example.com", email_verified: null }],
    ["is vouched for by a list", { email: "kim@example.com", email_verified: [true] }],
    ["is written with the Kelvin sign", { email: "\u212aim@example.com" }],
    ["is written with a long s", { email: "\u017fam@example.com" }],
    ["has a letter that is no ASCII", { email: "jürgen@example.com", email_verified: true }],
    ["has a domain that is no ASCII", { email: "kim@ex\u0430mple.com" }],
    ["has a character that does not print", { email: "kim\u007f@example.com" }],
    ["has a line break", { email: "kim@example.com\n" }],
  ])("is none when it %s: the token is good, and its claims do not name it", async (_w, claims) => {
    const result = await verifyJwt(signWithSecret(SECRET, payload(claims)), trust());
    expect(result).toMatchObject({ ok: true, value: { subject: "u-1" } });
    expect(result.ok && [result.value.email, result.value.claims["email"]]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe("a token is refused", () => {
  const good = signWithSecret(SECRET, payload());
  const [header, body] = good.split(".");
  const pem = RSA.publicKey.export({ type: "spki", format: "pem" });

  test.each<[what: string, token: string]>([
    ["without a signature", unsigned(payload())],
    ["without the text of a signature", `${header}.${body}.`],
    ["with another payload", withPayload(good, payload({ scope: "admin" }))],
    ["signed with another secret", signWithSecret(`${SECRET}!`, payload())],
    ["signed with an empty secret", signWithSecret("", payload())],
    ["signed with another key of the same name", signWithKey(STRANGER, payload())],
    ["that names another key of the set", signWithKey(RSA, payload(), { kid: "ec-1" })],
    ["that names an unknown key", signWithKey(RSA, payload(), { kid: "rsa-2" })],
    ["signed with a public key as the secret", signWithSecret(pem, payload())],
    [
      "signed with a public key's JWK as the secret",
      signWithSecret(JSON.stringify(RSA.jwk), payload(), { kid: "rsa-1" }),
    ],
    [
      "signed with the secret, calling it RS256",
      signWithSecret(SECRET, payload(), { alg: "RS256" }),
    ],
    ["signed with a key, calling it HS256", signWithKey(RSA, payload(), { alg: "HS256" })],
    ["signed with RS512", signWithKey(RSA, payload(), { alg: "RS512" })],
    ["signed with HS512", signWithSecret(SECRET, payload(), { alg: "HS512" })],
    ["with its algorithm in lower case", signWithSecret(SECRET, payload(), { alg: "hs256" })],
    ["without an algorithm", signWithSecret(SECRET, payload(), { alg: undefined })],
    ["with an algorithm that is a list", signWithSecret(SECRET, payload(), { alg: ["HS256"] })],
    ["that brings its own key", signWithKey(STRANGER, payload(), { kid: "x", jwk: STRANGER.jwk })],
    ["with an unknown critical header", signWithSecret(SECRET, payload(), { crit: ["x"], x: 1 })],
    ["of another issuer", signWithSecret(SECRET, payload({ iss: `${ISSUER}/` }))],
    ["without an issuer", signWithSecret(SECRET, without("iss"))],
    ["for another audience", signWithSecret(SECRET, payload({ aud: ["others"] }))],
    ["for no audience", signWithSecret(SECRET, without("aud"))],
    ["without an end", signWithSecret(SECRET, without("exp"))],
    ["with an end that is no number", signWithSecret(SECRET, payload({ exp: "2099-01-01" }))],
    ["30 s after its end", signWithSecret(SECRET, payload({ exp: NOW - 30 }))],
    ["31 s before its beginning", signWithSecret(SECRET, payload({ nbf: NOW + 31 }))],
    ["without a subject", signWithSecret(SECRET, without("sub"))],
    ["with an empty subject", signWithSecret(SECRET, payload({ sub: "" }))],
    ["with a subject that is no text", signWithSecret(SECRET, payload({ sub: 7 }))],
    ["with a subject of 256", signWithSecret(SECRET, payload({ sub: "s".repeat(256) }))],
    ["with an address that is none", signWithSecret(SECRET, payload({ email: "ann" }))],
    ["with a list of addresses", signWithSecret(SECRET, payload({ email: ["a@example.com"] }))],
    [
      "with half of a surrogate pair in its subject",
      signWithSecret(SECRET, payload({ sub: "\ud800" })),
    ],
    ["whose header is no JSON", `e30x.${body}.AAAA`],
    ["whose header is a list", `W10.${body}.AAAA`],
    ["of three letters", "a.b.c"],
  ])("%s", async (_what, token) => {
    expect(await verifyJwt(token, trust())).toEqual({ ok: false, error: "refused" });
  });

  test.each<[what: string, token: string, trusted: object]>([
    ["a secret's where there is only a key set", good, { secret: undefined }],
    ["a key's where there is only a secret", signWithKey(RSA, payload()), { keySetUrl: undefined }],
    ["any where there is neither", good, { secret: undefined, keySetUrl: undefined }],
  ])("%s", async (_what, token, over) => {
    const entries = Object.entries(trust(over)).filter(([, value]) => value !== undefined);
    const trusted = Object.fromEntries(entries);
    expect(await verifyJwt(token, trusted)).toEqual({ ok: false, error: "refused" });
  });

  test("when its signature has any other character, anywhere", async () => {
    const [, , signature = ""] = good.split(".");
    for (let place = 0; place < signature.length - 1; place++) {
      const other = signature[place] === "A" ? "B" : "A";
      const changed = signature.slice(0, place) + other + signature.slice(place + 1);
      const result = await verifyJwt(`${header}.${body}.${changed}`, trust());
      expect(result).toEqual({ ok: false, error: "refused" });
    }
  });
});

describe("the key set", () => {
  const token = signWithKey(RSA, payload());
  const unavailable = { ok: false, error: "unavailable" };

  test("is read once for many tokens, and not again at once for an unknown key", async () => {
    const url = serve("/once", 200, JSON.stringify({ keys: [RSA.jwk] }));
    const unknown = signWithKey(RSA, payload(), { kid: createHash("sha1").digest("hex") });
    for (const each of [token, token, unknown, unknown, token]) {
      await verifyJwt(each, trust({ keySetUrl: url }));
    }
    expect(api.calls("/once").length).toBe(1);
  });

  test("is read again for an unknown key after a while", async () => {
    const url = `http://${api.host}/rotated`;
    api.script("/rotated", [
      { kind: "answer", status: 200, body: JSON.stringify({ keys: [EC.jwk] }) },
      { kind: "answer", status: 200, body: JSON.stringify({ keys: [EC.jwk, RSA.jwk] }) },
    ]);
    expect((await verifyJwt(token, trust({ keySetUrl: url }))).ok).toBe(false);
    vi.setSystemTime((NOW + 31) * 1000);
    expect((await verifyJwt(token, trust({ keySetUrl: url }))).ok).toBe(true);
  });

  test.each([
    ["answers 500", 500, "{}"],
    ["answers 404", 404, "{}"],
    ["is no JSON", 200, "<html>"],
    ["has no keys", 200, "{}"],
  ])("that %s says nothing of a token", async (what, status, text) => {
    const url = serve(`/${what.replaceAll(" ", "-")}`, status, text);
    expect(await verifyJwt(token, trust({ keySetUrl: url }))).toEqual(unavailable);
  });

  test("that is not served says nothing of a token, and is asked again", async () => {
    const url = `http://${api.host}/later`;
    api.script("/later", [
      { kind: "drop" },
      { kind: "answer", status: 200, body: JSON.stringify({ keys: [RSA.jwk] }) },
    ]);
    expect(await verifyJwt(token, trust({ keySetUrl: url }))).toEqual(unavailable);
    vi.setSystemTime((NOW + 1) * 1000);
    expect(await verifyJwt(token, trust({ keySetUrl: url }))).toMatchObject(ACCEPTED);
  });

  test("that is away is not fetched by every token, and less and less often", async () => {
    const url = serve("/away", 500, "{}");
    const fetchedBy: number[] = [];
    for (const second of [0, 0, 0, 0.9, 1, 1, 2.9, 3, 3, 6.9, 7, 300, 300, 315, 316]) {
      vi.setSystemTime((NOW + second) * 1000);
      expect(await verifyJwt(token, trust({ keySetUrl: url }))).toEqual(unavailable);
      fetchedBy.push(api.calls("/away").length);
    }
    // A second after the first failure, two after the second, and so on.
    expect(fetchedBy).toEqual([1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 5, 5, 5, 6]);
    for (let minute = 10; minute < 20; minute++) {
      vi.setSystemTime((NOW + minute * 60) * 1000);
      await verifyJwt(token, trust({ keySetUrl: url }));
      await verifyJwt(token, trust({ keySetUrl: url }));
    }
    // At most a minute, however long it is away.
    expect(api.calls("/away").length).toBe(16);
  });

  test("is fetched once for many tokens at a time", async () => {
    const url = `http://${api.host}/held`;
    api.script("/held", [{ kind: "hold" }]);
    const checks = Array.from({ length: 20 }, () => verifyJwt(token, trust({ keySetUrl: url })));
    await api.arrived("/held", 1);
    api.release("/held", 200, JSON.stringify({ keys: [RSA.jwk] }));
    for (const result of await Promise.all(checks)) expect(result).toMatchObject(ACCEPTED);
    expect(api.calls("/held").length).toBe(1);
  });

  test("is not fetched more often by unknown keys, whether it answers or not", async () => {
    const url = `http://${api.host}/unknown`;
    api.script("/unknown", [
      { kind: "answer", status: 200, body: JSON.stringify({ keys: [EC.jwk] }) },
      { kind: "answer", status: 500 },
    ]);
    const known = signWithKey(EC, payload());
    for (let each = 0; each < 30; each++) {
      const kid = `made-up-${each}`;
      await verifyJwt(signWithKey(RSA, payload(), { kid }), trust({ keySetUrl: url }));
    }
    expect(api.calls("/unknown").length).toBe(1);
    vi.setSystemTime((NOW + 31) * 1000);
    for (let each = 0; each < 30; each++) {
      const kid = `made-up-later-${each}`;
      await verifyJwt(signWithKey(RSA, payload(), { kid }), trust({ keySetUrl: url }));
    }
    expect(api.calls("/unknown").length).toBe(2);
    // What is known goes on working meanwhile.
    expect(await verifyJwt(known, trust({ keySetUrl: url }))).toMatchObject(ACCEPTED);
  });

  test("is not asked for tokens of the secret or of no algorithm", async () => {
    const url = serve("/unasked", 500, "");
    const tokens = [signWithSecret(SECRET, payload()), unsigned(payload())];
    for (const each of tokens) await verifyJwt(each, trust({ keySetUrl: url }));
    expect(api.calls("/unasked")).toEqual([]);
  });
});

describe("the form of a token", () => {
  test.each([
    ["a.b.c", true],
    ["a.b.", true],
    ["a.b", false],
    ["a.b.c.d.e", false],
    ["wo_abcdefghij_abcdefghijabcdefghijabcdefghij22", false],
    ["a.b.c=", false],
    ["", false],
  ])("%j: %s", (text, expected) => {
    expect(isJwt(text)).toBe(expected);
  });
});
