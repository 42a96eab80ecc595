/** Resume tokens: what is signed comes back, and nothing else does. */
import type { ResumeClaims } from "#model/resume-claims.ts";
import { createHmac } from "node:crypto";
import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  nat,
  option,
  record,
  uint8Array,
} from "fast-check";
import { describe, expect, test } from "vitest";
import { redactText } from "#security/redact.ts";
import { signResumeToken, verifyResumeToken } from "#security/resume-token.ts";
import { firstSecret, parseServerSecrets } from "#security/server-secrets.ts";

const SECRET = "a-secret-for-tests-of-at-least-32-characters";
const SECRETS = firstSecret(SECRET);
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567".split("");
const PREFIX = "wo_resume_";

const CLAIMS: ResumeClaims = {
  runId: "run_n5zq3tq4wq2i5l7k3c2h6xw4ya",
  stepIndex: 2,
  waitNumber: 2,
  approverIndex: 0,
  expiresAt: Date.UTC(2026, 11, 22, 9, 30),
};

const anyClaims = record({
  runId: array(constantFrom(...BASE32), {
    minLength: 26,
    maxLength: 26,
  }).map((characters) => `run_${characters.join("")}`),
  stepIndex: nat({ max: 65_535 }),
  waitNumber: nat({ max: 4_294_967_295 }),
  approverIndex: option(nat({ max: 254 })),
  expiresAt: nat({ max: 2 ** 48 - 1 }),
});

/** As the header of the module describes it, made without its code. */
function tokenOf(bytes: Uint8Array, secret = SECRET): string {
  const key = createHmac("sha256", secret).update("workflow-orchestrator/resume-token").digest();
  const hex = Buffer.from(bytes).toString("hex");
  const signature = createHmac("sha256", key).update(hex).digest();
  return PREFIX + Buffer.concat([bytes, signature]).toString("base64url");
}

function bytesOf(token: string): Buffer {
  return Buffer.from(token.slice(PREFIX.length), "base64url");
}

describe("a resume token", () => {
  test("has one form and one length, and is the same every time", async () => {
    const token = await signResumeToken(SECRETS, CLAIMS);
    expect(token).toMatch(/^wo_resume_[A-Za-z0-9_-]{84}$/);
    expect(await signResumeToken(SECRETS, CLAIMS)).toBe(token);
    expect(tokenOf(bytesOf(token).subarray(0, 31))).toBe(token);
    expect(bytesOf(token)[0]).toBe(1);
  });

  test("says what was signed, regardless of what it was", async () => {
    await assert(
      asyncProperty(anyClaims, async (claims) => {
        const token = await signResumeToken(SECRETS, claims);
        expect(token).toHaveLength(94);
        expect(await verifyResumeToken(SECRETS, token)).toEqual(claims);
      }),
    );
  });

  test("differs with each of its claims", async () => {
    const others: Partial<ResumeClaims>[] = [
      {},
      { runId: "run_n5zq3tq4wq2i5l7k3c2h6xw4yb" },
      { stepIndex: 3 },
      { waitNumber: 3 },
      { approverIndex: 1 },
      { approverIndex: null },
      { expiresAt: CLAIMS.expiresAt + 1 },
    ];
    const tokens = await Promise.all(
      others.map((over) => signResumeToken(SECRETS, { ...CLAIMS, ...over })),
    );
    expect(new Set(tokens).size).toBe(others.length);
  });

  test.each<[string, Partial<ResumeClaims>]>([
    ["a run id that is none", { runId: "run_1" }],
    ["a step beyond what a workflow holds", { stepIndex: 65_536 }],
    ["half a wait", { waitNumber: 1.5 }],
    ["an approver before the first", { approverIndex: -1 }],
    ["the position that represents no approver", { approverIndex: 255 }],
    ["no time at all", { expiresAt: Number.NaN }],
    ["a time beyond six bytes", { expiresAt: 2 ** 48 }],
  ])("is not made for %s", async (_what, over) => {
    await expect(signResumeToken(SECRETS, { ...CLAIMS, ...over })).rejects.toThrow(/resume token/);
  });
});

describe("nothing else is a resume token", () => {
  test("no token in which one character was changed, at any of its 94 places", async () => {
    const token = await signResumeToken(SECRETS, CLAIMS);
    let tried = 0;
    for (let at = 0; at < token.length; at++) {
      for (const character of ALPHABET) {
        if (character === token[at]) continue;
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        expect(await verifyResumeToken(SECRETS, changed), `${character} at ${at}`).toBeNull();
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(5_000);
  });

  test("no token in which bits were changed", async () => {
    const bytes = bytesOf(await signResumeToken(SECRETS, CLAIMS));
    await assert(
      asyncProperty(
        uint8Array({ minLength: 63, maxLength: 63 }).filter((mask) => mask.some((b) => b > 0)),
        async (mask) => {
          const changed = bytes.map((byte, index) => byte ^ (mask[index] ?? 0));
          const token = PREFIX + Buffer.from(changed).toString("base64url");
          expect(await verifyResumeToken(SECRETS, token)).toBeNull();
        },
      ),
    );
  });

  test("no claims under the signature of others", async () => {
    const own = bytesOf(await signResumeToken(SECRETS, CLAIMS));
    const foreign = bytesOf(await signResumeToken(SECRETS, { ...CLAIMS, waitNumber: 3 }));
    const mixed = Buffer.concat([foreign.subarray(0, 31), own.subarray(31)]);
    expect(await verifyResumeToken(SECRETS, PREFIX + mixed.toString("base64url"))).toBeNull();
  });

  test("no token of another deployment, and none by a key for another purpose", async () => {
    const bytes = bytesOf(await signResumeToken(SECRETS, CLAIMS)).subarray(0, 31);
    expect(await verifyResumeToken(SECRETS, tokenOf(bytes, `${SECRET}!`))).toBeNull();
    for (const purpose of ["api-key", "run-id", "", "resume-token/2"]) {
      const key = createHmac("sha256", SECRET).update(`workflow-orchestrator/${purpose}`).digest();
      const signature = createHmac("sha256", key).update(bytes.toString("hex")).digest();
      const token = PREFIX + Buffer.concat([bytes, signature]).toString("base64url");
      expect(await verifyResumeToken(SECRETS, token), purpose).toBeNull();
    }
  });

  test("no token of another version, although we signed it", async () => {
    const bytes = bytesOf(await signResumeToken(SECRETS, CLAIMS)).subarray(0, 31);
    for (const version of [0, 2, 255]) {
      const other = Uint8Array.from(bytes);
      other[0] = version;
      expect(await verifyResumeToken(SECRETS, tokenOf(other)), String(version)).toBeNull();
    }
  });

  test("no token that is cut, longer, spelt in another way, or no token at all", async () => {
    const token = await signResumeToken(SECRETS, CLAIMS);
    const body = token.slice(PREFIX.length);
    const cut = Array.from({ length: token.length }, (_, length) => token.slice(0, length));
    const others = [
      ...cut,
      `${token}A`,
      `${token}=`,
      `${token}\n`,
      ` ${token}`,
      token + token,
      body,
      token.toUpperCase(),
      token.toLowerCase(),
      token.replace("wo_resume_", "wo-resume-"),
      PREFIX + body.replaceAll("-", "+").replaceAll("_", "/"),
      PREFIX + body.split("").toReversed().join(""),
      "A".repeat(100_000),
      "__proto__",
      "\u0000",
    ];
    // The one spelling that may stay as it was: a body without a dash or an underscore.
    for (const other of others.filter((one) => one !== token)) {
      expect(await verifyResumeToken(SECRETS, other), other.slice(0, 100)).toBeNull();
    }
  });
});

describe("while the server secret is rotated", () => {
  const NEW = "another-secret-of-the-tests-of-32-characters";
  const ringOf = (list: string) => {
    const read = parseServerSecrets(SECRET, list);
    if (!read.ok) throw new Error(read.error);
    return read.value;
  };
  const claimed = { ...CLAIMS };

  test("a token of each version is valid, until its version is removed", async () => {
    const before = await signResumeToken(SECRETS, claimed);
    const both = ringOf(`2:${NEW},1`);
    const after = await signResumeToken(both, claimed);
    expect(after).not.toBe(before);
    expect(after).toHaveLength(before.length);
    expect(await verifyResumeToken(both, before)).toEqual(claimed);
    expect(await verifyResumeToken(both, after)).toEqual(claimed);
    // The first entry signs: a deployment can learn a version before it uses it.
    const prepared = ringOf(`1,2:${NEW}`);
    expect(await signResumeToken(prepared, claimed)).toBe(before);
    expect(await verifyResumeToken(prepared, after)).toEqual(claimed);
    const alone = ringOf(`2:${NEW}`);
    expect(await verifyResumeToken(alone, before)).toBeNull();
    expect(await verifyResumeToken(alone, after)).toEqual(claimed);
    expect(await verifyResumeToken(SECRETS, after)).toBeNull();
  });

  test("no token is valid under another version than its own, of 256", async () => {
    const both = ringOf(`2:${NEW},1`);
    for (const token of [
      await signResumeToken(SECRETS, claimed),
      await signResumeToken(both, claimed),
    ]) {
      const bytes = bytesOf(token);
      const own = bytes[0];
      for (let version = 0; version < 256; version++) {
        bytes[0] = version;
        const read = await verifyResumeToken(both, PREFIX + bytes.toString("base64url"));
        expect(read === null, String(version)).toBe(version !== own);
      }
    }
  });
});

test("the redactor takes a token for what it is, also within an address", async () => {
  const token = await signResumeToken(SECRETS, CLAIMS);
  expect(redactText(`GET /resume/${token} 200`)).toBe("GET /resume/[REDACTED] 200");
});
