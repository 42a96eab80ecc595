/** Finds values beside their names without a sign between: elements of XML, and pairs of texts. */
import type { Finding } from "./redact-finding.ts";
import { finding } from "./redact-form.ts";
import { judging } from "./redact-judge.ts";
import { isValue } from "./redact-value.ts";
import { classOfName } from "./sensitive-name.ts";

const ELEMENT = /<([A-Za-z_][\w:.-]{1,63})(?:\s[^<>]{0,128})?>(\s{0,32})([^<>]{1,1024})<\//dg;

export function findElements(text: string): Finding[] {
  return [...text.matchAll(ELEMENT)].flatMap((match) => {
    const [, name = "", , inside = ""] = match;
    const nameClass = classOfName(name.slice(name.indexOf(":") + 1));
    const [start = 0] = match.indices?.[3] ?? [];
    const value = inside.trimEnd();
    const context = { isQuoted: true, isAssigned: true };
    if (nameClass === null || !isValue(value, nameClass, context)) return [];
    const place = { start, end: start + value.length };
    return [finding("api_key", text, place, place)];
  });
}

/**
 * A name and its value as two texts: `key="Password" value="…"`, `- name: TOKEN\n  value: …`,
 * `{"name":"token","value":"…"}`, `set("password", "…")`.
 */
const NAMED =
  /\b(?:name|key|id|property|field|header|variable|param|k)\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?([\w .$-]{2,64}?)\\?["']?[\s,;]{1,32}\\?["']?(?:value|val|data|default|v)\\?["']?\s{0,4}[:=]\s{0,4}\\?(["']?)([^"'\s\\]{1,1024})/dgi;
const LISTED = /(["'])([\w .$-]{2,64})\1\s{0,4},\s{0,16}(["'`])([^"'`\r\n]{3,1024})\3/dg;

export function findPairs(text: string): Finding[] {
  const judgeOf = judging();
  const pairs = [
    ...[...text.matchAll(NAMED)].map(({ 1: name = "", 2: quote, indices }) => ({
      name,
      value: indices?.[3],
      isQuoted: quote !== "",
    })),
    ...[...text.matchAll(LISTED)].map(({ 2: name = "", indices }) => ({
      name,
      value: indices?.[4],
      isQuoted: false,
    })),
  ];
  return pairs.flatMap(({ name, value: [start, end] = [0, 0], isQuoted }) => {
    const isValueOf = judgeOf(name)?.isValue;
    if (isValueOf === undefined) return [];
    const value = text.slice(start, end);
    if (!isValueOf(value, { isQuoted, isAssigned: true }) || isNameToo(value)) return [];
    return [finding("api_key", text, { start, end }, { start, end })];
  });
}

/** A list of words has names of credentials side by side. */
function isNameToo(value: string): boolean {
  return !/\d/.test(value) && classOfName(value) !== null;
}
