import { assert, asyncProperty, uint8Array, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { CURSOR_PATTERN, openCursor, sealCursor } from "#security/cursor.ts";
import { firstSecret, parseServerSecrets } from "#security/server-secrets.ts";

const SECRET = "a-server-secret-of-at-least-32-characters";
const NEW = "another-server-secret-of-32-characters";
const SECRETS = firstSecret(SECRET);
const LIST = JSON.stringify(["listExecutions", "key_ann", null, []]);
const PLACE = "2026-11-22T17:28:01.419Z run_n5zq3tq4wq2i5l7k3c2h6xw4ya";

const seal = (place = PLACE) => sealCursor(SECRETS, LIST, place);
const bytesOf = (cursor: string) => Buffer.from(cursor, "base64url");

describe("a cursor", () => {
  it("comes back as it went out", async () => {
    await assert(
      asyncProperty(string({ unit: "binary" }), async (place) => {
        const cursor = await seal(place);
        expect(cursor).toMatch(CURSOR_PATTERN);
        expect(await openCursor(SECRETS, LIST, cursor)).toBe(place.toWellFormed());
      }),
    );
  });

  it("shows nothing of its place, and is short", async () => {
    const cursor = await seal();
    expect(cursor.length).toBeLessThanOrEqual(120);
    for (const part of ["2026-11-22", "run_", "n5zq3tq4wq2i5l7k3c2h6xw4ya"]) {
      expect(bytesOf(cursor).includes(part)).toBe(false);
      expect(cursor).not.toContain(part);
    }
    expect(await seal()).not.toBe(cursor);
  });

  it.each([
    ["another list", JSON.stringify(["listWorkflows", "key_ann", null, []])],
    ["another caller", JSON.stringify(["listExecutions", "key_bob", null, []])],
    ["another scope", JSON.stringify(["listExecutions", "key_ann", "flow", []])],
    ["other filters", JSON.stringify(["listExecutions", "key_ann", null, [["tag", "demo"]]])],
    ["no list", ""],
  ])("does not open for %s", async (_what, list) => {
    expect(await openCursor(SECRETS, list, await seal())).toBeNull();
  });

  it("does not open with any bit changed", async () => {
    const bytes = bytesOf(await seal());
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >>> 3] = (changed[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      expect(
        await openCursor(SECRETS, LIST, changed.toString("base64url")),
        String(bit),
      ).toBeNull();
    }
  });

  it("does not open when it is made up", async () => {
    await assert(
      asyncProperty(uint8Array({ minLength: 0, maxLength: 200 }), async (bytes) => {
        const made = Buffer.from(Uint8Array.from([1, ...bytes])).toString("base64url");
        expect(await openCursor(SECRETS, LIST, made)).toBeNull();
      }),
    );
    const plain = Buffer.from(PLACE).toString("base64url");
    expect(await openCursor(SECRETS, LIST, plain)).toBeNull();
  });

  it("has one spelling", async () => {
    const cursor = await seal("x");
    for (const other of [
      `${cursor}=`,
      `${cursor}A`,
      ` ${cursor}`,
      `${cursor}\n`,
      cursor.slice(1),
    ]) {
      expect(await openCursor(SECRETS, LIST, other)).toBeNull();
    }
    // Bits of the last character that no byte uses.
    const padded = await seal("xy");
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const opened = await Promise.all(
      alphabet.split("").map((last) => openCursor(SECRETS, LIST, padded.slice(0, -1) + last)),
    );
    expect(opened.filter((place) => place !== null)).toEqual(["xy"]);
  });

  it("names the version of its secret, and opens until that is removed", async () => {
    const read = parseServerSecrets(SECRET, `2:${NEW},1`);
    const alone = parseServerSecrets(SECRET, `2:${NEW}`);
    if (!read.ok || !alone.ok) throw new Error("the versions cannot be read");
    const before = await seal();
    const after = await sealCursor(read.value, LIST, PLACE);
    expect([bytesOf(before)[0], bytesOf(after)[0]]).toEqual([1, 2]);
    expect(await openCursor(read.value, LIST, before)).toBe(PLACE);
    expect(await openCursor(read.value, LIST, after)).toBe(PLACE);
    expect(await openCursor(alone.value, LIST, before)).toBeNull();
    expect(await openCursor(alone.value, LIST, after)).toBe(PLACE);
  });
});
