import { describe, expect, it } from "vitest";
import { findSensitive, redactText } from "#security/redact.ts";
import { type Alphabet, VENDOR_KEYS } from "#security/redact-vendor-keys.ts";

const ALPHABETS: Readonly<Record<Alphabet, string>> = {
  w: "aZ0_bY9x7K",
  x: "0a1b2c3d4e5f",
  n: "aZ0bY9x7Kq",
  u: "AB2CD3EF4G",
  d: "1029384756",
  ".": "aZ0.bY9x7K",
  b: "aZ0+bY9x7K",
};

function keyOf(beginning: string, alphabet: Alphabet, length: number): string {
  const letters = ALPHABETS[alphabet];
  return beginning + letters.repeat(Math.ceil(length / letters.length)).slice(0, length);
}

const LAST_DOT = /\.$/;
const keys = VENDOR_KEYS.map(
  ([vendor, beginning, alphabet, least]) =>
    [vendor, keyOf(beginning, alphabet, least).replace(LAST_DOT, "a")] as const,
);

describe("keys of vendors", () => {
  it("are known of 120 vendors and more", () => {
    const vendors = new Set(VENDOR_KEYS.map(([vendor]) => vendor.split(/[ ,]/, 1)[0]));
    expect(vendors.size).toBeGreaterThanOrEqual(120);
  });

  it.each(keys)("of %s is found wherever it is: %s", (_vendor, key) => {
    for (const text of [key, `used ${key} twice`, `x?y=${key}&z`, `"${key}"`, `k%3D${key}`]) {
      const found = findSensitive(text).map(({ start, end }) => text.slice(start, end));
      expect(found.some((one) => one.includes(key))).toBe(true);
      expect(redactText(text)).not.toContain(key);
    }
  });

  it.each([
    ["a name of a constraint", "pk_users_organization_id_of_the_parent_row"],
    ["a name of a test", "test_the_thing_works_when_the_other_one_does_not"],
    ["a library", "sk-learn-classification-pipeline"],
    ["a name of a service", "api-gateway-service-production-eu-west"],
    ["a beginning alone", "AKIA is what they begin with, ghp_ too"],
    ["a trace parent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    ["a key within a word", "xAKIAIOSFODNN7EXAMPLE"],
  ])("are not %s", (_what, text) => {
    expect(redactText(text)).toBe(text);
  });
});
