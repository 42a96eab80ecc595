/** Forms of credentials on command lines and in scripts: options, SQL, `.netrc`. */
import type { Finding } from "./redact-finding.ts";
import { byPattern, finding, type Form } from "./redact-form.ts";
import { isValue, looksChosen } from "./redact-value.ts";
import { classOfName } from "./sensitive-name.ts";
import { anyOf } from "./redact-words.ts";

/**
 * `--password x`, `-storepass x`; the name is judged like that of a field. An option without a value
 * must not take the next option as one: of `--decrypt --passphrase x` the second would be lost.
 */
const LONG_OPTION =
  /(?<![\w-])--?(?<name>[A-Za-z][\w-]{2,63})(?:=|\s{1,4}(?!-))\\?(?<quote>["'`]?)(?<value>(?<=["'`])[^"'`\r\n]{1,1024}|[^\s"'`<>[\]]{1,1024})/dg;

/** Programs whose short options hold a password, and the options. */
const SHORT_OPTIONS: readonly [RegExp, RegExp][] = [
  [
    /\b(?:mysql|mysqldump|mysqladmin|mysqlimport|mysqlsh|mysqlbinlog|mariadb|mariadb-dump|7z|7za|rar)\b/gi,
    /\s-p(?<quote>\\?["']?)(?<value>[^\s"'[\\-][^\s"'[\\]{0,255})/dg,
  ],
  [
    new RegExp(
      String.raw`\b${anyOf(
        "mysql mysqldump mysqladmin mariadb sshpass plink pscp putty mongo mongosh mongodump",
        "mongorestore docker podman buildah skopeo helm oc az nerdctl crane ldapsearch rabbitmqadmin",
        "cqlsh influx vault net kinit svn imapsync lftp arangosh clickhouse-client registry login",
      )}\b`,
      "gi",
    ),
    /\s-(?:p|pw)\s{1,4}(?<quote>\\?["']?)(?<value>[^\s"'[\\-][^\s"'[\\]{2,255})/dg,
  ],
  [/\bredis-cli\b/gi, /\s-a\s{0,4}(?<quote>\\?["']?)(?<value>[^\s"'[\\-][^\s"'[\\]{2,255})/dg],
  [
    /\b(?:sqlcmd|bcp|osql|isql|zip|unzip)\b/gi,
    /\s-P\s{0,4}(?<quote>\\?["']?)(?<value>[^\s"'[\\-][^\s"'[\\]{2,255})/dg,
  ],
  [/\bldap\w{3,10}\b/gi, /\s-w\s{1,4}(?<quote>\\?["']?)(?<value>[^\s"'[\\-][^\s"'[\\]{2,255})/dg],
];

/** `curl -u user:password`: behind the colon. */
const USER_OPTIONS: readonly [RegExp, RegExp][] = [
  [
    /\b(?:curl|wget|https?|httpie|xh|ab|siege)\b/gi,
    /\s(?:-u|-U|--user|--proxy-user|--auth|-a|-A)(?:=|\s{0,4})\\?["']?[^\s:"'\\[]{0,128}["']?:["']?(?<value>[^\s"'[\\][^"'\s\\]{2,255})/dg,
  ],
  // A key as the user, without a password.
  [
    /\b(?:curl|wget|https?|httpie|xh)\b/gi,
    /\s(?:-u|--user|--auth|-a)(?:=|\s{0,4})\\?["']?(?<value>[\w.+/=~-]{16,512}):(?=\\?["'\s]|$)/dg,
  ],
  [
    /\b(?:smbclient|rpcclient|net)\b/gi,
    /\s-U\s{0,4}["']?[^\s%"']{1,128}%(?<value>[^\s"'[]{3,255})/dg,
  ],
];

/** As far as options are read behind the name of a program. */
const REACH = 400;

function findLongOptions(text: string): Finding[] {
  return [...text.matchAll(LONG_OPTION)].flatMap((match) => {
    const [start = 0, end = 0] = match.indices?.groups?.["value"] ?? [];
    const value = text.slice(start, end);
    const nameClass = classOfName(match.groups?.["name"] ?? "");
    if (nameClass === null || value.startsWith("-")) return [];
    const context = { isQuoted: match.groups?.["quote"] !== "", isAssigned: true };
    if (!isValue(value, nameClass, context)) return [];
    return [finding("api_key", text, { start, end }, { start, end })];
  });
}

function findShortOptions(text: string): Finding[] {
  if (!/\s-\w|--(?:user|auth)/.test(text)) return [];
  const options = SHORT_OPTIONS.flatMap((pair) => behindProgram(text, pair));
  const users = USER_OPTIONS.flatMap((pair) => behindProgram(text, pair));
  return [
    ...options.filter(({ value }) =>
      isValue(text.slice(value.start, value.end), "password", ASSIGNED),
    ),
    ...users.filter(({ value }) => isPasswordOfUser(text.slice(value.start, value.end))),
  ];
}

const ASSIGNED = { isQuoted: false, isAssigned: true };

function isPasswordOfUser(value: string): boolean {
  return isValue(value, "password", ASSIGNED) && !/^(?:pass|pwd|\/\/|\d{2,5}[:/])/.test(value);
}

function behindProgram(text: string, [program, option]: [RegExp, RegExp]): Finding[] {
  const found: Finding[] = [];
  let read = 0;
  for (const { index } of text.matchAll(program)) {
    const from = Math.max(index, read);
    const reach = text.slice(from, index + REACH);
    const line = reach.split(/(?<!\\)\r?\n/, 1)[0] ?? reach;
    read = from + line.length;
    for (const match of line.matchAll(option)) {
      const [start, end] = match.indices?.groups?.["value"] ?? [];
      if (start === undefined || end === undefined) continue;
      const place = { start: from + start, end: from + end };
      found.push(finding("api_key", text, place, place));
    }
  }
  return found;
}

export const COMMAND_FORMS: readonly Form[] = [
  { find: findLongOptions },
  { find: findShortOptions },
  // SQL: IDENTIFIED BY 'x', WITH PASSWORD 'x', PASSWORD('x'), AES_KEY…
  byPattern({
    kind: "api_key",
    pattern:
      /\b(?:identified\s{1,8}(?:with\s{1,8}\S{1,64}\s{1,8})?(?:by|as)\s{1,8}(?:password\s{1,8})?|password\s{0,8}[(=]?\s{0,8}|secret\s{1,8})(?<quote>'|\\")(?<value>[^'"\\[\r\n][^'"\\\r\n]{2,255})\k<quote>/dgi,
    accept: (value) => isValue(value, "password", { isQuoted: true, isAssigned: false }),
  }),
  // .netrc, chap-secrets, "login deploy password s3cret".
  byPattern({
    kind: "api_key",
    pattern: /\blogin\s{1,8}\S{1,128}\s{1,8}(?:password|passwd)\s{1,8}(?<value>[^\s[]\S{2,255})/dgi,
    accept: (value) => isValue(value, "password", ASSIGNED),
  }),
  byPattern({
    kind: "api_key",
    pattern:
      /\bnet\s{1,4}use\b[^\r\n]{0,160}?\s\/user:\S{1,64}\s{1,4}(?<value>[^\s/[]\S{2,128})/dgi,
    accept: (value) => isValue(value, "password", ASSIGNED),
  }),
  // openssl -passin pass:x; echo x | docker login --password-stdin; chpasswd.
  byPattern({
    kind: "api_key",
    pattern: /\bpass:(?<value>[^\s"'[]{3,255})/dg,
    accept: (value) => isValue(value, "password", ASSIGNED),
  }),
  byPattern({
    kind: "api_key",
    pattern:
      /\becho\s{1,4}(?:-n\s{1,4})?["']?(?<value>[^\s"'[|]{4,512})["']?\s{0,4}\|[^|\r\n]{0,128}(?:--password-stdin|passwd\s--stdin|chpasswd|sudo\s-S)/dg,
    accept: (value) => looksChosen(value) && !value.startsWith("$"),
  }),
];
