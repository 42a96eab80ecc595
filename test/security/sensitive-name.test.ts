import { describe, expect, it } from "vitest";
import { isSensitiveName } from "#security/sensitive-name.ts";

describe("a name", () => {
  it.each([
    ["of 256 characters is looked at", 256, true],
    ["of 257 characters is not: it is text of a caller, and no name of a field", 257, false],
  ])("%s", (_what, length, isSensitive) => {
    expect(isSensitiveName("token".padStart(length, "x"))).toBe(isSensitive);
  });
});
