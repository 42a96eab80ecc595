/**
 * Resume tokens that are almost right: every part of a real one changed in every way that an
 * attacker has, and signed by keys that are not meant for it. Deterministic.
 */
import { keyedHash, toHex } from "#security/keyed-hash.ts";

const PREFIX = "wo_resume_";
const CLAIMS_BYTES = 31;

/** Of the bytes of a token; `docs` has none of it: the format belongs to the service. */
const PARTS: readonly (readonly [name: string, start: number, end: number])[] = [
  ["version", 0, 1],
  ["run", 1, 18],
  ["step", 18, 20],
  ["wait", 20, 24],
  ["approver", 24, 25],
  ["expiry", 25, 31],
  ["signature", 31, 63],
];

function bytesOf(token: string): Uint8Array {
  return Uint8Array.from(Buffer.from(token.slice(PREFIX.length), "base64url"));
}

function tokenOf(bytes: Uint8Array): string {
  return PREFIX + Buffer.from(bytes).toString("base64url");
}

type Change = (bytes: Uint8Array, start: number, end: number) => Uint8Array[];

const copyWith = (bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  change(copy);
  return copy;
};

const CHANGES: Readonly<Record<string, Change>> = {
  "each bit flipped": (bytes, start, end) =>
    Array.from({ length: (end - start) * 8 }, (_, bit) =>
      copyWith(bytes, (copy) => {
        const at = start + (bit >>> 3);
        copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7));
      }),
    ),
  filled: (bytes, start, end) =>
    [0, 1, 127, 128, 254, 255].map((value) =>
      copyWith(bytes, (copy) => copy.fill(value, start, end)),
    ),
  counted: (bytes, _start, end) =>
    [1, 2, 3, 16, 255].map((step) =>
      copyWith(bytes, (copy) => {
        copy[end - 1] = ((copy[end - 1] ?? 0) + step) & 255;
      }),
    ),
  reversed: (bytes, start, end) => [
    copyWith(bytes, (copy) => copy.set(copy.slice(start, end).toReversed(), start)),
  ],
  "left out": (bytes, start, end) => [
    Uint8Array.from([...bytes.subarray(0, start), ...bytes.subarray(end)]),
  ],
  doubled: (bytes, start, end) => [
    Uint8Array.from([...bytes.subarray(0, end), ...bytes.subarray(start)]),
  ],
};

/** Each part changed in each way, under the signature as it was: by what was done. */
export function mutations(token: string): [what: string, token: string][] {
  const bytes = bytesOf(token);
  return PARTS.flatMap(([part, start, end]) =>
    Object.entries(CHANGES).flatMap(([way, change]) =>
      change(bytes, start, end).map((changed): [string, string] => [
        `${part} ${way}`,
        tokenOf(changed),
      ]),
    ),
  ).filter(([, changed]) => changed !== token);
}

/** Parts of one token in another, both of which are real. */
export function crossings(token: string, other: string): [what: string, token: string][] {
  const [own, foreign] = [bytesOf(token), bytesOf(other)];
  return Array.from({ length: 2 ** PARTS.length }, (_, mask): [string, string] => {
    const taken = PARTS.filter((_part, index) => (mask >>> index) & 1);
    const mixed = copyWith(own, (copy) => {
      for (const [, start, end] of taken) copy.set(foreign.subarray(start, end), start);
    });
    return [`crossed: ${taken.map(([name]) => name).join(", ")}`, tokenOf(mixed)];
  }).filter(([, mixed]) => mixed !== token && mixed !== other);
}

/** The claims of a token under another version, signed by each of these secrets for each purpose. */
export async function signedOtherwise(
  token: string,
  secrets: readonly string[],
): Promise<[what: string, token: string][]> {
  const claims = bytesOf(token).subarray(0, CLAIMS_BYTES);
  const made: [string, string][] = [];
  for (const secret of secrets) {
    for (const purpose of ["resume-token", "api-key", "cursor", "run-id"] as const) {
      for (const version of [0, 1, 2, 3, 255]) {
        const packed = copyWith(claims, (copy) => copy.set([version]));
        const signature = await keyedHash(secret, purpose, toHex(packed));
        made.push([
          `version ${version} by ${purpose}`,
          tokenOf(Uint8Array.from([...packed, ...signature])),
        ]);
      }
    }
  }
  return made;
}
