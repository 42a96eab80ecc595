/**
 * Finds telephone numbers: with their country code, and as their own country writes them. Order
 * numbers, dates, versions, addresses of machines and amounts are digits in groups too; what the
 * groups leave open, the words in front decide.
 */
import type { Finding } from "./redact-finding.ts";
import { byPattern, type Form } from "./redact-form.ts";
import { anyOf, anyPhrase } from "./redact-words.ts";

const REPLACEMENT = "[REDACTED_PHONE]";
/** Neither inside a number, nor behind one that a sign joins. */
const START = String.raw`(?<![\w+]|\w-|\d[.,:/])`;
const END = String.raw`(?!\w|[-.:/]\d|,\d{3}(?!\d))`;
const EXTENSION = String.raw`(?: ?(?:x|ext\.?|#) ?\d{1,6})?`;
/** Between groups. */
const GAP = String.raw`[-. \u00a0\u2010-\u2013]`;

/** Behind these it is the number of something else. */
const OTHER = new RegExp(
  String.raw`(?<![\p{L}])${anyOf(
    "order ord bestell\\p{L}* auftrag\\p{L}* commande pedido ordine invoice inv rechnung\\p{L}*",
    "facture factura ticket case account acct konto\\p{L}* iban bic sku ean isbn issn upc gtin",
    "tracking shipment sendung\\p{L}* imei serial serien\\p{L}* pid tid port size offset bytes?",
    "epoch timestamp ts time version build revision rev part item article artikel\\p{L}* customer",
    "kunden\\p{L}* id uid gid ids hash seq lsn block amount total sum count price zip plz vat ust",
    "siret siren kvk abn cnpj cpf pesel nip regon bsn reference ref booking policy contract",
    "vertrag\\p{L}* model lot batch page line row key index token job run request req session",
    "transaction txn payment member license licence passport user doi arxiv pmid coordinates lat",
    "lon lng date datum range ssn card ip addr address duration took latency population views",
    "rows records nr no ndc lines range",
  )}s?(?:[ _-]?(?:number|no|nr|nummer|num|id|ids|code|#|numéro|número))?[\s"'.:=#°([]{0,5}$`,
  "iu",
);

/** The first groups of an account number. */
const IBAN = /(?<![A-Z])[A-Z]{2}\d{2}(?: [\dA-Z]{4}){0,6} $/;

/** `caller id`, `phone no.`: of a telephone all the same. */
const OF_PHONE =
  /(?:call(?:er)?|phone|tele?\p{L}{0,6}|mob\p{L}{0,6}|cell|fax|sms|whatsapp|handy)[ _-]?(?:id|no|nr|num|number|nummer|#)[\s"'.:=#°([]{0,5}$/iu;

const PHONE_WORDS = anyPhrase(
  "phone, telephone, tele?fon\\w{0,8}, mobile, mobil\\w{0,8}, cell(?:phone|ular)?, handy\\w{0,8}",
  "fax, téléphone, portable, móvil, movil, teléfono, telefono, celular, cellulare, telefone",
  "telemóvel, puhelin, matkapuhelin, telefoon\\w{0,8}, gsm, whatsapp, sms, hotline, helpline",
  "msisdn, rufnummer, tlf, numero di telefono, numéro, landline, rückruf\\w{0,8}, call-?back",
  "call, called, calling, dial, ring, rang, reach, reachable, erreichbar, anrufen, appeler",
  "appelez, joindre, llame, llamar, ligue, ligar, bel, bellen, ringa, ring, zadzwoń, zadzwonić",
  "volejte, позвоните, 電話, 電話番号, 携帯, 电话, 电话号码, 手机, 手机号, 联系电话, 전화, 전화번호, 휴대폰, 연락처",
  "телефон\\p{L}{0,3}, тел, моб, هاتف, טלפון, นโทร, điện thoại, telpon, telepon, nomor hp, tel",
);
const STEM = new RegExp(
  anyOf(
    "phone tel mob cell handy fax portable m[óo]vil celular puhelin gsm whatsapp sms line msisdn",
    "ruf tlf num[ée]ro call dial r[aiü][nc][gk] reach erreich appel joindre llam liga ligue bel",
    "zadzwo volejte nomor [^\\0-\\u007f]",
  ),
  "i",
);

/** Up to the number; `\p{L}` before it, since names of fields end with it: `customerPhone`. */
const NAMED = new RegExp(
  String.raw`(?:${PHONE_WORDS})(?:[ _-]?(?:numbers?|num|nummer|número|numéro|numero|nr|no|номер))?(?!\p{L})[^\n\d+(]{0,32}?(?<value>(?:\+|\(\+?)?\d[\d ().\-/\u00a0\u2010-\u2013]{4,22}\d)${EXTENSION}(?![\w]|[.:/]\d)`,
  "dgiu",
);

const AFTER_MEASURE = new RegExp(
  String.raw`^\s?${anyOf(
    "ms us µs ns s sec seconds? minutes? bytes? [kmgt]i?b users? times items rows records",
    "messages? calls requests tokens eur usd gbp € \\$ £ % ° km kg px",
  )}(?![\p{L}])`,
  "iu",
);

export const PHONE_FORMS: readonly Form[] = [
  // Numbers of any country, with their plus sign or with two noughts for it.
  form(String.raw`(?<!\w|\d[-.])\(?\+\s?[1-9](?:[-. ()/\u00a0\u2010-\u2013]{0,3}\d){6,14}`, isSure),
  form(String.raw`(?<!\d )${START}00[1-9]\d{0,2}(?:${GAP}\(?\d{1,5}\)?){2,6}`, isLong),
  form(String.raw`(?<!\d )${START}0011?[-. ]\(?\d{2,4}\)?(?:${GAP}\d{2,5}){1,4}`, isLong),
  form(String.raw`${START}(?:00[1-9]\d{9,12}|011 ?[1-9]\d{9,12})`, isOwn),
  // North-American numbers, with or without the 1 in front. Ten bare digits, or groups held
  // together by spaces alone, count only when they begin as an area code does (2 to 9), and bare ones
  // when the exchange does so too: seconds since 1970, sizes and lists of figures survive.
  form(
    String.raw`(?<!\w|\d[-.])(?:\+?1[-. ]{0,2})?(?:\d{3}[-.]|[2-9]\d{2}[ /])\d{3}[-. ]?\d{4}`,
    isOwn,
  ),
  form(String.raw`(?:(?<!\w|\d[-.])\+?1[-. ]{0,2})?\(\d{3}\)[-. ]{0,2}\d{3}[-. ]?\d{4}`, isSure),
  form(String.raw`(?<!\w|\d[-.])(?:\+?1[-. ]?)?[2-9]\d{2}[2-9]\d{6}(?![-.]\w)`, isOwn),
  // A nought in front, in groups or alone: 030/901820, 06 12 34 56 78, 07911 123456, (0171) 1234567.
  form(
    String.raw`${START}\(?0[1-9]\d{0,4}\)?(?:[-. /\u00a0\u2010-\u2013]{1,3}\d{2,8}){1,5}`,
    isNational,
  ),
  form(String.raw`${START}0[1-9]\d{8,9}`, isOwn),
  // China; Russia; free of charge in Australia; India; Brazil; Spain.
  form(String.raw`${START}1[3-9]\d(?:[- ]?\d{4}){2}`, isOwn),
  form(String.raw`${START}8[- ]?\(?[3-9]\d{2,4}\)?[- ]?\d{1,3}[- ]?\d{2}[- ]?\d{2}`, isRussian),
  // An area in parentheses: (11) 91234-5678.
  form(String.raw`(?<![\w)])\(\d{2,5}\)[- ]?\d{2,8}(?:[- ]\d{2,6}){0,4}`, isNational),
  form(String.raw`${START}1[38]00[ -]\d{3}[ -]\d{3}`, isOwn),
  form(String.raw`${START}[6-9]\d{4}[ -]\d{5}`, isOwn),
  form(String.raw`${START}[1-9]\d 9?\d{4}-\d{4}`, isOwn),
  form(String.raw`${START}[679]\d{2}(?: \d{2}){3}`, isOwn),
  { find: findNamed },
];

type Judge = (value: string, before: string, after: string) => boolean;

function form(pattern: string, isPhone: Judge): Form {
  return byPattern({
    kind: "phone",
    pattern: new RegExp(`(?<value>${pattern})${EXTENSION}${END}`, "dgi"),
    replacement: REPLACEMENT,
    accept: (value, match) => {
      const { index, input = "" } = match;
      if (index === undefined) return false;
      const before = input.slice(Math.max(0, index - 32), index);
      return isPhone(value, before, input.slice(index + value.length, index + value.length + 12));
    },
  });
}

function isSure(value: string): boolean {
  const count = digitsOf(value).length;
  return count >= 7 && count <= 15;
}

function isLong(value: string, before: string): boolean {
  return digitsOf(value).length >= 10 && digitsOf(value).length <= 17 && !isOther(before);
}

/** Without its country code: the word in front and the unit behind decide. */
function isOwn(value: string, before: string, after: string): boolean {
  // Part of a path.
  if (before.endsWith("/") && /^\d+$/.test(value)) return false;
  return !isOther(before) && !AFTER_MEASURE.test(after);
}

function isOther(before: string): boolean {
  return (OTHER.test(before) && !OF_PHONE.test(before)) || IBAN.test(before);
}

function isNational(value: string, before: string, after: string): boolean {
  const count = digitsOf(value).length;
  if (count < 8 || count > 12 || isDate(value) || isAddress(value)) return false;
  // Eight digits are a date or an id as often as a number.
  if (count === 8 && !/^\(|\//.test(value)) return false;
  return isOwn(value, before, after);
}

function isRussian(value: string, before: string, after: string): boolean {
  const digits = digitsOf(value);
  const isShaped = /\D/.test(value) || digits.startsWith("89");
  return digits.length === 11 && isShaped && isOwn(value, before, after);
}

function findNamed(text: string): Finding[] {
  if (!STEM.test(text)) return [];
  return [...text.matchAll(NAMED)].flatMap((match) => {
    const [start = 0, end = 0] = match.indices?.groups?.["value"] ?? [];
    const value = text.slice(start, end);
    const count = digitsOf(value).length;
    const isWeak = /^(?:call|dial|r[ai]ng|reach|bel|num|sms|line|portable)/i.test(match[0]);
    if (count < 7 || count > 15 || isDate(value) || isAddress(value)) return [];
    if (isOther(text.slice(Math.max(0, start - 32), start))) return [];
    if (isWeak && count < 9 && !/[- ()/]/.test(value)) return [];
    if (AFTER_MEASURE.test(text.slice(end, end + 12)) || /^\d{13}$/.test(value)) return [];
    const whole = { start, end: match.index + match[0].length };
    return [{ kind: "phone", ...whole, value: { start, end }, replacement: REPLACEMENT }];
  });
}

function isDate(value: string): boolean {
  return (
    /^\d{1,2}([./-])\d{1,2}\1(?:19|20)?\d{2}\b/.test(value) ||
    /^(?:19|20)\d{2}([./-])\d{1,2}\1\d{1,2}/.test(value)
  );
}

/** An address of a machine, or a version: four short groups with dots. */
function isAddress(value: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(value);
}

function digitsOf(value: string): string {
  return value.replaceAll(/\D/g, "");
}
