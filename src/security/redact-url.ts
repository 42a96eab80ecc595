/** Forms of credentials in addresses: user names, parameters, paths of webhooks. */
import type { Finding } from "./redact-finding.ts";
import { byPattern, finding, type Form } from "./redact-form.ts";
import { isUuid, looksDrawn, looksRandom } from "./redact-value.ts";
import { anyOf } from "./redact-words.ts";

/** Services whose addresses are credentials by their path, and how many parts of it stay. */
const WEBHOOKS: readonly RegExp[] = [
  /hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/(?<value>[\w/%+-]{8,256})/dgi,
  /(?:discord|discordapp)\.com\/api\/(?:v\d+\/)?webhooks\/(?<value>\d{6,24}\/[\w-]{8,128})/dgi,
  /[\w.-]{1,64}\.webhook\.office\.com\/webhookb2\/(?<value>[\w@/%-]{8,512})/dgi,
  /outlook\.office(?:365)?\.com\/webhook\/(?<value>[\w@/%-]{8,512})/dgi,
  /[\w.-]{1,128}\.(?:logic\.azure\.com|powerplatform\.com)(?::443)?\/[^\s"'<>?]{1,256}\?(?<value>[^\s"'<>[]{8,1024})/dgi,
  /hooks\.zapier\.com\/hooks\/(?:standard|catch)\/(?<value>[\w/-]{6,128})/dgi,
  /hook\.(?:[a-z]{2}\d\.)?(?:make|integromat)\.com\/(?<value>[\w-]{8,128})/dgi,
  /chat\.googleapis\.com\/v1\/spaces\/[\w-]{1,64}\/messages\?(?<value>[^\s"'<>[]{8,1024})/dgi,
  /api\.telegram\.org\/(?:file\/)?bot(?<value>\d{6,12}:[\w-]{20,64})/dgi,
  /maker\.ifttt\.com\/(?:trigger\/[\w-]{1,128}\/(?:json\/)?with\/key|use)\/(?<value>[\w-]{8,64})/dgi,
  /open\.(?:feishu\.cn|larksuite\.com)\/open-apis\/bot\/(?:v2\/)?hook\/(?<value>[\w-]{8,64})/dgi,
  /qyapi\.weixin\.qq\.com\/cgi-bin\/webhook\/send\?key=(?<value>[\w-]{8,64})/dgi,
  /events\.pagerduty\.com\/(?:integration|x-ere)\/(?<value>\w{16,64})/dgi,
  /hooks\.airtable\.com\/workflows\/v1\/genericWebhook\/(?<value>[\w/-]{8,128})/dgi,
  /hooks\.(?:glip|ringcentral)\.com\/webhook\/(?:v2\/)?(?<value>[\w-]{8,1024})/dgi,
  /\.g\.alchemy\.com\/(?:nft\/)?v\d\/(?<value>[\w-]{20,128})/dgi,
  /api\.flightapi\.io\/\w{2,32}\/(?<value>[0-9a-f]{24})/dgi,
  /\.infura\.io\/(?:ws\/)?v\d\/(?<value>[0-9a-f]{32})/dgi,
  /\.quiknode\.pro\/(?<value>[0-9a-f]{32,64})/dgi,
  /webhook\.site\/(?<value>[0-9a-f]{8}-[0-9a-f-]{27})/dgi,
  /[\w-]{1,64}\.m\.pipedream\.net\/?(?<value>[\w-]{8,64})?/dgi,
  /api\.(?:eu\.)?opsgenie\.com\/v1\/json\/\w{1,32}\?apiKey=(?<value>[\w-]{16,64})/dgi,
  /hc-ping\.com\/(?<value>[\w-]{16,64})/dgi,
  /(?:alert\.victorops|alert\.splunk)\.com\/integrations\/generic\/\d{1,12}\/alert\/(?<value>[\w-]{8,64})/dgi,
  /(?<=\/)(?:web)?hooks?\/(?<value>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,128})/dgi,
];

/** Of a signed address. */
const SIGNED = new RegExp(
  String.raw`(?<=[?&;]|%3F|%26|&amp;)${anyOf(
    "sig signature x-amz-(?:signature|credential|security-token) x-goog-(?:signature|credential)",
    "x-oss-signature key-pair-id",
  )}(?:=|%3D)(?<value>(?:[^\s"'\`<>&#;,()[\]{}|\\%]|%(?!26)[0-9A-Fa-f]{2}){4,4096})`,
  "dgi",
);

/** Of a signed address, and short names that mean a credential in an address alone. */
const PARAMETER = new RegExp(
  String.raw`(?<=[?&;#]|%3F|%26|&amp;)(?<name>${anyOf(
    "sig signature x-amz-(?:signature|credential|security-token) x-goog-(?:signature|credential)",
    "x-oss-signature x-cos-signature x-tos-signature ossaccesskeyid awsaccesskeyid googleaccessid",
    "key-pair-id policy hmac code key k auth auth_key ticket hash s st sid session assertion",
    "client_assertion samlresponse samlrequest otp pin pass pwd pw magic invite code_verifier",
    "device_code state_token verify verification confirm reset nonce_token credential secret",
    "token jwt access_token id_token refresh_token hdnea hdnts __token__ sas q-signature verifier",
    "oauth_(?:token|signature|verifier|consumer_key)",
  )})(?<sign>=|%3D)(?<value>(?:[^\s"'\`<>&#;,()[\]{}|\\%]|%(?!26)[0-9A-Fa-f]{2}){4,4096})`,
  "dgi",
);

/** Behind these any value is one; behind `code`, `key` or `s` only what looks random. */
const ALWAYS = new RegExp(
  String.raw`^${anyOf(
    "sig signature x-.* hmac .*token.* jwt otp pass pwd pw pin .*secret assertion",
    "client_assertion saml.* oauth_.* q-signature sas hdne?[at]s? auth_key credential",
    ".*accesskeyid googleaccessid code_verifier device_code key-pair-id policy",
  )}$`,
  "i",
);

function isParameterValue(name: string, value: string): boolean {
  if (/^(?:\$|\{|%7B|<|\*+$|true$|false$|null$|(?:bearer|basic|token)(?:%20|\+))/i.test(value))
    return false;
  if (ALWAYS.test(name)) return true;
  if (
    /^(?:code|key|hash|ticket|session|auth|sid|verify|verification|confirm|reset|invite|magic|verifier)$/i.test(
      name,
    )
  ) {
    return value.length >= 8 && /\d/.test(value) && /[A-Za-z]/.test(value) && isNoSlug(value);
  }
  return value.length >= 16 && looksRandom(value);
}

/** `spring-sale-2026` is the code of a discount, in words. */
function isNoSlug(value: string): boolean {
  return !/^[a-z]{2,}(?:[-_.][a-z0-9]{1,12}){1,4}$/i.test(value) || looksRandomParts(value);
}

function looksRandomParts(value: string): boolean {
  return value.split(/[-_.]/).some((part) => /\d[A-Za-z]+\d|[A-Za-z]\d+[A-Za-z]/.test(part));
}

/** Users and passwords in front of a host. */
export const USER_FORMS: readonly Form[] = [
  // scheme://user:password@host, before the rest of it matches as an e-mail address.
  byPattern({
    kind: "api_key",
    pattern: /:\/\/(?<user>[^\s/?#@:"'<>]{0,128}):(?<value>[^\s/?#"'<>[]{1,256})@(?=[\w.[*-])/dg,
    replacement: "://$<user>:[REDACTED]@",
    accept: isNoPlaceholder,
  }),
  // A password with a slash or a hash in it, in the address of a database.
  byPattern({
    kind: "api_key",
    pattern: new RegExp(
      String.raw`\b${anyOf(
        "postgres(?:ql)? mysql mariadb mongodb rediss? amqps? sqlserver mssql oracle cockroachdb",
        "clickhouse ftps? sftp ldaps? smtps? imaps?",
      )}(?:\+\w{1,16})?:\/\/(?<user>[^\s/?#@:"'<>]{0,128}):(?<value>[^\s"'<>[@]{1,256})@(?=[\w.[*-])`,
      "dgi",
    ),
    accept: isNoPlaceholder,
  }),
  // A token in place of a user.
  byPattern({
    kind: "api_key",
    pattern: /:\/\/(?<value>[\w.~-]{16,256})@(?=[\w.[-])/dg,
    accept: (value) => looksRandom(value) && value.length >= 20,
  }),
  byPattern({
    kind: "api_key",
    pattern: /\bjdbc:oracle:\w{1,8}:[^\s/@"']{1,64}\/(?<value>[^\s@"'/[]{1,128})@/dg,
    accept: isNoPlaceholder,
  }),
];

export const SIGNATURE_FORMS: readonly Form[] = [
  byPattern({
    kind: "api_key",
    pattern: SIGNED,
    accept: (value) => isParameterValue("sig", value),
  }),
];

/** Paths of webhooks, and parameters that are credentials in an address alone. */
export const PATH_FORMS: readonly Form[] = [
  { find: findWebhooks },
  // Behind the name of a token in the path itself. A contract of a chain is a token too.
  byPattern({
    kind: "api_key",
    needs: /token\/|key\//i,
    pattern:
      /\/(?:(?:access|auth|api|reset|verify|verification|invite)?[_-]?token|api[_-]?key)\/(?<value>[\w~-]{20,256})(?![\w~.-])/dgi,
    accept: (value) => !isUuid(value) && !/^0x/i.test(value) && looksDrawn(value),
  }),
  byPattern({
    kind: "api_key",
    pattern: PARAMETER,
    accept: (value, { groups }) => isParameterValue(groups?.["name"] ?? "", value),
  }),
];

/** All of the address is replaced but for its host and the beginning of its path. */
function findWebhooks(text: string): Finding[] {
  if (
    !/hook|telegram|maker\.ifttt|azure\.com|powerplatform|googleapis|pagerduty|pipedream|opsgenie|hc-ping|integrations|alchemy|flightapi|infura|quiknode/i.test(
      text,
    )
  ) {
    return [];
  }
  return WEBHOOKS.flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const [start, end] = match.indices?.groups?.["value"] ?? [];
      if (start === undefined || end === undefined) return [];
      const scheme = /https?:\/\/[\w.-]{0,128}$/i.exec(
        text.slice(Math.max(0, match.index - 140), match.index),
      );
      const from = match.index - (scheme?.[0].length ?? 0);
      return [finding("api_key", text, { start: from, end }, { start, end })];
    }),
  );
}

/** `{{secrets.NAME}}`, `${PASSWORD}`, `<password>`, `****`: placeholders, not values. */
function isNoPlaceholder(value: string): boolean {
  return !/^(?:\{\{|\$\{|\$\(|<|\$[A-Z_]+$)|^[*.•]+$|^x{3,}$/.test(value);
}
