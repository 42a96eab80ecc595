import { assert, constantFrom, array, property, uint8Array } from "fast-check";
import { describe, expect, it, test } from "vitest";
import { weaknessOf, weaknessOfBytes } from "#security/secret-strength.ts";

const GUESSABLE = [
  // What the example, the documents and the tests of this repository say.
  "generated-generated-generated-generated",
  "a-server-secret-that-only-the-tests-know",
  "a-secret-for-tests-of-at-least-32-characters",
  "SERVER_SECRET=SERVER_SECRET=SERVER_SECRET",
  "at least 32 characters at least 32 characters",
  "<your server secret, at least 32 characters>",
  "openssl rand -base64 32 openssl rand",
  // Placeholders.
  "changeme-changeme-changeme-changeme",
  "changemechangemechangemechangeme",
  "please-change-this-secret-before-production-1",
  "your-secret-key-here-your-secret-key-here",
  "your_super_secret_jwt_key_change_in_production",
  "REPLACE_ME_WITH_A_LONG_RANDOM_STRING_PLEASE",
  "my-super-secret-jwt-key-for-development",
  "supersecretjwtkeyforproduction12",
  "this-is-a-secret-for-production-use-only",
  "my-app-name-production-secret-2024-v1",
  "Password123!Password123!Password123!",
  "correct horse battery staple correct horse",
  // Repeated, counted, along the keyboard.
  "s".repeat(40),
  `${"x".repeat(31)}y`,
  "ab".repeat(20),
  "deadbeef".repeat(4),
  "d3v-s3cr3t-".repeat(3),
  "0123456789abcdef0123456789abcdef",
  "1234567890123456789012345678901234567890",
  "0000000000000000000000000000000000000001",
  "00000000-0000-0000-0000-000000000000",
  "abcdefghijklmnopqrstuvwxyzabcdef",
  "zyxwvutsrqponmlkjihgfedcba987654",
  "AbCdEfGhIjKlMnOpQrStUvWxYz012345",
  "qwertyuiopasdfghjklzxcvbnm123456",
];

describe("in production no secret may be", () => {
  test.each(GUESSABLE)("%s", (secret) => {
    expect(secret.length).toBeGreaterThanOrEqual(32);
    expect(weaknessOf(secret)).toMatch(/^is easy to guess/);
  });

  test("told in the reason why it is refused", () => {
    for (const secret of GUESSABLE) expect(weaknessOf(secret)).not.toContain(secret.slice(0, 8));
  });
});

/** Drawn words: common ones, none of them chosen for what they are. */
const DRAWN =
  `anchor barrel candle dagger eagle fabric garden hammer island jacket kettle ladder magnet needle
  orchid pepper quartz ribbon saddle timber umbrella velvet walnut yellow zipper acorn basket canyon
  desert ember falcon glacier harbor ivory jungle kernel lantern meadow nectar oyster parcel quiver
  rocket summit thunder upright violin whistle cactus domino engine feather gravel helmet insect
  jigsaw ketchup lobster mustard napkin olive puzzle raisin scarf turtle unicorn vulture wagon yogurt
  zebra blanket cheese dolphin elbow fiddle goblet hazel igloo juniper koala lemon marble noodle otter
  pickle rabbit sausage tulip urban vanilla willow cloud cookie world monkey`.split(/\s+/);

const bytes = (count: number) => uint8Array({ minLength: count, maxLength: count });
const RANDOM = {
  hexadecimal: bytes(16).map((b) => Buffer.from(b).toString("hex")),
  base64: bytes(24).map((b) => Buffer.from(b).toString("base64")),
  base64url: bytes(24).map((b) => Buffer.from(b).toString("base64url")),
  "long base64": bytes(48).map((b) => Buffer.from(b).toString("base64")),
  digits: bytes(40).map((b) => [...b].map((byte) => byte % 10).join("")),
  printable: bytes(32).map((b) => String.fromCharCode(...b.map((byte) => 33 + (byte % 94)))),
  passphrase: array(constantFrom(...DRAWN), { minLength: 7, maxLength: 9 })
    .map((words) => [...new Set(words)].join(" "))
    .filter((text) => text.length >= 32),
};

describe("of 14,000 random values", () => {
  /** fast-check leans towards small values, which nothing random does. */
  const unbiased = { numRuns: 2_000, unbiased: true } as const;

  test.each(Object.entries(RANDOM))("no %s is refused", (_kind, arbitrary) => {
    assert(
      property(arbitrary, (secret) => {
        expect(weaknessOf(secret), secret).toBeNull();
      }),
      unbiased,
    );
  });

  it("no key of 32 bytes is refused", () => {
    assert(
      property(bytes(32), (key) => {
        expect(weaknessOfBytes(key)).toBeNull();
      }),
      unbiased,
    );
  });
});

test.each([
  ["zeros", new Uint8Array(32)],
  ["one byte", new Uint8Array(32).fill(7)],
  ["counted bytes", Uint8Array.from({ length: 32 }, (_, index) => index)],
  ["bytes counted down by threes", Uint8Array.from({ length: 32 }, (_, index) => 250 - index * 3)],
  ["two halves", Uint8Array.from({ length: 32 }, (_, index) => (index % 8) * 31)],
  ["text", new TextEncoder().encode("this is the key of the 32 bytes!")],
])("a key of %s is refused", (_what, key) => {
  expect(key).toHaveLength(32);
  expect(weaknessOfBytes(key)).toMatch(/^is easy to guess/);
});

test("a secret of a megabyte is judged by its beginning", () => {
  expect(weaknessOf("a".repeat(1_000_000))).not.toBeNull();
});
