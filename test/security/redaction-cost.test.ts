/** What redaction takes, in multiples of a floor: linear in the text, of any characters. */
import { describe, expect, it } from "vitest";
import { redactLogFields } from "#security/redact.ts";
import { timesFloor } from "../support/effort.ts";

const LENGTH = 50_000;
/** Twice by 2.5, and a quarter for noise; what grows with the square takes 16 times as long. */
const MAX_GROWTH = 8;
const ROUNDS = 10;

/** What takes less than a few floors is measured too coarsely to be divided. */
const mostOf = (once: number): number => Math.max(MAX_GROWTH * once, once + 3);

const cost = (piece: string, length: number): number => {
  // Whole pieces: a text that ends within one may have a finding more, and is searched once more.
  const message = piece.repeat(Math.ceil(length / piece.length));
  const times = [0, 1, 2].map(() =>
    timesFloor(() => void redactLogFields({ message: `${message}!` })),
  );
  return Math.min(...times);
};

describe("four times the text", () => {
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
  ])("takes at most 8 times as long: %s", (piece) => {
    let [once, fourfold] = [Infinity, Infinity];
    // In turns, and until it is believed: the same work takes up to three times as long on a core
    // that another process uses as well. Work that grows faster does so in every round.
    for (let round = 0; round < ROUNDS && !(round > 1 && fourfold <= mostOf(once)); round++) {
      once = Math.min(once, cost(piece, LENGTH));
      fourfold = Math.min(fourfold, cost(piece, 4 * LENGTH));
    }
    expect(fourfold).toBeLessThanOrEqual(mostOf(once));
  });
});
