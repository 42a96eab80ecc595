import { describe, expect, it, test } from "vitest";
import { currentSecret, firstSecret, parseServerSecrets } from "#security/server-secrets.ts";

const FIRST = "the first secret, of at least 32 characters";
const NEW = "another one: it may have colons, of 32 characters";

const ringOf = (text: string) => {
  const read = parseServerSecrets(FIRST, text);
  if (!read.ok) throw new Error(read.error);
  return read.value;
};

describe("the versions of the server secret", () => {
  it("are SERVER_SECRET alone as version 1", () => {
    expect(firstSecret(FIRST)).toEqual({ current: 1, versions: new Map([[1, FIRST]]) });
    expect(ringOf("1")).toEqual(firstSecret(FIRST));
  });

  it.each([
    ["1,2:" + NEW.replace(",", ""), 1, [1, 2]],
    [`2:${NEW.replace(",", "")} , 1`, 2, [2, 1]],
    [`255:${NEW.replace(",", "")}`, 255, [255]],
  ])("%s: the first entry signs, all verify", (text, current, versions) => {
    const ring = ringOf(text);
    expect(ring.current).toBe(current);
    expect([...ring.versions.keys()]).toEqual(versions);
    expect(currentSecret(ring)).toBe(current === 1 ? FIRST : NEW.replace(",", ""));
  });

  test.each([
    ["", /entry 1 is not/],
    ["2", /entry 1 has no secret/],
    ["2:", /entry 1 has no secret/],
    ["0:x", /entry 1 is not/],
    ["256:x", /entry 1 is not/],
    ["1.5:x", /entry 1 is not/],
    ["two:x", /entry 1 is not/],
    ["1:other", /entry 1 has a value for version 1/],
    ["1,1", /entry 2 repeats a version/],
    ["2:a,2:b", /entry 2 repeats a version/],
    ["2:a,3:a", /entry 2 repeats the secret/],
    [`2:${FIRST.replace(",", "")},`, /entry 2 is not/],
  ])("%j is refused, without a word of the secret", (text, expected) => {
    const read = parseServerSecrets(FIRST, text);
    expect(read.ok ? "" : read.error).toMatch(expected);
    expect(read.ok ? "" : read.error).not.toContain(FIRST.slice(0, 9));
  });

  it("do not have the secret of the first one twice", () => {
    const first = "no comma in this one, or two entries".replace(",", "");
    expect(parseServerSecrets(first, `2:${first},1`)).toMatchObject({ ok: false });
  });
});
