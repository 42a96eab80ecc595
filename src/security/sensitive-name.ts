/**
 * Names of fields, headers, options and variables whose values are credentials: in any casing, with
 * any separator, in the languages that logs are written in. Forms of values are `redact*.ts`.
 */
import { anyOf } from "./redact-words.ts";

/**
 * How a value behind the name must look to count in a text: a password may be any word, the others
 * look random. A PIN is a few digits.
 */
export type NameClass = "password" | "secret" | "pin";

const BEYOND_ASCII = /[^\0-\u007f]/;

/** Endings, also of one long word: `dbpassword`. */
const PASSWORDS = endings(
  "password pasword passwrd paswrd passwor paswd pswrd passwd passwort pswd pwd passphrase passcode kennwort motdepasse contrasena",
  "contrasenya contrassenya palavrapasse wachtwoord losenord passord adgangskode salasana",
  "slaptazodis katasandi seedphrase recoveryphrase mnemonic пароль κωδικόςπρόσβασης",
  "كلمةالمرور كلمةالسر パスワード 暗証番号 密码 密碼 口令 비밀번호 암호 รหัสผ่าน पासवर्ड",
);

/** The same, but as a word of its own alone: neither `compass` nor `resenha`. */
const PASSWORD_WORDS = new Set(
  endings(
    "pass pw psw psk mdp pword clave senha heslo hasło jelszó parola parolă şifre parool lozinka",
    "zaporka geslo kodeord пароля лозинка סיסמה matkhau",
  ),
);

/** `storepass`, `dbpass`. */
const NAME_OF_PASS = new RegExp(
  String.raw`^${anyOf(
    "store key src\\w* dest\\w* user db database admin root mysql pg postgres redis mongo smtp mail",
    "imap ftp ssh ldap wifi http proxy login api my new old sa mq",
  )}pass$`,
  "",
);

/** Endings, also of one long word: `clienttoken`. */
const SECRETS = endings(
  "token secret credential credentials authorization cookie sessionid phpsessid jsessionid connectsid",
  "accesskeyid privatekey zugangsdaten geheimnis",
  // Other languages put the word for key elsewhere.
  "apischlussel zugriffsschlussel cleapi cledapi clesecrete claveapi clavedeapi clavesecreta",
  "chaveapi chavedeapi chavesecreta chiaveapi apisleutel kluczapi ключapi apiключ секретныйключ",
  "токен apiキー アクセスキー シークレットキー トークン api密钥 密钥 秘钥 令牌 api키 비밀키 토큰",
);

const SECRET_WORDS = new Set(endings("auth authz jwt sas creds cred bearer"));

/** Not credentials, but as secret; in a text their values have forms of their own. */
const NUMBERS = new Set(
  endings(
    "creditcard creditcardnumber cardnumber ccnumber pan ssn itin socialsecuritynumber cvc cvv cvv2 cvc2",
  ),
);

const PIN_WORDS = new Set(endings("pin otp totp"));

/** What makes a key a credential: `api_key`, `x-functions-key`, `StripeSecretKey`. */
const KEYS = endings(
  "access account admin aes anthropic api app application auth authentication authorization azure",
  "client consumer credential crypto deploy developer encryption function functions hmac ingestion",
  "instrumentation integration jwt license licence master openai private rsa secret security service",
  "shared sharedaccess signature signing ssh storage stripe subscription vault webhook write",
).map((name) => `${name}key`);

/** Say more of the same value: `password_confirmation`, `API_KEY_PROD`, `TOKEN_VALUE`. */
const QUALIFIERS = new Set(
  endings(
    "value val hash confirmation confirm repeat again old new current prod production dev development",
    "test testing staging stage live sandbox base text plain plaintext cleartext string str b64 base64",
    "hex encoded primary secondary default header",
  ),
);

/** About a value, not the value: `has_password`, `eos_token`. */
const ABOUT = new Set(
  endings("is has have needs requires require uses use show hide allow enable disable bos eos pad"),
);

/** Names longer than this are texts of callers, not names. */
const MAX_LENGTH = 256;

/** Whether a field or header of this name contains a credential or a card number. */
export function isSensitiveName(name: string): boolean {
  if (name.length > MAX_LENGTH) return false;
  return classOfName(name) !== null || NUMBERS.has(wordsOf(name).join(""));
}

/** What kind of credential the name is of, by its last words; null when it is none. */
export function classOfName(name: string): NameClass | null {
  const words = wordsOf(name);
  if (!name.includes(" ") && words.length > 1 && ABOUT.has(words[0] ?? "")) return null;
  return classOfWords(words) ?? classOfWords(unqualified(words));
}

function classOfWords(words: readonly string[]): NameClass | null {
  const last = words.at(-1);
  if (last === undefined) return null;
  const joined = words.join("");
  if (PIN_WORDS.has(last)) return "pin";
  if (PASSWORD_WORDS.has(last) || NAME_OF_PASS.test(last)) return "password";
  if (SECRET_WORDS.has(last)) return "secret";
  return endingOf(joined);
}

/** The words of `apiKey_2`, `X-Api-Key`, `clave API`: small letters without marks. */
export function wordsOf(name: string): string[] {
  return plain(
    name
      .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2")
      .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2"),
  )
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

function unqualified(words: readonly string[]): string[] {
  let end = words.length;
  while (end > 1 && isQualifier(words[end - 1] ?? "")) end -= 1;
  const rest = words.slice(0, end);
  const last = rest.pop();
  return last === undefined ? rest : [...rest, last.replace(/\d{1,4}$/, "")].filter(Boolean);
}

function isQualifier(word: string): boolean {
  return QUALIFIERS.has(word) || /^v?\d{1,4}$/.test(word);
}

function plain(text: string): string {
  // Most names are ASCII, for which the first two change nothing and take the longest.
  if (!BEYOND_ASCII.test(text)) return text.toLowerCase();
  return text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
}

function endings(...lines: string[]): string[] {
  return lines.flatMap((line) => line.split(" ")).map(plain);
}

const ENDINGS: ReadonlyMap<string, NameClass> = new Map<string, NameClass>([
  ...[...SECRETS, ...KEYS].map((ending): [string, NameClass] => [ending, "secret"]),
  ...PASSWORDS.map((ending): [string, NameClass] => [ending, "password"]),
]);
const LENGTHS = [...new Set([...ENDINGS.keys()].map((ending) => ending.length))];

/** One look-up for each length that an ending has, not one comparison for each ending. */
function endingOf(name: string): NameClass | null {
  for (const length of LENGTHS) {
    const found = length > name.length ? undefined : ENDINGS.get(name.slice(-length));
    if (found !== undefined) return found;
  }
  return null;
}
