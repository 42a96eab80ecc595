import { expect, test } from "vitest";
import { addressHash, countedAddress } from "#http/door/client-address.ts";

test.each([
  ["198.51.100.7", "198.51.100.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
  ["2001:0DB8:0001:0002:FFFF:0:0:1", "2001:db8:1:2::/64"],
  ["2001:db8:1:3::1", "2001:db8:1:3::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::ffff:198.51.100.7", "198.51.100.7"],
  ["::ffff:c633:6407", "198.51.100.7"],
  ["", "unknown"],
  ["localhost", "unknown"],
  ["1.2.3.4, 5.6.7.8", "unknown"],
  ["fe80::1%eth0", "unknown"],
])("%s counts as %s", (address, counted) => {
  expect(countedAddress(address)).toBe(counted);
});

test("the hash of an address says nothing of it, and is another one under another secret", async () => {
  const hash = await addressHash("s".repeat(32), "198.51.100.7");
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  expect(await addressHash("s".repeat(32), "198.51.100.7")).toBe(hash);
  expect(await addressHash("t".repeat(32), "198.51.100.7")).not.toBe(hash);
  expect(await addressHash("s".repeat(32), "198.51.100.8")).not.toBe(hash);
});
