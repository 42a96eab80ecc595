/**
 * Which IP addresses are on the public internet. Pure, and default-deny: an address that is not
 * clearly global unicast is not public.
 *
 * The blocks are those of the IANA special-purpose registries (RFC 6890 and its updates), also
 * where the registry calls one reachable, and addresses that a cloud assigns to its metadata service
 * inside public space.
 */

/** [first address, prefix length] */
type Block4 = readonly [string, number];

const NOT_PUBLIC_4: readonly Block4[] = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // carrier-grade NAT
  ["127.0.0.0", 8], // loopback
  ["168.63.129.16", 32], // Azure's platform address
  ["169.254.0.0", 16], // link-local, metadata
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.31.196.0", 24], // AS112
  ["192.52.193.0", 24], // AMT
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16], // private
  ["192.175.48.0", 24], // AS112
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
];

/** Inside 2000::/3, the only global unicast space; everything outside it is not public. */
const NOT_PUBLIC_6: readonly (readonly [readonly number[], number])[] = [
  [[0x2001, 0x0000], 23], // protocol assignments: Teredo, ORCHID, benchmarks
  [[0x2001, 0x0db8], 32], // documentation
  [[0x2002], 16], // 6to4: an IPv4 address inside
  [[0x2620, 0x004f, 0x8000], 48], // AS112
  [[0x3ffe], 16], // 6bone, returned
  [[0x3fff], 20], // documentation
];

/** Whether a dotted quad, in the form of URL, is a public address. False for other text. */
export function isPublicIpv4(text: string): boolean {
  const address = parseIpv4(text);
  if (address === null) return false;
  return !NOT_PUBLIC_4.some(([first, length]) => {
    const base = parseIpv4(first);
    // Arithmetic instead of shifts: addresses from 128.0.0.0 on are negative as signed integers.
    const size = 2 ** (32 - length);
    return base !== null && Math.floor(address / size) === Math.floor(base / size);
  });
}

/**
 * Whether an IPv6 address, without brackets, is a public address. Mapped, compatible, translated
 * (NAT64), 6to4 and Teredo addresses are not, even with a public IPv4 address inside. False for
 * text that is not an address, zone ids included.
 */
export function isPublicIpv6(text: string): boolean {
  const groups = parseIpv6(text);
  if (groups === null) return false;
  if (!hasPrefix(groups, [0x2000], 3)) return false;
  return !NOT_PUBLIC_6.some(([first, length]) => hasPrefix(groups, first, length));
}

function parseIpv4(text: string): number | null {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return null;
  let address = 0;
  for (const part of text.split(".")) {
    const byte = Number(part);
    if (byte > 255) return null;
    address = address * 256 + byte;
  }
  return address;
}

/** The eight groups of an IPv6 address, without brackets; null: it is none. */
export function parseIpv6(text: string): number[] | null {
  const [head = "", tail, ...more] = text.split("::");
  if (more.length > 0) return null;
  const left = parseGroups(head);
  const right = tail === undefined ? [] : parseGroups(tail);
  if (left === null || right === null) return null;
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  return [...left, ...Array.from({ length: missing }, () => 0), ...right];
}

function parseGroups(text: string): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  for (const group of text.split(":")) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return null;
    groups.push(Number.parseInt(group, 16));
  }
  return groups;
}

function hasPrefix(groups: readonly number[], first: readonly number[], length: number): boolean {
  for (let bit = 0; bit < length; bit += 16) {
    const mask = (0xffff << Math.max(0, 16 - (length - bit))) & 0xffff;
    const group = bit / 16;
    if (((groups[group] ?? 0) & mask) !== ((first[group] ?? 0) & mask)) return false;
  }
  return true;
}
