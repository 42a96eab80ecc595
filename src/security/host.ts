/**
 * Which host names may be called. Pure; works on names only: the addresses of a name cannot be seen
 * or pinned on this platform, so names that are known to lead inside are refused by name.
 */
import { isPublicIpv4, isPublicIpv6 } from "./address.ts";

/** Names of local and private networks, with everything below them. */
const PRIVATE_SUFFIXES: ReadonlySet<string> = new Set([
  "arpa",
  "consul",
  "corp",
  "docker",
  "fritz.box",
  "home",
  "internal",
  "intra",
  "intranet",
  "invalid",
  "kube",
  "lan",
  "local",
  "localdomain",
  "localdomain6",
  "localhost",
  "localnet",
  "onion",
  "private",
  "router",
  "svc",
  "test",
  "workgroup",
]);

/** Public names whose address is a metadata service. */
const METADATA_SUFFIXES: ReadonlySet<string> = new Set([
  "instance-data.com",
  "metadata.azure.com",
  "metadata.goog",
  "metadata.packet.net",
  "metadata.platformequinix.com",
  "metadata.tencentyun.com",
]);

/** Public zones that resolve to the address in the name, or always to loopback. */
const WILDCARD_SUFFIXES: ReadonlySet<string> = new Set([
  "1u.ms",
  "backname.io",
  "bugbounty.dod.network",
  "ddev.site",
  "fuf.me",
  "lacolhost.com",
  "lndo.site",
  "local-ip.co",
  "local-ip.sh",
  "local.gd",
  "localh.st",
  "localho.st",
  "localhost.direct",
  "localtest.me",
  "lvh.me",
  "nip.direct",
  "nip.io",
  "plex.direct",
  "rbndr.us",
  "rebind.network",
  "smackaho.st",
  "spoofed.burpcollaborator.net",
  "sslip.io",
  "traefik.me",
  "ulh.us",
  "vcap.me",
  "xip.io",
  "xip.name",
]);

/**
 * Why a host is not public, or null when it may be. `hostname` has the form of the URL class: lower
 * case, ASCII, IPv6 in brackets, every spelling of an IPv4 address a dotted quad.
 */
export function privateHostReason(hostname: string): string | null {
  if (hostname.startsWith("[")) {
    return isPublicIpv6(hostname.slice(1, -1)) ? null : "The host is not a public address.";
  }
  if (/^[\d.]+$/.test(hostname)) {
    return isPublicIpv4(hostname) ? null : "The host is not a public address.";
  }
  return privateNameReason(withoutRootDot(hostname));
}

/**
 * A host as settings write it, in the form of the URL class and without the root's dot: names in
 * other scripts become ASCII (`bücher.example` is `xn--bcher-kva.example`). null: more or less than
 * a host.
 */
export function asciiHost(written: string): string | null {
  const isBracketed = /^\[[^\]]*\]$/.test(written);
  // What ends a host for the URL class would let `a.example/..` count as `a.example`.
  if (!isBracketed && /[\s/\\?#@:%[\]]/.test(written)) return null;
  const host = URL.parse(`https://${written}/`)?.hostname ?? "";
  return host === "" ? null : withoutRootDot(host);
}

/** A host name without the trailing dot of the root. */
export function withoutRootDot(hostname: string): string {
  return hostname.endsWith(".") ? hostname.slice(0, -1) : hostname;
}

function privateNameReason(name: string): string | null {
  const labels = name.split(".");
  if (labels.includes("")) return "The host name has an empty label.";
  if (labels.length === 1) return "A host name without a dot is not public.";
  if (hasSuffix(labels, PRIVATE_SUFFIXES)) return "The host belongs to a private network.";
  if (hasSuffix(labels, METADATA_SUFFIXES)) return "The host is a metadata service.";
  if (hasSuffix(labels, WILDCARD_SUFFIXES)) {
    return "The host belongs to a zone that resolves to any address.";
  }
  return null;
}

function hasSuffix(labels: readonly string[], suffixes: ReadonlySet<string>): boolean {
  return labels.some((_, index) => suffixes.has(labels.slice(index).join(".")));
}
