/**
 * Forms of credentials in source code and in the structures that it writes: `setPassword("x")`,
 * `HTTPBasicAuth("user", "x")`, `ConvertTo-SecureString "x"`, private parts of a JSON web key.
 */
import type { Finding } from "./redact-finding.ts";
import { byPattern, finding, type Form } from "./redact-form.ts";
import { isUuid, isValue, looksChosen, looksDrawn } from "./redact-value.ts";
import { anyOf } from "./redact-words.ts";
import { classOfName } from "./sensitive-name.ts";

const CALL =
  /(?<![\w$])(?<name>[A-Za-z_]\w{2,63})\(\s{0,8}\\?(?<quote>["'`])(?<value>[^"'`\s\\]{4,1024})\\?\k<quote>\s{0,8}\)/dg;

/** These read a credential by its name, and do not hold it. */
const READS = new RegExp(
  `^${anyOf("get has is on use read load require find by fetch lookup env delete remove")}(?![a-z])`,
  "i",
);

function findCalls(text: string): Finding[] {
  return [...text.matchAll(CALL)].flatMap((match) => {
    const [start = 0, end = 0] = match.indices?.groups?.["value"] ?? [];
    const [name, value] = [match.groups?.["name"] ?? "", text.slice(start, end)];
    const nameClass = READS.test(name) ? null : classOfName(name);
    if (nameClass === null || !isValue(value, nameClass, QUOTED)) return [];
    const isGood =
      nameClass === "password" ? looksChosen(value) : looksDrawn(value) || isUuid(value);
    return isGood ? [finding("api_key", text, { start, end }, { start, end })] : [];
  });
}

const QUOTED = { isQuoted: true, isAssigned: true };

/** A user and a password side by side. */
const BASIC_AUTH = new RegExp(
  String.raw`(?<![\w$])${anyOf(
    "NetworkCredential HTTPBasicAuth HTTPDigestAuth BasicAuth basic_auth setBasicAuth SetBasicAuth",
    "UsernamePasswordCredentials PasswordAuthentication BasicCredentials auth\\s?=\\s? auth: login",
  )}\s?\(?[[(]?\s{0,8}(?:\w{1,32}\s?[=:]\s?)?(["'])[^"'\r\n]{0,128}\1\s{0,4},\s{0,8}(?:\w{1,32}\s?[=:]\s?)?(?<quote>["'])(?<value>[^"'\r\n]{3,256})\k<quote>`,
  "dg",
);

/** The members of a JSON web key that are secret. */
const KEY_PART = /"(?:d|p|q|dp|dq|qi|k)"\s{0,4}:\s{0,4}"(?<value>[\w-]{20,2048}={0,2})"/dg;

export const CALL_FORMS: readonly Form[] = [
  { find: findCalls },
  byPattern({
    kind: "api_key",
    needs: /auth|credential|login/i,
    pattern: BASIC_AUTH,
    accept: (value) => isValue(value, "password", QUOTED) && !/^\$?\{/.test(value),
  }),
  byPattern({
    kind: "api_key",
    pattern:
      /ConvertTo-SecureString\s{1,8}(?:-\w{1,16}\s{1,8}){0,3}\\?(?<quote>["']?)(?<value>[^\s"'$()[]{4,1024})/dgi,
    accept: (value) => !value.startsWith("-"),
  }),
  byPattern({
    kind: "api_key",
    needs: /"kty"/,
    pattern: KEY_PART,
  }),
];
