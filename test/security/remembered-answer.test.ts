import { describe, expect, it } from "vitest";
import { openAnswer, sealAnswer } from "#security/remembered-answer.ts";
import { openKeyRing } from "#security/secret-keys.ts";

const ring = () => openKeyRing("a-server-secret-that-only-the-tests-know", []);
const IDENTITY = { principalId: "dev", key: "k1", fingerprint: "f1" };

/** As version 0.4 stored it: what binds an answer to its row is persisted with each row. */
const STORED = {
  keyVersion: 0,
  wrappedKey: "pYzveliomgYqit3QvFiCanDk888Cnl8dvaV3XGyYopOqDsXEtZ4m+IEpf0JIKbvJQbnQk1GMFjxzweID",
  ciphertext: "HVT5WjRazH9e4/q/mbWWRxbuwNoBnc7FltyPsahCcHrPBXI=",
};

describe("a remembered answer", () => {
  it("that version 0.4 stored still opens", async () => {
    expect(await openAnswer(await ring(), IDENTITY, STORED)).toEqual({
      ok: true,
      value: '{"a":1}',
    });
  });

  it.each([
    ["another principal", { principalId: "eve" }],
    ["another key", { key: "k2" }],
    ["another request", { fingerprint: "f2" }],
  ])("does not open for %s", async (_what, other) => {
    const sealed = await sealAnswer(await ring(), IDENTITY, "x");
    expect(await openAnswer(await ring(), { ...IDENTITY, ...other }, sealed)).toEqual({
      ok: false,
      error: "not_authentic",
    });
  });
});
