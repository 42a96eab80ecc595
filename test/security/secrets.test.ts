import { describe, expect, it } from "vitest";
import type { SealedSecret } from "#model/secret.ts";
import { openKeyRing, parseVersionedKeys, type VersionedKey } from "#security/secret-keys.ts";
import { openSecret, rewrapSecret, sealSecret } from "#security/secrets.ts";

const SERVER_SECRET = "a-server-secret-of-at-least-32-characters";
const TOKEN = { name: "TOKEN", version: 3 };
const VALUE = "hunter2 — schlüssel 🔑";

/** 32 bytes of the same value, base64. */
const base64Key = (byte: number) => Buffer.alloc(32, byte).toString("base64");

function keys(text: string): VersionedKey[] {
  const parsed = parseVersionedKeys(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

const derived = () => openKeyRing(SERVER_SECRET, []);
const ringOf = (text: string) => openKeyRing(SERVER_SECRET, keys(text));

describe("a sealed secret", () => {
  it.each([
    ["a word", "hunter2"],
    ["one character", "x"],
    ["text beyond ASCII", VALUE],
    ["a byte order mark and a NUL", "\ufeff\u0000"],
    ["16 KiB", "k".repeat(16 * 1024)],
  ])("opens again: %s", async (_what, value) => {
    const ring = await derived();
    const sealed = await sealSecret(ring, TOKEN, value);
    expect(await openSecret(ring, TOKEN, sealed)).toEqual({ ok: true, value });
  });

  it("is another text each time, in its key and its value", async () => {
    const ring = await derived();
    const first = await sealSecret(ring, TOKEN, VALUE);
    const second = await sealSecret(ring, TOKEN, VALUE);
    expect(first.ciphertext).not.toBe(second.ciphertext);
    expect(first.wrappedKey).not.toBe(second.wrappedKey);
  });

  it("is a nonce of 12 bytes, the ciphertext and a tag of 16 bytes", async () => {
    const sealed = await sealSecret(await derived(), TOKEN, "hunter2");
    expect(Buffer.from(sealed.ciphertext, "base64")).toHaveLength(12 + 7 + 16);
    expect(Buffer.from(sealed.wrappedKey, "base64")).toHaveLength(12 + 32 + 16);
    expect(sealed.keyVersion).toBe(0);
  });

  it.each([
    ["under another name", { name: "OTHER", version: 3 }],
    ["under another version", { name: "TOKEN", version: 4 }],
    ["under a name that runs into the version", { name: "TOKEN\n3", version: 3 }],
  ])("does not open %s", async (_what, identity) => {
    const ring = await derived();
    const sealed = await sealSecret(ring, TOKEN, VALUE);
    expect(await openSecret(ring, identity, sealed)).toEqual({ ok: false, error: "not_authentic" });
    expect(await rewrapSecret(ring, identity, sealed)).toEqual({
      ok: false,
      error: "not_authentic",
    });
  });

  it("does not open with the data key of another", async () => {
    const ring = await derived();
    const sealed = await sealSecret(ring, TOKEN, VALUE);
    const { wrappedKey } = await sealSecret(ring, TOKEN, VALUE);
    const mixed = { ...sealed, wrappedKey };
    expect(await openSecret(ring, TOKEN, mixed)).toEqual({ ok: false, error: "not_authentic" });
  });

  it.each(["wrappedKey", "ciphertext"] as const)(
    "does not open when any byte of its %s is another",
    async (part) => {
      const ring = await derived();
      const sealed = await sealSecret(ring, TOKEN, "hunter2");
      const bytes = Buffer.from(sealed[part], "base64");
      for (const at of bytes.keys()) {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
        const tampered: SealedSecret = { ...sealed, [part]: changed.toString("base64") };
        const opened = await openSecret(ring, TOKEN, tampered);
        expect({ at, opened }).toEqual({ at, opened: { ok: false, error: "not_authentic" } });
      }
    },
  );

  it.each(["", "AAAA", "not base64!", "====", "A", "{}"])(
    "does not open when what is stored is %j",
    async (text) => {
      const ring = await derived();
      const sealed = await sealSecret(ring, TOKEN, VALUE);
      for (const part of ["wrappedKey", "ciphertext"]) {
        const opened = await openSecret(ring, TOKEN, { ...sealed, [part]: text });
        expect(opened).toEqual({ ok: false, error: "not_authentic" });
      }
    },
  );

  it("does not open with the derived key of another SERVER_SECRET", async () => {
    const sealed = await sealSecret(await derived(), TOKEN, VALUE);
    const other = await openKeyRing(`${SERVER_SECRET}!`, []);
    expect(await openSecret(other, TOKEN, sealed)).toEqual({ ok: false, error: "not_authentic" });
  });
});

describe("rotation", () => {
  const OLD = `1:${base64Key(1)}`;
  const BOTH = `1:${base64Key(1)},2:${base64Key(2)}`;
  const NEW = `2:${base64Key(2)}`;

  it("wraps with the highest version, wherever it stands", async () => {
    expect((await sealSecret(await ringOf(BOTH), TOKEN, VALUE)).keyVersion).toBe(2);
    const reversed = `10:${base64Key(3)},9:${base64Key(4)}`;
    expect((await sealSecret(await ringOf(reversed), TOKEN, VALUE)).keyVersion).toBe(10);
  });

  it("still opens what older keys wrapped, the derived one too", async () => {
    const both = await ringOf(BOTH);
    for (const before of [await derived(), await ringOf(OLD)]) {
      const sealed = await sealSecret(before, TOKEN, VALUE);
      expect(await openSecret(both, TOKEN, sealed)).toEqual({ ok: true, value: VALUE });
    }
  });

  it("opens without the old key once it was wrapped again, and the ciphertext stays", async () => {
    const sealed = await sealSecret(await ringOf(OLD), TOKEN, VALUE);
    const result = await rewrapSecret(await ringOf(BOTH), TOKEN, sealed);
    const rewrapped = result.ok ? result.value : sealed;
    expect(rewrapped).toMatchObject({ keyVersion: 2, ciphertext: sealed.ciphertext });
    const opened = await openSecret(await ringOf(NEW), TOKEN, rewrapped);
    expect(opened).toEqual({ ok: true, value: VALUE });
  });

  it("does not open what a key wrapped that is gone", async () => {
    const sealed = await sealSecret(await ringOf(OLD), TOKEN, VALUE);
    const ring = await ringOf(NEW);
    expect(await openSecret(ring, TOKEN, sealed)).toEqual({ ok: false, error: "key_unknown" });
    expect(await rewrapSecret(ring, TOKEN, sealed)).toEqual({ ok: false, error: "key_unknown" });
  });

  it("does not open when the key version of a row was changed", async () => {
    const same = await ringOf(`1:${base64Key(1)},2:${base64Key(1)}`);
    const sealed = await sealSecret(await ringOf(OLD), TOKEN, VALUE);
    expect(await openSecret(same, TOKEN, { ...sealed, keyVersion: 2 })).toEqual({
      ok: false,
      error: "not_authentic",
    });
  });
});

describe("SECRETS_KEYS", () => {
  it("is a list of versions with keys, in either alphabet of base64", () => {
    const url = Buffer.alloc(32, 0xfb).toString("base64url");
    const parsed = keys(` 2:${base64Key(7)} , 1:${url}`);
    expect(parsed.map(({ version }) => version)).toEqual([2, 1]);
    expect(parsed.map(({ bytes }) => bytes.byteLength)).toEqual([32, 32]);
    expect([...(parsed[1]?.bytes ?? [])]).toEqual(Array.from({ length: 32 }, () => 0xfb));
  });

  it.each([
    ["no version", base64Key(1), "entry 1 is not `version:base64`, with a version from 1"],
    ["version 0", `0:${base64Key(1)}`, "entry 1 is not `version:base64`, with a version from 1"],
    [
      "a word as version",
      `a:${base64Key(1)}`,
      "entry 1 is not `version:base64`, with a version from 1",
    ],
    [
      "31 bytes",
      `1:${Buffer.alloc(31, 1).toString("base64")}`,
      "entry 1 is not 32 bytes of base64",
    ],
    [
      "33 bytes",
      `1:${Buffer.alloc(33, 1).toString("base64")}`,
      "entry 1 is not 32 bytes of base64",
    ],
    ["base64 that is none", "1:AAAAA", "entry 1 is not 32 bytes of base64"],
    ["a version twice", `1:${base64Key(1)},1:${base64Key(2)}`, "entry 2 repeats a version"],
    [
      "nothing after the comma",
      `1:${base64Key(1)},`,
      "entry 2 is not `version:base64`, with a version from 1",
    ],
  ])("with %s says so and tells nothing of the key", (_what, text, message) => {
    expect(parseVersionedKeys(text)).toEqual({ ok: false, error: message });
  });
});
