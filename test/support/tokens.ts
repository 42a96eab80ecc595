/** Signed tokens, good and bad, made by hand: a library would refuse to make the bad ones. */
import {
  createHmac,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign as signBytes,
} from "node:crypto";

export type Part = Record<string, unknown>;

/** A key pair of an issuer, and its public half in the form of a key set. */
export interface IssuerKey {
  algorithm: "RS256" | "ES256" | "EdDSA";
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  jwk: JsonWebKey & { kid: string; alg: string; use: "sig" };
}

export function createIssuerKey(algorithm: IssuerKey["algorithm"], kid: string): IssuerKey {
  const { privateKey, publicKey } = keyPair(algorithm);
  const jwk = { ...publicKey.export({ format: "jwk" }), kid, alg: algorithm, use: "sig" as const };
  return { algorithm, kid, privateKey, publicKey, jwk };
}

function keyPair(algorithm: IssuerKey["algorithm"]) {
  switch (algorithm) {
    case "RS256":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
    case "ES256":
      return generateKeyPairSync("ec", { namedCurve: "P-256" });
    case "EdDSA":
      return generateKeyPairSync("ed25519");
  }
}

/** HS256, regardless of the header; `header` goes over the usual one. */
export function signWithSecret(secret: string | Buffer, payload: Part, header: Part = {}): string {
  const content = contentOf({ alg: "HS256", typ: "JWT", ...header }, payload);
  return `${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`;
}

/** By the key's algorithm, regardless of the header. */
export function signWithKey(key: IssuerKey, payload: Part, header: Part = {}): string {
  const { algorithm: alg, kid, privateKey } = key;
  const content = contentOf({ alg, typ: "JWT", kid, ...header }, payload);
  const digest = alg === "EdDSA" ? null : "sha256";
  const options = { key: privateKey, dsaEncoding: "ieee-p1363" as const };
  return `${content}.${signBytes(digest, Buffer.from(content), options).toString("base64url")}`;
}

export function unsigned(payload: Part): string {
  return `${contentOf({ alg: "none" }, payload)}.`;
}

/** The token with another payload under the same signature. */
export function withPayload(token: string, payload: Part): string {
  const [header = "", , signature = ""] = token.split(".");
  return [header, encode(payload), signature].join(".");
}

function contentOf(header: Part, payload: Part): string {
  return `${encode(header)}.${encode(payload)}`;
}

function encode(part: Part): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
