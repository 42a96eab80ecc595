/**
 * Finds credentials in sentences: `the password for the mailbox is Sommer2026!`, `mein Passwort
 * lautet …`, `use the API key abc…`. The word decides where to look; the value must look chosen,
 * and stand right behind the word, a verb or a sign.
 */
import type { Finding, Place } from "./redact-finding.ts";
import { finding } from "./redact-form.ts";
import { isUuid, isValue, looksChosen, looksDrawn, withoutStop } from "./redact-value.ts";
import type { NameClass } from "./sensitive-name.ts";
import { anyOf, anyPhrase, wordsIn } from "./redact-words.ts";

const WORDS: Readonly<Record<NameClass, string>> = {
  pin: anyPhrase(
    "pin(?:[ -]?(?:code|number))?, otp, one[- ]time (?:code|password|passcode)",
    "(?:verification|security|login|sms|2fa|mfa) code, passcode",
  ),
  password: anyPhrase(
    "pass(?:[ -]?(?:words?|phrase|wort|code))?, passwd, pwd, pw, passord, kennwort, mot de passe",
    "mdp, contrase[ñn]a, clave, senha, palavra-passe, wachtwoord, l[öo]senord, adgangskode",
    "kodeord, salasana, has[łl]o, heslo, jelszó, parol[aă], [şs]ifre, parool, lozinka, geslo",
    "slaptažodis, kata sandi",
  ),
  secret:
    "(?:api|access|secret|private|licen[sc]e|encryption|signing|auth(?:entication|orization)?|account|master|deploy|service|client|admin|session|webhook|refresh|bot|storage|shared|subscription|bearer)[ _-]?(?:keys?|tokens?|secrets?)|" +
    "token|secret|credentials?|api[ -]?schl(?:ü|ue)ssel|zugangsdaten|cl[ée] (?:d['’])?api|clave (?:de )?api|chave (?:de )?api|chiave api|" +
    "api[ -]sleutel|klucz api|jeton|session id",
};
/** In scripts without the Latin letters. */
const OTHER_WORDS: Readonly<Record<"password" | "secret", string>> = {
  password:
    "mật khẩu|парол[ья]|κωδικός|סיסמה|كلمة المرور|كلمة السر|पासवर्ड|รหัสผ่าน|パスワード|暗証番号|密码|密碼|口令|비밀번호|암호",
  secret: "ключ api|api[ -]ключ|токен|apiキー|アクセスキー|トークン|api密钥|密钥|令牌|api 키|토큰",
};
/** The names of the groups are the classes of the words; what is around a word is looked at after. */
const WORD = new RegExp(
  `(?<pin>${WORDS.pin})|(?<secret>${WORDS.secret})|(?<password>${WORDS.password})`,
  "gi",
);
const OTHER_WORD = new RegExp(
  `(?<secret>${OTHER_WORDS.secret})|(?<password>${OTHER_WORDS.password})`,
  "gi",
);
const BEYOND_ASCII = /[^\0-\u007f]/;
const INSIDE_WORD = /[\p{L}\p{N}_$]/u;

/** One of these is in every text with a word of those. */
const LATIN_STEM = new RegExp(
  anyPhrase(
    "pass, pwd, pw, mdp, kennwort, contras, clave, senha, palavra, wacht, senord, adgang, kode",
    "salasana, has[łl]o, heslo, jelsz, parol, [şs]ifre, token, secret, key, schl, cl[ée]\\s, chave",
    "chiave, sleutel, klucz, jeton, credential, zugang, \\bpin\\b, \\botp\\b, \\scode, session id",
    "lozinka, geslo, slapta, kata sandi",
  ),
  "i",
);
export const SENTENCE_STEM = new RegExp(`${BEYOND_ASCII.source}|${LATIN_STEM.source}`, "i");

/** A value follows one of these, or a word that ends with a colon or an equals sign. */
const VERBS: ReadonlySet<string> = new Set(
  wordsIn(
    "is was are be / | = : -> => → — – - to as with use using ist war lautet lautete heißt auf est était",
    "es era é è será foi jest brzmi to är er on je este это есть είναι הוא هي هو là adalah olarak oli byl",
    "bolo van eller",
  ),
);
/** Between a verb and its value. */
const FILLERS: ReadonlySet<string> = new Set(
  wordsIn(
    "now currently still set changed reset updated the following temporarily jetzt nun neu aktuell",
    "désormais maintenant ahora ora agora nu teraz nyní теперь the: called just",
  ),
);

/** What looks chosen in a sentence about a password, and is an algorithm, a time or a measure. */
const NO_VALUE = new RegExp(
  anyOf(
    `^${anyOf(
      "sha md aes rsa [erhp]s oauth http utf iso base argon bcrypt pbkdf tls ssl v ed ipv oidc saml totp",
      "id step run user node line",
    )}[-_]?\\d{1,4}(?:\\b|_|id)`,
    "^[\\d.,:/-]+(?:st|nd|rd|th|s|ms|h|d|m|kb|mb|gb|x|%|-?\\p{L}{2,10})?$ ^\\d+- ^https?: ^\\w+:\\/\\/",
    "@\\w+\\.\\w ^\\/ ^\\w+\\(\\) ^\\p{L}+(?:_+\\p{L}+)+$ ^\\w{1,40}=$",
  ),
  "iu",
);

/** As far behind a word as its value is looked for. */
const REACH = 120;
const MAX_WORDS = 9;

/** One of these is in every value that looks chosen. */
const CHOSEN = /[\dA-Za-z!@#$%^&*+=~_]/;

export function findInSentences(text: string): Finding[] {
  const found = LATIN_STEM.test(text) ? behindWords(text, WORD) : [];
  return BEYOND_ASCII.test(text) ? [...found, ...behindWords(text, OTHER_WORD)] : found;
}

function behindWords(text: string, words: RegExp): Finding[] {
  const found: Finding[] = [];
  let done = 0;
  for (const match of text.matchAll(words)) {
    const from = match.index + match[0].length;
    const isLatin = words === WORD;
    if (from < done || (isLatin && !isWord(text, match.index, from))) continue;
    if (!isLatin && !CHOSEN.test(text.slice(from, from + REACH))) continue;
    const { pin, secret } = match.groups ?? {};
    const nameClass = pin === undefined ? (secret === undefined ? "password" : "secret") : "pin";
    const after = text.slice(from, from + REACH).split(/[\r\n]/, 1)[0] ?? "";
    const place = (isLatin ? null : gluedValue(after, nameClass)) ?? valueIn(after, nameClass);
    if (place === null) continue;
    const end = wholeEnd(text, from + place.end, from + REACH);
    const value = { start: from + place.start, end };
    found.push(finding("api_key", text, value, value));
    done = end;
  }
  return found;
}

/** Not within another word, and not the beginning of a name such as `token-bucket`. */
function isWord(text: string, start: number, end: number): boolean {
  const [before, after] = [text.charAt(start - 1), text.charAt(end)];
  if (before === "-" || INSIDE_WORD.test(before) || INSIDE_WORD.test(after)) return false;
  return after !== "-" || !INSIDE_WORD.test(text.charAt(end + 1));
}

/** A value that the reach cut is read to its end. */
function wholeEnd(text: string, end: number, cut: number): number {
  if (end < cut) return end;
  const rest = /^[^\s"'`<>[\],;]*/.exec(text.slice(end, end + 4096))?.[0] ?? "";
  return end + rest.length;
}

/** Scripts without spaces: `密码是abc123`, `パスワードはabc123です`. */
function gluedValue(after: string, nameClass: NameClass): Place | null {
  const match = /^[^\u0021-\u007e]{0,12}[:=]?\s?["'`]?(?<value>[\u0021-\u007e]{4,120})/d.exec(
    after,
  );
  const [start = 0] = match?.indices?.groups?.["value"] ?? [];
  const value = withoutStop(match?.groups?.["value"] ?? "");
  return isGood(value, nameClass, "verb") ? { start, end: start + value.length } : null;
}

function valueIn(after: string, nameClass: NameClass): Place | null {
  let before: "word" | "verb" | "gap" = "word";
  let count = 0;
  for (const { 0: raw, index } of after.matchAll(/\S+/g)) {
    if ((count += 1) > MAX_WORDS) return null;
    const lower = raw.toLowerCase().replaceAll(/[()"']/g, "");
    if (VERBS.has(lower)) {
      before = "verb";
      continue;
    }
    if (before === "verb" && FILLERS.has(lower)) continue;
    if (!/[!-~]/.test(raw)) {
      before = "gap";
      continue;
    }
    if (before !== "gap") {
      const place = unquoted(raw, index);
      const value = after.slice(place.start, place.end);
      if (isGood(value, nameClass, place.isQuoted ? "quote" : before)) return place;
    }
    // A quotation of several words is no value; the end of a sentence is the end of the search.
    if (/[.;!?]["')]?$/.test(raw)) return null;
    before = /[:=：]$/.test(raw) ? "verb" : "gap";
  }
  return null;
}

function unquoted(raw: string, index: number): Place & { isQuoted: boolean } {
  const quote = /^[("'`“„«「*:=]{1,3}/.exec(raw)?.[0] ?? "";
  const inside = withoutStop(raw.slice(quote.length)).replace(/[)"'`”“»」*]{1,2}$/, "");
  const isQuoted = /["'`“„«「]/.test(quote) && /["'`”“»」][.,;:!?)]*$/.test(raw);
  return { start: index + quote.length, end: index + quote.length + inside.length, isQuoted };
}

function isGood(value: string, nameClass: NameClass, behind: "word" | "verb" | "quote"): boolean {
  if (nameClass === "pin" && /^\d{4,8}$/.test(value)) return !/^(?:19|20)\d\d$/.test(value);
  if (value.length < 4 || NO_VALUE.test(value) || /[[({]|'/.test(value) || !looksChosen(value))
    return false;
  if (!isValue(value, "password", { isQuoted: false, isAssigned: true })) return false;
  const isMixed = /\d/.test(value) && /\p{L}/u.test(value);
  if (nameClass === "secret")
    return (
      isMixed &&
      (behind === "word"
        ? value.length >= 12 && (isUuid(value) || looksDrawn(value))
        : value.length >= 8)
    );
  return (
    behind !== "word" ||
    (isMixed && value.length >= 6) ||
    (/\p{L}/u.test(value) && /[!@#$%^*]/.test(value))
  );
}
