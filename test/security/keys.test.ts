import { describe, expect, test } from "vitest";
import { RUN_ID_PATTERN } from "#model/run.ts";
import { apiKeyPrefix, createApiKey } from "#security/api-key.ts";
import { equalBytes, fromBase32, keyedHash, toBase32, toHex } from "#security/keyed-hash.ts";
import { deriveRunId, randomRunId } from "#security/run-id.ts";

const SECRET = "a-secret-for-tests-of-at-least-32-characters";

describe("keyed hashes", () => {
  test("differ by secret, purpose and text", async () => {
    const all = await Promise.all([
      keyedHash(SECRET, "api-key", "x"),
      keyedHash(SECRET, "run-id", "x"),
      keyedHash(`${SECRET}!`, "api-key", "x"),
      keyedHash(SECRET, "api-key", "y"),
    ]);
    expect(new Set(all.map(toHex)).size).toBe(4);
    expect(toHex(await keyedHash(SECRET, "api-key", "x"))).toBe(all.map(toHex)[0]);
  });

  test("compare by value", () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
    expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 2))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 0), Uint8Array.of(1))).toBe(false);
  });

  test.each([
    ["", ""],
    ["f", "my"],
    ["fo", "mzxq"],
    ["foo", "mzxw6"],
    ["foobar", "mzxw6ytboi"],
  ])("base32 of %j is %j (RFC 4648)", (text, expected) => {
    expect(toBase32(new TextEncoder().encode(text))).toBe(expected);
  });

  test("base32 is read as it was written, and what fills no byte is kept", () => {
    expect([...fromBase32("mzxw6")]).toEqual([0x66, 0x6f, 0x6f, 0]);
    expect([...fromBase32("77")]).toEqual([0xff, 0xc0]);
    expect(toBase32(fromBase32("n5zq3tq4wq2i5l7k3c2h6xw4ya")).slice(0, 26)).toBe(
      "n5zq3tq4wq2i5l7k3c2h6xw4ya",
    );
    expect(() => fromBase32("a1")).toThrow(/not base32/);
  });
});

describe("API keys", () => {
  test("are found by their prefix and never the same", () => {
    const keys = Array.from({ length: 100 }, createApiKey);
    expect(new Set(keys.map(({ key }) => key)).size).toBe(100);
    for (const { key, prefix } of keys) expect(apiKeyPrefix(key)).toBe(prefix);
  });

  test.each(["", "wo_", "wo_short_secret", "xx_aaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"])(
    "refuse the form of %j",
    (key) => {
      expect(apiKeyPrefix(key)).toBeNull();
    },
  );
});

describe("run ids", () => {
  test("are the same for the same caller and key, and different for others", async () => {
    const id = await deriveRunId(SECRET, "ann", "abc123");
    expect(id).toMatch(RUN_ID_PATTERN);
    expect(await deriveRunId(SECRET, "ann", "abc123")).toBe(id);
    const others = await Promise.all([
      deriveRunId(SECRET, "bob", "abc123"),
      deriveRunId(SECRET, "ann", "abc124"),
      deriveRunId(`${SECRET}!`, "ann", "abc123"),
      deriveRunId(SECRET, "ann\nabc", "123"),
    ]);
    expect(others).not.toContain(id);
  });

  test("are random without a key", () => {
    const ids = Array.from({ length: 100 }, randomRunId);
    expect(new Set(ids).size).toBe(100);
    for (const id of ids) expect(id).toMatch(RUN_ID_PATTERN);
  });
});
