/**
 * Resume tokens: each is signed and allows one answer to one wait of one run. Owns format and
 * signature; whether the wait is still open, the run decides.
 *
 * 1. A token is self-contained and never stored: the same claims always produce the same token, so
 *    that it can be shown again whenever the run is read.
 * 2. Every character counts: 63 bytes are exactly 84 characters of base64url, so no token has two
 *    spellings.
 * 3. The first byte is the version of the server secret that signs. It is signed itself, so that no
 *    token of one version passes for one of another, and the secret can be replaced while links of
 *    the version before are still in use.
 *
 * Step and approver are positions in the run's own definition, which never changes: the token stays
 * short, and no e-mail address is in a URL.
 */
import type { ResumeClaims } from "#model/resume-claims.ts";
import { base64url } from "jose";
import { RUN_ID_PATTERN } from "#model/run.ts";
import { equalBytes, fromBase32, keyedHash, toBase32, toHex } from "./keyed-hash.ts";
import { currentSecret, type ServerSecrets } from "./server-secrets.ts";

/** The same prefix as API keys, so that scanners for our credentials find tokens too. */
const PREFIX = "wo_resume_";
const TOKEN_PATTERN = /^wo_resume_([A-Za-z0-9_-]{84})$/;
const RUN_PREFIX = "run_";
const RUN_ID_LENGTH = 26;

const PURPOSE = "resume-token";
/** Version of the secret 1, run id 17, step 2, wait 4, approver 1, expiry 6 bytes. */
const CLAIMS_BYTES = 31;
const SIGNATURE_BYTES = 32;
const NO_APPROVER = 255;

/** The token of these claims. Throws when they are out of range, which is a defect. */
export async function signResumeToken(
  secrets: ServerSecrets,
  claims: ResumeClaims,
): Promise<string> {
  const bytes = new Uint8Array(CLAIMS_BYTES + SIGNATURE_BYTES);
  const packed = pack(secrets.current, claims);
  bytes.set(packed);
  bytes.set(await keyedHash(currentSecret(secrets), PURPOSE, toHex(packed)), CLAIMS_BYTES);
  return PREFIX + base64url.encode(bytes);
}

/** The claims of a valid token; null for every other text, without a reason. */
export async function verifyResumeToken(
  secrets: ServerSecrets,
  token: string,
): Promise<ResumeClaims | null> {
  const text = TOKEN_PATTERN.exec(token)?.[1];
  if (text === undefined) return null;
  const bytes = base64url.decode(text);
  const packed = bytes.subarray(0, CLAIMS_BYTES);
  const secret = secrets.versions.get(packed[0] ?? 0);
  if (secret === undefined) return null;
  const expected = await keyedHash(secret, PURPOSE, toHex(packed));
  return equalBytes(expected, bytes.subarray(CLAIMS_BYTES)) ? unpack(packed) : null;
}

function pack(secretVersion: number, claims: ResumeClaims): Uint8Array {
  const { stepIndex, waitNumber, approverIndex, expiresAt } = claims;
  const bytes = new Uint8Array(CLAIMS_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, checked(secretVersion, 2 ** 8));
  bytes.set(packRunId(claims.runId), 1);
  view.setUint16(18, checked(stepIndex, 2 ** 16));
  view.setUint32(20, checked(waitNumber, 2 ** 32));
  view.setUint8(24, approverIndex === null ? NO_APPROVER : checked(approverIndex, NO_APPROVER));
  view.setUint16(25, Math.floor(checked(expiresAt, 2 ** 48) / 2 ** 32));
  view.setUint32(27, expiresAt % 2 ** 32);
  return bytes;
}

function unpack(bytes: Uint8Array): ResumeClaims {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const approver = view.getUint8(24);
  return {
    runId: RUN_PREFIX + toBase32(bytes.subarray(1, 18)).slice(0, RUN_ID_LENGTH),
    stepIndex: view.getUint16(18),
    waitNumber: view.getUint32(20),
    approverIndex: approver === NO_APPROVER ? null : approver,
    expiresAt: view.getUint16(25) * 2 ** 32 + view.getUint32(27),
  };
}

function checked(value: number, end: number): number {
  if (Number.isInteger(value) && value >= 0 && value < end) return value;
  throw new Error(`a resume token cannot contain ${value}`);
}

/** 26 characters of base32 are 130 bits: 17 bytes, of which the last six bits are 0. */
function packRunId(runId: string): Uint8Array {
  if (!RUN_ID_PATTERN.test(runId)) throw new Error("a resume token needs the id of a run");
  return fromBase32(runId.slice(RUN_PREFIX.length));
}
