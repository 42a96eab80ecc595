/**
 * The address that a request came from, as limits count it and as logs may show it.
 *
 * Only `CF-Connecting-IP` is read: the platform sets it itself, while a client can write anything
 * into `X-Forwarded-For`. An IPv6 address counts as its /64, since a customer has all of it.
 */
import { parseIpv6 } from "#security/address.ts";
import { keyedHash, toHex } from "#security/keyed-hash.ts";
import type { AppContext } from "../types.ts";

/** All requests without an address count as one. */
const UNKNOWN = "unknown";
const HASH_LENGTH = 16;

export function clientAddress(c: AppContext): string {
  return countedAddress(c.req.header("cf-connecting-ip") ?? "");
}

export function countedAddress(text: string): string {
  const written = text.trim().toLowerCase();
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(written)) return written;
  // The URL class writes an IPv4 address inside of an IPv6 one in hexadecimal.
  const parsed = URL.parse(`http://[${written}]/`)?.hostname ?? "";
  const groups = parseIpv6(parsed.slice(1, -1));
  if (groups === null) return UNKNOWN;
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return toIpv4(groups[6] ?? 0, groups[7] ?? 0);
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(":")}::/64`;
}

function toIpv4(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** For logs: the same address has the same hash, and the hash does not lead back to it. */
export async function addressHash(secret: string, address: string): Promise<string> {
  return toHex(await keyedHash(secret, "address", address)).slice(0, HASH_LENGTH);
}
