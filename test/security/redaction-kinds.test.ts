/**
 * Credentials that only what is around them says to be such: the name of a vendor, a name without a
 * sign, the header of a request; and what looks as random, and is none.
 */
import { describe, expect, it } from "vitest";
import { findSensitive, redactText } from "#security/redact.ts";

const HEX_40 = "9dc02f4aae3cff75e4b8ec9ba4b35c65471fae68";
const HEX_32 = "b1946ac92492d2347c6235b4d2611184";
const MIXED = "ODY1meejtsqjfCWHBOgshddO6vrIifiY";
const LETTERS = "zwFvdXhWUfhJlcGJhMaUiF";
const UUID = "9f8a7b6c-1234-4abc-9def-001122334455";

describe("a key that the name of a vendor says to be one", () => {
  it.each([
    [`cloudsmith: "${HEX_40}"`, HEX_40],
    [`CLOUDSMITH=${HEX_40}`, HEX_40],
    [`{"finnhub":"${MIXED}"}`, MIXED],
    [`const mailgun = '${HEX_32}';`, HEX_32],
    [`datadog_api: ${HEX_32}`, HEX_32],
    [`newRelic = "${MIXED}"`, MIXED],
    [`HEROKU_API=${UUID}`, UUID],
    [`twilioAuth => "${HEX_32}"`, HEX_32],
    [`stripe.live: ${MIXED}`, MIXED],
    [`convertkit_key: "${LETTERS}"`, LETTERS],
    [`put("algolia", "${MIXED}")`, MIXED],
    [`messagebird_key = ${MIXED}`, MIXED],
  ])("is found: %s", (text, key) => {
    expect(redactText(text)).not.toContain(key);
  });

  it.each([
    ["an id", `heroku: ${UUID}`],
    ["a commit", `github: ${HEX_40}`],
    ["a digest", `docker_image = "sha256:${HEX_40}"`],
    ["an account", `stripe_account: acct_of_the_company_in_germany`],
    ["a host", `datadog: intake-eu1.logs.datadoghq-2024.com`],
    ["a version", `sentry = "7.119.2-beta.20241104"`],
    ["a region", `aws: us-east-1-production-cluster-02`],
    ["a page", `shopify: "/admin/api/2024-10/orders/55f2"`],
    ["words", `intercom: "the-conversation-with-customer-2"`],
    ["a name", `slack: getUserAccountSettingsByName`],
    ["a name", `message_key = ${MIXED}`],
    ["its id", `segment_id: ${HEX_32}`],
    ["its id", `mailchimp_list_id: "${HEX_32}"`],
  ])("is not %s: %s", (_what, text) => {
    expect(redactText(text)).toBe(text);
  });
});

describe("a key behind a name and a space", () => {
  it.each([
    [`miro_token ${MIXED}`, MIXED],
    [`acmeSECRET ${HEX_40} was used`, HEX_40],
    [`acme_api_key "${MIXED}"`, MIXED],
    [`set CIRCLE_TOKEN ${HEX_40}`, HEX_40],
    [`twilioKEY ${UUID}`, UUID],
    [`acme KEY ${HEX_40}`, HEX_40],
    [`acme SECRET "${MIXED}"`, MIXED],
    [`acme-key-ACCESS ${HEX_32}`, HEX_32],
    [`acmePRIVATEKEY isuYFZQksgLYithMCYnocv`, "isuYFZQksgLYithMCYnocv"],
    [`acme-secret-${UUID}`, UUID],
    [`acme-private-key-${UUID}`, UUID],
    [`acme-SECRET-${MIXED}`, MIXED],
  ])("is found: %s", (text, key) => {
    expect(redactText(text)).not.toContain(key);
  });

  it.each([
    `cache key ${HEX_40}`,
    `key ${HEX_32} evicted`,
    `access_token getUserAccountSettingsByName`,
    `client_secret application/x-www-form-urlencoded`,
    `refresh_token at 2026-11-29T00:00:00.000Z`,
    `auth_token src/security/redact-vendor2.ts:14`,
    `primary_key ${UUID}`,
    `the api_key parameter-of-the-request-2`,
    `primary KEY ${HEX_40}`,
    `duplicate KEY ${HEX_40}`,
    `nginx ACCESS 9dc02f4aae3cff75`,
    `nginx ACCESS getUserAccountSettingsByNameAndTheRest`,
    `FOREIGN KEY ${HEX_40}`,
    `acme-secret-name-${UUID}`,
    `pvc-${UUID}`,
    `session_token getHTTPServerAddressOfTheRun`,
    `session_token https20241104183022`,
  ])("is not in: %s", (text) => {
    expect(redactText(text)).toBe(text);
  });
});

describe("the header of a request", () => {
  it.each([
    [`Authorization: aivenv1 ${MIXED}`, MIXED],
    [`authorization: AcmeToken ${HEX_40}`, HEX_40],
    [`-H 'Authorization: CloudThing ${UUID}'`, UUID],
    [`{"Authorization":"Fancy ${MIXED}"}`, MIXED],
    [`headers["Authorization"] = "Acme-Key ${MIXED}"`, MIXED],
    [`("Authorization", "Bearer ${MIXED}")`, MIXED],
    [`x_auth: "Bearer ${MIXED}=a/${LETTERS}"`, LETTERS],
    [`Authorization: ${MIXED} was refused`, MIXED],
    [`{"key":"Authorization","value":"Bearer ${MIXED}"}`, MIXED],
    [`Authorization: Token token="${MIXED}", email="x"`, MIXED],
    [`Authorization: Credential=AKIDEXAMPLE/20150830/us-east-1, Signature=${HEX_40}`, HEX_40],
  ])("is found, as a bearer: %s", (text, key) => {
    expect(redactText(text)).not.toContain(key);
    expect(findSensitive(text).map(({ kind }) => kind)).toContain("bearer");
  });

  it.each([
    "Authorization: required for /v1/runs/run_0123456789abcdef",
    "authorization header missing for request 9f8a7b6c12344abc",
    "Authorization: <scheme> <credentials>",
    "authorization: see chapter 11.6.2",
    "basic authentication with http/1.1 and version 2.31.0-rc1",
    'token_type: "bearer"',
  ])("is not in: %s", (text) => {
    expect(redactText(text)).toBe(text);
  });
});

describe("what looks random, and is no credential", () => {
  it.each([
    `request_id=${UUID} trace_id=${HEX_32} span_id=b7ad6b7169203331`,
    `{"commit":"${HEX_40}","etag":"${HEX_32}","sha256":"${HEX_32}${HEX_32}"}`,
    `"integrity": "sha512-8bM0hRGbqK7cN0nzRl3Rn0m1zQYcN3k3y8J5b5mX0y8hQ2h2w=="`,
    `image: ghcr.io/acme/app@sha256:${HEX_32}${HEX_32}`,
    `<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk">`,
    `uses: actions/checkout@${HEX_40} # v4.2.2`,
    `checksum = "${HEX_32}${HEX_32}"`,
    `github.com/acme/lib v0.0.0-20241104183022-9dc02f4aae3c h1:8bM0hRGbqK7cN0nzRl3Rn0m1zQYcN3k3=`,
    `"id": "run_0123456789abcdef", "cursor": "eyJpZCI6MTIzfQ"`,
    `User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0.0.0`,
    `fingerprint: SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8`,
    `cache-key: node-20-linux-x64-${HEX_32}`,
    `idempotency_key: ${UUID}`,
  ])("stays: %s", (text) => {
    expect(redactText(text)).toBe(text);
  });
});

describe("a signature of fields behind a name", () => {
  it("is one value to its end", () => {
    const fields =
      "sv=2024-11-04&ss=b&srt=sco&st=2026-11-29T06:58:16Z&sig=AHpRzAEE7fFEmTNU%2Boanb%3D";
    for (const text of [`BLOB_SAS_TOKEN=${fields} next`, `"sasToken": "?${fields}"`]) {
      expect(redactText(text)).not.toMatch(/2024-11-04|06:58|AHpR|sco/);
    }
  });
});

describe("code that holds a credential", () => {
  it.each([
    [`builder.setPassword("Sommer2026!")`, "Sommer2026!"],
    [`client.withApiKey("${MIXED}")`, MIXED],
    [`cfg.token('${UUID}')`, UUID],
    [`new NetworkCredential("admin", "Sommer2026!")`, "Sommer2026!"],
    [`requests.get(url, auth=("admin", "Sommer2026!"))`, "Sommer2026!"],
    [`HTTPBasicAuth('admin', 'Sommer2026!')`, "Sommer2026!"],
    [`ConvertTo-SecureString "Sommer2026!" -AsPlainText -Force`, "Sommer2026!"],
    [`ConvertTo-SecureString -String 'Sommer2026!' -AsPlainText`, "Sommer2026!"],
    [`{"kty":"EC","crv":"P-256","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}`, "870MB6"],
    [`curl -u ${MIXED}: https://api.acme.io/v1`, MIXED],
    [`acme_live_${MIXED}`, MIXED],
    [`acme-api-${MIXED}`, MIXED],
    [`pat_${MIXED}`, MIXED],
    [`gpg --decrypt --passphrase R3HwiVE3G03 --output x`, "R3HwiVE3G03"],
    [`deploy --force --token ${MIXED}`, MIXED],
    [`PASWORD:=Sommer2026`, "Sommer2026"],
    [`authorization: bearer live_7fz0abYF53=${MIXED}`, MIXED],
  ])("loses it: %s", (text, key) => {
    expect(redactText(text)).not.toContain(key);
  });

  it.each([
    `getToken("access_token_of_the_run")`,
    `env.getSecret("DB_PASSWORD_2")`,
    `findByApiKey("name")`,
    `t("password")`,
    `expect(token("Bearer")).toBe(1)`,
    `auth=("user", password)`,
    `login("user", "<password>")`,
    `ConvertTo-SecureString $env:PASSWORD -AsPlainText`,
    `{"kty":"EC","crv":"P-256","x":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}`,
    `test_api_returnsTheUserOfTheSession2`,
    `my-api-0123456789abcdef.eu-west-1.example.com`,
    `pi_3MtwBwLkdIwHu7ix28a3tqPa succeeded`,
    `curl -u admin: https://localhost`,
    `tool --passphrase --output file`,
    `tool --no-token --verbose x`,
    `PASWORD: required`,
  ])("stays: %s", (text) => {
    expect(redactText(text)).toBe(text);
  });
});

describe("a key in the path of an address", () => {
  it.each([
    [`https://api.acme.io/v1/token/${MIXED}`, MIXED],
    [`https://api.acme.io/api-key/${HEX_40}/users`, HEX_40],
    [`https://eth-mainnet.g.alchemy.com/v2/${MIXED}/getNFTs`, MIXED],
    [`wss://mainnet.infura.io/ws/v3/${HEX_32}`, HEX_32],
  ])("is found: %s", (text, key) => {
    expect(redactText(text)).not.toContain(key);
  });

  it.each([
    `https://api.acme.io/v1/token/${UUID}`,
    `https://api.acme.io/v1/tokens/${HEX_40}`,
    `https://etherscan.io/token/0x${HEX_40}`,
    `https://api.acme.io/v1/runs/${HEX_32}`,
    `https://acme.io/docs/token/how-to-rotate-a-token-in-2026`,
    `https://acme.io/src/token/getUserAccountSettings2`,
    `https://docs.alchemy.com/v2/reference-of-the-methods`,
  ])("is not in: %s", (text) => {
    expect(redactText(text)).toBe(text);
  });
});

describe("personal data side by side", () => {
  it("keeps its kinds, and what is between them", () => {
    const row = "(name, mail, ssn) VALUES ('Ann', 'ann@example.com', '641-75-8350')";
    expect(redactText(row)).toBe(
      "(name, mail, ssn) VALUES ('Ann', '[REDACTED_EMAIL]', '[REDACTED_SSN]')",
    );
    expect(redactText('{"ssn":["641758350"]}')).toBe('{"ssn":["[REDACTED_SSN]"]}');
  });
});
