/** Whether a text behind the name of a credential is a value, or a word, a placeholder or code. */
import type { NameClass } from "./sensitive-name.ts";
import { anyOf } from "./redact-words.ts";

/** `{{secrets.NAME}}`, `${PASSWORD}`, `%PASSWORD%`, `<password>`, `****`, `[REDACTED]`. */
const PLACEHOLDER = new RegExp(
  anyOf(
    "^(?:\\{\\{|\\$\\{|\\$\\(|\\{\\w+\\}$|<|\\[|%\\w+%|%[sdv]$|\\$[A-Z_]+$|\\$\\w+$|:[a-z_]+$|@\\w+@$) ^-{5}",
    "^https?:\\/\\/ ^[~.]{0,2}(?:\\/[\\w.-]+)+\\/?$ ^[*.•xX_?#-]+$ ^\\W{1,3}$ \\[REDACTED \\s\\$\\w+$ \\$\\{",
    "^(?:bearer|basic|token|digest)(?:%20|\\+)?$",
  ),
  "i",
);

/** What is said of a credential. */
const WORDS: ReadonlySet<string> = new Set(
  (
    "the a an your my our their this that it its his her and or not no yes of for from to with by in on at is are was " +
    "were be been has have had must should shall will would can cannot could may might do does did if when which " +
    "required optional string null none nil true false undefined void number boolean object array any text integer " +
    "incorrect invalid valid wrong empty expired expires missing reset changed unchanged change updated update set " +
    "unset hidden masked redacted removed failed failure error denied accepted rejected revoked rotated verified ok " +
    "unknown todo tbd changed only again please via field value header param parameter type length bytes characters " +
    "char strength policy protected provided given sent received generated created found absent present enabled " +
    "disabled off based authentication authorization bearer basic digest token secret password key hash salted plain " +
    "same new old default env file vault prompt stdin input output request response user admin server client service " +
    "const let var return await new function get self public private static final import export as typeof"
  ).split(" "),
);

/** `config.password`, `getenv("X")`, `process.env`, `$this->secret`: where the value comes from. */
const CODE =
  /^(?:[A-Za-z_$][\w$]*(?:\.|->|::))+[A-Za-z_$][\w$]*$|^[A-Za-z_$][\w$.]*\(|^(?:!ref|!secret|vault:|ref\+|op:\/\/)/i;

export interface Context {
  /** In quotes of its own. */
  isQuoted: boolean;
  /** `=` or the like, or the next word of a command line; not the colon of a sentence. */
  isAssigned: boolean;
}

export function isValue(value: string, nameClass: NameClass, context: Context): boolean {
  if (isNoValue(value, context.isQuoted)) return false;
  if (nameClass === "pin") return /^\d{3,10}$/.test(value);
  return nameClass === "password" ? isPassword(value, context) : isSecret(value, context);
}

/** A placeholder, a word that is said of a credential, or code. */
function isNoValue(value: string, isQuoted: boolean): boolean {
  if (PLACEHOLDER.test(value) || value.includes("[[")) return true;
  if (WORDS.has(value.toLowerCase().replace(/[.!?,;:]+$/, ""))) return true;
  if (isQuoted) return false;
  return CODE.test(value) && !/\d/.test(value);
}

function isPassword(value: string, { isQuoted, isAssigned }: Context): boolean {
  if (value.length < 4) return /\d/.test(value) && /\D/.test(value) && value.length === 3;
  return isAssigned || isQuoted || looksChosen(value) || value.length >= 6;
}

function isSecret(value: string, { isQuoted, isAssigned }: Context): boolean {
  if (value.length < 6) return false;
  const isMixed = /\d/.test(value) && /[A-Za-z]/.test(value);
  if (value.length >= 16) return isMixed || isAssigned || isQuoted || looksChosen(value);
  if (/^\d+$/.test(value)) return value.length >= 8;
  if (isMixed) return value.length >= 8 || isAssigned || isQuoted;
  return value.length >= 8 && /[a-z][A-Z]|[!@#$%^*+=~]/.test(value) && (isAssigned || isQuoted);
}

/** As passwords are and words are not: with a digit, a sign or a capital in between. */
export function looksChosen(value: string): boolean {
  if (value.length < 4) return false;
  const hasLetter = /\p{L}/u.test(value);
  if (/\d/.test(value)) return hasLetter || /[^\d.,:/-]/.test(value);
  if (!hasLetter) return false;
  return /\p{Ll}\p{Lu}|[!@#$%^&*+=~_]/u.test(value) || value.split(/-(?=\p{L})/u).length > 3;
}

/** Bits a character, of what the value itself shows: words have about 3, random letters 4. */
export function looksRandom(value: string): boolean {
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value)) return false;
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values())
    bits -= (count / value.length) * Math.log2(count / value.length);
  return bits >= 3;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isUuid(value: string): boolean {
  return UUID.test(value);
}

/**
 * As keys are that a machine drew: one long run in which letters and digits, or capitals and small
 * letters, take turns. Neither `us-east-1-production` nor `getUserAccountByName`.
 */
export function looksDrawn(value: string): boolean {
  const run = value.split(/[^A-Za-z0-9]+/).reduce((a, b) => (b.length > a.length ? b : a), "");
  if (run.length < 10 || /^\d+$/.test(run)) return false;
  const turns = run.match(/\d(?=[A-Za-z])|[A-Za-z](?=\d)/g)?.length ?? 0;
  return turns >= 3 || looksShuffled(run);
}

/** Letters of which no words are made: short words in capitals and small ones, or few vowels. */
function looksShuffled(run: string): boolean {
  if (run.length < 16) return false;
  const words = run.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g) ?? [];
  if (words.length > 1 && run.length / words.length < 3) return true;
  const letters = run.match(/[a-z]/gi)?.length ?? 0;
  const vowels = run.match(/[aeiou]/gi)?.length ?? 0;
  // Several words in capitals and small letters are a name, unless nearly no vowel is in them.
  const most = words.length > 1 ? 0.2 : 0.28;
  return letters >= 12 && vowels / letters < most && /[^aeiouy\d]{4}/i.test(run);
}

/** Without the signs that end a sentence. */
export function withoutStop(value: string): string {
  return value.replace(/[.,;:!?)»”’"'`]{1,3}$/, (signs) => /^[!?]+/.exec(signs)?.[0] ?? "");
}
