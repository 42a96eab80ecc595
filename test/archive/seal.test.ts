import { assert, asyncProperty, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import {
  labelOf,
  open,
  rewrap,
  seal,
  sealedFaultText,
  sealedFromText,
  sealedToText,
} from "#archive/seal.ts";
import { openKeyRing, parseVersionedKeys } from "#security/secret-keys.ts";

const SECRET = "a-server-secret-that-only-the-tests-know";
const KEY_1 = `1:${Buffer.alloc(32, 1).toString("base64")}`;
const KEY_2 = `2:${Buffer.alloc(32, 2).toString("base64")}`;

function ring(setting = "") {
  const keys = setting === "" ? { ok: true as const, value: [] } : parseVersionedKeys(setting);
  if (!keys.ok) throw new Error(keys.error);
  return openKeyRing(SECRET, keys.value);
}

const IDENTITY = { runId: "run_aaaaaaaaaaaaaaaaaaaaaaaaaa", purpose: "archive" };
const bytesOf = (text: string) => Uint8Array.from(new TextEncoder().encode(text));
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** As the first release that sealed runs stored it: label and bindings are persisted. */
const STORED =
  "eyJzZWFsZWQiOjEsInB1cnBvc2UiOiJhcmNoaXZlIiwicnVuX2lkIjoicnVuX2FhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhIiwia2V5X3ZlcnNpb24iOjAsIndyYXBwZWRfa2V5Ijoidzl3Vi9jSDBpdXFQbzRVbmVlbGtiaWZIVlBmZUlMdWtsd2tzSHozQmNLa3hnZFNoc0tNRGZNQUM0L1I2UjBnTWxjcndoY0JOeTRzR3QyUjcifQow8ktlyk/d5+iHkIXBw57CXI8zbYFLkUi86dWfWcla+kzMLtbScHqxmpe6";

describe("sealed bytes", () => {
  it("open to what was sealed, of any length, as bytes and as text", async () => {
    const keys = await ring(KEY_1);
    await assert(
      asyncProperty(uint8Array({ maxLength: 4096 }), async (given) => {
        const bytes = Uint8Array.from(given);
        const sealed = await seal(keys, IDENTITY, bytes);
        const read = sealedFromText(sealedToText(sealed));
        expect(read).toEqual({ ok: true, value: sealed });
        expect(await open(keys, IDENTITY, sealed)).toEqual({ ok: true, value: bytes });
      }),
      { numRuns: 50 },
    );
  });

  it("of an earlier release still open", async () => {
    const read = sealedFromText(STORED);
    const opened = read.ok ? await open(await ring(), IDENTITY, read.value) : read;
    expect(opened).toEqual({ ok: true, value: bytesOf("what was sealed") });
  });

  it("contain nothing of the content, and differ each time", async () => {
    const keys = await ring(KEY_1);
    const content = "a sensitive value ".repeat(100);
    const one = await seal(keys, IDENTITY, bytesOf(content));
    const other = await seal(keys, IDENTITY, bytesOf(content));
    expect(textOf(one)).not.toContain("sensitive");
    expect(one).not.toEqual(other);
  });

  it("of several megabytes are sealed as one", async () => {
    const bytes = new Uint8Array(5_000_000).fill(7);
    const sealed = await seal(await ring(), IDENTITY, bytes);
    const read = sealedFromText(sealedToText(sealed));
    const opened = read.ok ? await open(await ring(), IDENTITY, read.value) : read;
    expect(opened.ok && opened.value.byteLength).toBe(5_000_000);
  });

  it("say of what they are without a key", async () => {
    const sealed = await seal(await ring(KEY_1), IDENTITY, bytesOf("x"));
    expect(labelOf(sealed)).toEqual({ ok: true, value: { ...IDENTITY, keyVersion: 1 } });
  });
});

describe("bytes that do not open", () => {
  const other = "run_bbbbbbbbbbbbbbbbbbbbbbbbbb";

  it.each([
    ["another run", { runId: other }, "They are the archive of run_aaaaaaaaaaaaaaaaaaaaaaaaaa."],
    [
      "another purpose",
      { purpose: "backup" },
      "They are the archive of run_aaaaaaaaaaaaaaaaaaaaaaaaaa.",
    ],
  ])("are named when they are of %s", async (_what, change, words) => {
    const sealed = await seal(await ring(), IDENTITY, bytesOf("x"));
    const opened = await open(await ring(), { ...IDENTITY, ...change }, sealed);
    expect(opened).toEqual({ ok: false, error: { kind: "wrong_identity", found: IDENTITY } });
    expect(!opened.ok && sealedFaultText(opened.error)).toBe(words);
  });

  it("do not open under another name, even with a label that says so", async () => {
    const sealed = await seal(await ring(), IDENTITY, bytesOf("x"));
    const forged = bytesOfLatin(latinOf(sealed).replace(IDENTITY.runId, other));
    const opened = await open(await ring(), { ...IDENTITY, runId: other }, forged);
    expect(opened).toEqual({ ok: false, error: { kind: "damaged" } });
  });

  it("name the version of the key that is missing", async () => {
    const sealed = await seal(await ring(`${KEY_2},${KEY_1}`), IDENTITY, bytesOf("x"));
    const opened = await open(await ring(KEY_1), IDENTITY, sealed);
    expect(opened).toEqual({ ok: false, error: { kind: "key_unknown", keyVersion: 2 } });
    expect(!opened.ok && sealedFaultText(opened.error)).toContain("version 2 of SECRETS_KEYS");
  });

  it("are damaged when any byte behind the label was changed, or the end is missing", async () => {
    const sealed = await seal(await ring(), IDENTITY, bytesOf("some content"));
    const start = sealed.indexOf(10) + 1;
    const damaged = { ok: false, error: { kind: "damaged" } };
    for (let at = start; at < sealed.byteLength; at += 1) {
      const changed = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 1 : byte));
      expect(await open(await ring(), IDENTITY, changed)).toEqual(damaged);
    }
    for (const length of [start, start + 12, start + 20, sealed.byteLength - 1]) {
      expect(await open(await ring(), IDENTITY, sealed.slice(0, length))).toEqual(damaged);
    }
  });

  it.each([
    ["nothing", ""],
    ["text", "hello\nworld"],
    ["JSON of another kind", '{"sealed":"yes"}\nx'],
    ["a line that never ends", "x".repeat(5000)],
  ])("are no sealed bytes: %s", async (_what, text) => {
    const opened = await open(await ring(), IDENTITY, bytesOf(text));
    expect(opened).toEqual({ ok: false, error: { kind: "not_sealed" } });
  });

  it("name a format of a later release", async () => {
    const sealed = await seal(await ring(), IDENTITY, bytesOf("x"));
    const later = bytesOfLatin(latinOf(sealed).replace('"sealed":1', '"sealed":2'));
    const opened = await open(await ring(), IDENTITY, later);
    expect(opened).toEqual({ ok: false, error: { kind: "format_unknown", format: 2 } });
  });

  it("are no base64", () => {
    expect(sealedFromText("a*b=").ok).toBe(false);
    expect(sealedFromText("abc").ok).toBe(false);
    expect(sealedFromText("====").ok).toBe(false);
  });
});

describe("rewrapped bytes", () => {
  it("open under the new key alone, and keep their ciphertext", async () => {
    const sealed = await seal(await ring(KEY_1), IDENTITY, bytesOf("x"));
    const wrapped = await rewrap(await ring(`${KEY_2},${KEY_1}`), IDENTITY, sealed);
    if (!wrapped.ok) throw new Error(wrapped.error.kind);
    expect(await open(await ring(KEY_2), IDENTITY, wrapped.value)).toEqual({
      ok: true,
      value: bytesOf("x"),
    });
    const afterLabel = (bytes: Uint8Array) => bytes.slice(bytes.indexOf(10));
    expect(afterLabel(wrapped.value)).toEqual(afterLabel(sealed));
  });

  it("stay as they are under the current key, and name a key that is missing", async () => {
    const sealed = await seal(await ring(KEY_1), IDENTITY, bytesOf("x"));
    expect(await rewrap(await ring(KEY_1), IDENTITY, sealed)).toEqual({ ok: true, value: sealed });
    expect(await rewrap(await ring(KEY_2), IDENTITY, sealed)).toEqual({
      ok: false,
      error: { kind: "key_unknown", keyVersion: 1 },
    });
  });
});

function latinOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

function bytesOfLatin(text: string) {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}
