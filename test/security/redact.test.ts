import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "#model/json.ts";
import { redactFields, redactText } from "#security/redact.ts";
import { timesFloor } from "../support/effort.ts";

const JWT =
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm5AZXhhbXBsZS5jb20ifQ.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";

describe("redaction takes out", () => {
  it.each<[string, string, string]>([
    // authorization
    [
      "a bearer header",
      "Authorization: Bearer abc.def-123_~+/==",
      "authorization: Bearer [REDACTED]",
    ],
    [
      "a bearer header in capitals",
      "x AUTHORIZATION:bearer\tABC",
      "x authorization: Bearer [REDACTED]",
    ],
    ["a short bearer header", "authorization: bearer x", "authorization: Bearer [REDACTED]"],
    ["basic credentials", "Authorization: Basic dXNlcjpwYXNz", "authorization: Basic [REDACTED]"],
    ["a bearer token alone", "sent Bearer 9f8a7b6c5d4e", "sent Bearer [REDACTED]"],
    [
      "a bearer token in JSON",
      '{"authorization":"Bearer abcdef0123456789"}',
      '{"authorization":"Bearer [REDACTED]"}',
    ],
    ["a long bearer token of letters", `bearer ${"a".repeat(24)}`, "bearer [REDACTED]"],
    // key = value
    ["an api_key", "api_key=abcdefghij0123456789", "api_key: [REDACTED]"],
    ["an api-key in quotes", "api-key: 'abcdefghij0123456789'", "api-key: [REDACTED]"],
    ["an APIKEY", 'APIKEY = "abcdefghij0123456789"', "APIKEY: [REDACTED]"],
    ["a token", "token: abcdefghijklmnop", "token: [REDACTED]"],
    ["an access token", "access_token=ya29_abcdefghijklmnop&x=1", "access_token: [REDACTED]&x=1"],
    ["a client secret", "client_secret=abcdefghijklmnop", "client_secret: [REDACTED]"],
    ["a token with dots", `id_token=${JWT}`, "id_token: [REDACTED]"],
    ["a secret in JSON", '{"secret":"abcdefghijklmnop","n":1}', '{"secret": "[REDACTED]","n":1}'],
    ["a secret in JavaScript", "{apiKey: 'abcdefghijklmnop'}", "{apiKey: [REDACTED]}"],
    ["a password", "password=hunter2 next", "password=[REDACTED] next"],
    ["a password in JSON", '{"password":"hunter2"}', '{"password":"[REDACTED]"}'],
    // tokens by their form
    ["a key of ours", "key wo_dev_0123456789abcdef0123", "key [REDACTED]"],
    ["a JWT", `got ${JWT}.`, "got [REDACTED]."],
    ["an OpenAI key", "sk-proj-abcdefghijklmnop0123", "[REDACTED]"],
    ["a GitHub token", "ghp_abcdefghijklmnopqrstuvwxyz0123456789", "[REDACTED]"],
    ["an AWS key id", "AKIAIOSFODNN7EXAMPLE", "[REDACTED]"],
    ["a Slack token", "xoxb-123456789012-abcdefghijkl", "[REDACTED]"],
    // names and signs
    [
      "an AWS secret",
      "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLE",
      "aws_secret_access_key: [REDACTED]",
    ],
    ["a secret key", "SECRET_KEY=django-insecure-0123", "SECRET_KEY: [REDACTED]"],
    ["a sign of assignment", "token := 0123456789abcdef", "token: [REDACTED]"],
    ["a password behind one", "password := hunter2", "password := [REDACTED]"],
    ["an arrow", "authToken => 0123456789abcdef", "authToken: [REDACTED]"],
    ["a percent-encoded sign", "token%3D0123456789abcdef%26a%3D1", "token: [REDACTED]%26a%3D1"],
    ["a percent-encoded value", "token=s%3A0123456789abcdef", "token: [REDACTED]"],
    ["a quoted value without a sign", "secret '0123456789abcdef' x", "secret '[REDACTED]' x"],
    [
      "JSON in JSON",
      String.raw`{"a":"{\"apiKey\":\"0123456789abcdef\"}"}`,
      String.raw`{"a":"{\"apiKey\": \"[REDACTED]\"}"}`,
    ],
    ["a password in a URL", "redis://:hunter2@cache:6379/0", "redis://:[REDACTED]@cache:6379/0"],
    [
      "a password in the URL of a database",
      "postgres://app:hunter2@db.example.com/app",
      "postgres://app:[REDACTED]@db.example.com/app",
    ],
    [
      "a private key",
      "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIJ0123\n456789ab==\n-----END EC PRIVATE KEY-----",
      "-----BEGIN EC PRIVATE KEY-----\n[REDACTED]\n-----END EC PRIVATE KEY-----",
    ],
    ["a phone number with a slash", "202/555-0132", "[REDACTED_PHONE]"],
    // e-mail
    ["an e-mail address", "to ann@example.com now", "to [REDACTED_EMAIL] now"],
    ["an e-mail address with a tag", "<ann.b+tag_1%x@mail-1.example.co.uk>", "<[REDACTED_EMAIL]>"],
    ["an e-mail address at the end of a sentence", "Ask bo@example.org.", "Ask [REDACTED_EMAIL]."],
    ["an e-mail address before a number label", "bo@example.org.5", "[REDACTED_EMAIL].5"],
    ["an e-mail address in a mailto", "mailto:bo@example.org?x", "mailto:[REDACTED_EMAIL]?x"],
    ["an e-mail address beyond ASCII", "jörg@bücher.example", "[REDACTED_EMAIL]"],
    [
      "an e-mail address with a long local part",
      `${"a".repeat(100)}@example.com`,
      "[REDACTED_EMAIL]",
    ],
    ["two e-mail addresses", "a@b.io,c@d.io", "[REDACTED_EMAIL],[REDACTED_EMAIL]"],
    ["an e-mail address with an apostrophe", "to o'neil.s@example.ie,", "to [REDACTED_EMAIL],"],
    ["an e-mail address with a typographic one", "o’neil@example.ie", "[REDACTED_EMAIL]"],
    ["a quoted e-mail address", "mail='bo@example.org'", "mail='[REDACTED_EMAIL]'"],
    ["one that a quotation begins with", "'bo@example.org is it'", "'[REDACTED_EMAIL] is it'"],
    ["a quoted one with an apostrophe", "'o'neil@example.ie'", "'[REDACTED_EMAIL]'"],
    ["a quoted one behind a letter", "b'bo@example.org'", "b'[REDACTED_EMAIL]'"],
    ["an e-mail address in a URL", "?to=a.b%40example.com&x", "?to=[REDACTED_EMAIL]&x"],
    [
      "an e-mail address in a URL, with a tag",
      "/a%2Bb%40example.com/avatar",
      "/[REDACTED_EMAIL]/avatar",
    ],
    [
      "an e-mail address in a URL within a URL",
      "?next=%2Fin%3Fto%3Dbo%2540example.com%26a",
      "?next=%2Fin%3Fto%3D[REDACTED_EMAIL]%26a",
    ],
    // phone
    ["a phone number with hyphens", "call 555-123-4567 now", "call [REDACTED_PHONE] now"],
    ["a phone number with dots", "415.555.2671", "[REDACTED_PHONE]"],
    ["a phone number with spaces", "415 555 2671", "[REDACTED_PHONE]"],
    ["a phone number with parentheses", "(415) 555-2671", "[REDACTED_PHONE]"],
    [
      "a phone number with parentheses and no space",
      "Phone(415)555-2671.",
      "Phone[REDACTED_PHONE].",
    ],
    ["a phone number with +1", "+1 415 555 2671", "[REDACTED_PHONE]"],
    ["a phone number with +1 and parentheses", "+1 (415) 555-2671", "[REDACTED_PHONE]"],
    ["a phone number with 1", "1-800-555-0199", "[REDACTED_PHONE]"],
    ["a phone number of +1 and ten digits", "+14155552671", "[REDACTED_PHONE]"],
    ["a phone number of ten digits", "tel:4155552671", "tel:[REDACTED_PHONE]"],
    ["a phone number with an extension", "415-555-2671 ext. 22", "[REDACTED_PHONE]"],
    ["a British phone number", "+44 20 7946 0958", "[REDACTED_PHONE]"],
    ["a German phone number", "+49 (0)30 901820", "[REDACTED_PHONE]"],
    // SSN
    ["an SSN", "SSN 078-05-1120.", "SSN [REDACTED_SSN]."],
    ["an SSN alone", "078-05-1120", "[REDACTED_SSN]"],
    ["an SSN without hyphens, when it says so", "ssn: 078051120", "ssn: [REDACTED_SSN]"],
    // cards
    ["a Visa card", "card 4111111111111111", "card [REDACTED_PAN]"],
    ["a card in groups", "4111 1111 1111 1111", "[REDACTED_PAN]"],
    ["a card with hyphens", "5500-0000-0000-0004", "[REDACTED_PAN]"],
    ["an American Express card", "3782 822463 10005", "[REDACTED_PAN]"],
    ["a Diners card", "30569309025904", "[REDACTED_PAN]"],
    ["a Visa card of 13 digits", "4222222222222", "[REDACTED_PAN]"],
    ["a Mastercard of the 2 series", "2223003122003222", "[REDACTED_PAN]"],
    ["a Discover card", "6011000990139424", "[REDACTED_PAN]"],
    ["a card of 19 digits", "6304000000000000000", "[REDACTED_PAN]"],
    [
      "a card with its verification number behind it",
      "4111 1111 1111 1111 123",
      "[REDACTED_PAN] 123",
    ],
    ["a card with its month behind it", "4111111111111111 12/29", "[REDACTED_PAN] 12/29"],
    ["a card after a count", "2 4111 1111 1111 1111", "2 [REDACTED_PAN]"],
    ["two cards", "4111111111111111 5500000000000004", "[REDACTED_PAN] [REDACTED_PAN]"],
  ])("%s", (_, text, redacted) => {
    expect(redactText(text)).toBe(redacted);
  });
});

describe("the patterns that the specification lists, the one for phones written right", () => {
  const SPECIFIED: [string, RegExp, string, string[]][] = [
    [
      "bearer",
      /authorization:\s*bearer\s+[A-Za-z0-9\-._~+/]+=*/gi,
      "authorization: Bearer [REDACTED]",
      ["Authorization: Bearer aZ0-._~+/==", "x AUTHORIZATION:bearer\t q, authorization:  bearer 1"],
    ],
    [
      "api key, token, secret",
      /(api[_-]?key|token|secret)\s*[:=]\s*['"]?[A-Za-z0-9_-]{16,}['"]?/gi,
      "$1: [REDACTED]",
      [
        "api_key=0123456789abcdef",
        "API-Key: 'abcdefghijklmno_'",
        'apikey = "ABCDEFGHIJKLMNOP" x',
        "my_token:abcdefghijklmnop&secret=ABCDEF-0123456789",
      ],
    ],
    [
      "e-mail",
      /[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}/g,
      "[REDACTED_EMAIL]",
      ["a.b%c+d-e_f@g-h.i.jk and <x@y.museum>"],
    ],
    [
      "phone",
      /(?<!\w)(?:\+?1[-.\s]?)?\(?\d{3}\)?[-.\s]?\d{3}[-.\s]?\d{4}\b/g,
      "[REDACTED_PHONE]",
      [
        "415-555-2671, (415) 555-2671, 415.555.2671 or 415 555 2671",
        "+1 415 555 2671; 1-415-555-2671; +14155552671; 4155552671",
      ],
    ],
    ["SSN", /\b\d{3}-\d{2}-\d{4}\b/g, "[REDACTED_SSN]", ["078-05-1120 (219-09-9999)"]],
    [
      "card",
      /\b(?:\d[ -]*?){13,19}\b/g,
      "[REDACTED_PAN]",
      ["4111111111111111, 4111 1111 1111 1111", "4222222222222; 6304000000000000000"],
    ],
  ];

  it.each(SPECIFIED)("%s", (_, pattern, replacement, texts) => {
    for (const text of texts) {
      expect(text).toMatch(pattern);
      expect(redactText(text)).toBe(text.replaceAll(pattern, replacement));
    }
  });
});

describe("redaction leaves alone", () => {
  it.each<[string, string]>([
    ["a run id", "run_4155552671411111111111111111abcd"],
    ["a run id of digits", "run_4111111111111111"],
    ["a step's place", "run_0a1b2c3d4e5f6g7h:generate"],
    ["an ISO timestamp", "2026-11-22T16:38:01.123Z"],
    ["an ISO timestamp with an offset", "2026-11-22T16:38:01.123+10:00"],
    ["a date and time with a space", "2026-11-22 16:38:01"],
    ["a compact timestamp", "20261122163801123"],
    ["a UUID", "550e8400-e29b-41d4-a716-446655440000"],
    ["a UUID of digits", "12345678-1234-4123-8123-123456789012"],
    ["milliseconds since 1970", "1795365481123"],
    ["milliseconds since 1970 that pass Luhn", "1795365481124 1795365481132 1795365481140"],
    ["seconds since 1970", "1795365481"],
    ["microseconds since 1970", "1795365481123456"],
    ["latencies", "took 1234 ms, then 12345.678 ms, then 100 200 3000"],
    ["bytes", "262144 of 1048576 bytes"],
    ["a decimal fraction", "0.4155552671"],
    ["an IP address and port", "93.184.216.34:8443"],
    ["a hash", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    ["a trace parent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    ["16 digits that are no card", "4111111111111112"],
    ["20 digits that pass Luhn", "41111111111111111115"],
    ["a list of years", "2021 2022 2023 2024"],
    ["a list of digits", "4 5 6 7 8 9 1 2 3 4 5 6 7 8 9"],
    ["a field behind the type of a token", "token_type=bearer expires_in=3600"],
    ["a package in a URL", "/%40scope%2fname /name%401.2.3 /a%40b"],
    ["a bearer of news", "the bearer ordinarily waits; basic understanding"],
    ["a short token", "token: abc"],
    ["counts of tokens", "tokens_prompt: 1234567890123456, tokens_output=99"],
    ["an at sign", "a @ b, @ann, ann@host, x@y.z"],
    ["a version", "0.2.0 and 24.21.0"],
    ["the place of a password", "password: ******** or ${PASSWORD} or {{secrets.PASSWORD}}"],
    ["a variable for a password", "password=$PASSWORD"],
    ["the place of a password in a URL", "postgres://app:${PASSWORD}@db.internal/app"],
    ["a quoted word behind a secret", 'the secret "confidentiality-first" policy'],
    ["a repository", "git@github.example:team/repo.git"],
    ["a part number", "part A-221-44-8590"],
    ["a size in bytes", "offset 5361709120"],
    ["a public key", "-----BEGIN PUBLIC KEY-----"],
    ["a workflow's names", "content_draft_flow two_step wo_short email_v1"],
    ["its own marks", "[REDACTED] [REDACTED_EMAIL] [REDACTED_PHONE] [REDACTED_SSN] [REDACTED_PAN]"],
  ])("%s", (_, text) => {
    expect(redactText(text)).toBe(text);
  });
});

describe("redaction", () => {
  it("changes nothing the second time", () => {
    const piece = fc.constantFrom(
      "authorization: Bearer x1",
      "api_key=",
      "token: ",
      "abcdefghijklmnop",
      "ann@example.com",
      "415-555-2671",
      "078-05-1120",
      "4111 1111 1111 1111",
      "password:",
      "://a:b@",
      "secret_key '",
      "%3D",
      "=>",
      "-----BEGIN PRIVATE KEY-----",
      '"',
      "'",
      " ",
      "-",
      "1",
      "Bearer ",
      JWT,
      "+1",
      "(",
      ")",
      ".",
      "secret",
      "=",
      "[",
      "]",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const once = redactText(pieces.join(""));
        expect(redactText(once)).toBe(once);
      }),
    );
  });

  it.each<[string, string]>([
    ["letters", "a"],
    ["digits", "1"],
    ["digits of a card", "4"],
    ["digits in groups", "4111 "],
    ["single digits", "1 "],
    ["at signs", "a@"],
    ["domains without an end", "a@b."],
    ["encoded at signs", "a%40"],
    ["encoded at signs and domains", "%40b.io"],
    ["codes of a URL", "%2B"],
    ["addresses in quotes", "a'a@b.io'"],
    ["apostrophes", "a'"],
    ["fields behind a bearer", "bearer a="],
    ["dots", "."],
    ["spaces", " "],
    ["a digit and spaces", `1${" ".repeat(1000)}`],
    ["beginnings of JWTs", "eyJ"],
    ["beginnings of JWTs with dots", "eyJabcdef."],
    ["beginnings of keys", "sk-"],
    ["token and a colon", "token:"],
    ["token and spaces", `token${" ".repeat(20)}`],
    ["authorization and spaces", `authorization:${" ".repeat(20)}`],
    ["bearer", "bearer "],
    ["password", "password="],
    ["passwords in URLs", "://a:b"],
    ["users in URLs", "://aaaaaaaaaaaaaaaa"],
    ["private keys", "-----BEGIN PRIVATE KEY-----"],
    ["lines of private keys", "AAAA\n"],
    ["secrets and quotes", "secret '"],
    ["encoded signs", "token%3D"],
    ["encoded values", "token=%41"],
    ["secret and key", "secret_access_key"],
    ["parentheses", "("],
    ["plus signs", "+1"],
    ["plus signs with separators", "+1 ("],
    ["parts of phone numbers", "415-555-"],
    ["parts of SSNs", "078-05-"],
    ["hyphens", "-"],
    ["quotes", '"'],
  ])("is linear on a megabyte of %s", (_, piece) => {
    const text = piece.repeat(Math.ceil(2 ** 20 / piece.length));
    expect(timesFloor(() => void redactText(`${text}!`))).toBeLessThan(200);
  });
});

describe("redaction of fields", () => {
  it.each([
    "authorization",
    "Authorization",
    "proxy-authorization",
    "cookie",
    "Set-Cookie",
    "api_key",
    "apiKey",
    "x-api-key",
    "token",
    "access_token",
    "resumeToken",
    "secret",
    "client_secret",
    "password",
    "Passphrase",
    "private_key",
    "credentials",
    "jwt",
    "ssn",
    "card_number",
    "cvv",
  ])("takes out the whole of %s", (name) => {
    expect(redactFields({ [name]: { any: ["thing", 1] } })).toEqual({ [name]: "[REDACTED]" });
    expect(redactFields({ a: [{ [name]: 12 }] })).toEqual({ a: [{ [name]: "[REDACTED]" }] });
  });

  it.each([
    "tokens_prompt",
    "tokens_output",
    "max_output_tokens",
    "idempotency_key",
    "key_id",
    "author",
    "secret_name",
    "step_id",
    "run_id",
    "cost_usd",
    "at",
    "message",
  ])("leaves %s", (name) => {
    expect(redactFields({ [name]: 12 })).toEqual({ [name]: 12 });
    expect(redactFields({ [name]: "plain" })).toEqual({ [name]: "plain" });
  });

  it("redacts texts and keys by form, and leaves numbers, booleans and null", () => {
    expect(
      redactFields({
        "ann@example.com": ["call 415-555-2671", 4111111111111111, true, null],
        token: null,
        deep: { message: "api_key=abcdefghij0123456789", at: "2026-11-22T16:38:01.123Z" },
      }),
    ).toEqual({
      "[REDACTED_EMAIL]": ["call [REDACTED_PHONE]", 4111111111111111, true, null],
      token: null,
      deep: { message: "api_key: [REDACTED]", at: "2026-11-22T16:38:01.123Z" },
    });
  });

  it("takes out what is nested too deeply, and does not follow it", () => {
    const deep = JSON.parse(
      `{"a":${"[".repeat(50_000)}"ann@example.com"${"]".repeat(50_000)}}`,
    ) as JsonObject;
    const text = JSON.stringify(redactFields(deep));
    expect(text).toContain("[REDACTED]");
    expect(text.length).toBeLessThan(200);
  });

  it("does not change what it was given", () => {
    const fields = { token: "x", list: ["ann@example.com"] };
    redactFields(fields);
    expect(fields).toEqual({ token: "x", list: ["ann@example.com"] });
  });
});
