/** What redaction takes, in multiples of a floor: linear in the text, of any characters. */
import { describe, expect, it } from "vitest";
import { redactLogFields } from "#security/redact.ts";
import { timesFloor } from "../support/effort.ts";

const LENGTH = 100_000;
const MAX_GROWTH = 2.5;

const cost = (piece: string, length: number): number => {
  // Whole pieces: a text that ends within one may have a finding more, and is searched once more.
  const message = piece.repeat(Math.ceil(length / piece.length));
  const times = [0, 1, 2, 3, 4].map(() =>
    timesFloor(() => void redactLogFields({ message: `${message}!` })),
  );
  return Math.min(...times);
};

describe("twice the text", () => {
  it.each([
    "@",
    "1",
    "a.a.a.",
    "-----BEGIN PRIVATE KEY-----",
    "QUJD",
    "key:",
    "password: ",
    "password is ",
    "password={{",
    'token="<',
    "密码",
    "passwort ist ",
    "bearer=",
    'authorization: digest a="',
    "cookie: a=b; ",
    "://a:b",
    "?a=b&",
    "hook.make.com/",
    "mysql -p",
    "curl -u a:",
    "--password ",
    "glc_/",
    "ssn 123",
    "phone: 1 ",
    "0123/",
    "+1 (",
    "4111-",
    "<password a",
    '"token", ',
    "пароль: ",
    "acme_token aaaaaaaaaaaaaaaa ",
    "github: 0a0a0a0a0a0a0a0a ",
    "Authorization: a b1c2d3e4f5 ",
    'login("a", "b',
    "sasToken=sp=a&",
    "sk_api_a",
    "acme KEY aaaaaaaaaaaaaaaa ",
    "/token/aaaaaaaaaaaaaaaaaaaa",
  ])("takes at most 2.5 times as long: %s", (piece) => {
    cost(piece, LENGTH);
    const once = cost(piece, LENGTH);
    // What takes less than a few floors is measured too coarsely to be divided.
    expect(cost(piece, 2 * LENGTH)).toBeLessThanOrEqual(Math.max(MAX_GROWTH * once, once + 3));
  });
});
