/**
 * Finds United States social security numbers, and taxpayer numbers of their form (ITIN) where they
 * are named. Numbers that are never issued are left: area 000, 666 and 9xx, group 00, serial 0000.
 */
import type { Finding } from "./redact-finding.ts";
import { byPattern, type Form } from "./redact-form.ts";
import { anyOf, anyPhrase } from "./redact-words.ts";

const NAMES = anyPhrase(
  "ssn, ss#, ss no\\.?",
  "soc(?:ial)?[ ._-]?sec(?:urity)?(?:[ ._-]?(?:number|num|no\\.?|nr\\.?|id|card|#))?",
  "socialsecurity(?:number|no)?, seguro social, numéro de sécurité sociale américain",
  "sozialversicherungsnummer \\(us\\)",
);

const TAX_NAMES = anyPhrase(
  "i?tin, taxpayer[ ._-]?(?:identification[ ._-]?)?(?:number|id|no\\.?)",
  "tax[ ._-]?id(?:entification)?(?:[ ._-]?(?:number|no\\.?))?, us[ ._-]?tax[ ._-]?number",
);

/** Behind these it is the number of something else. */
const OTHER = new RegExp(
  String.raw`${anyOf(
    "order part sku serial model ticket case invoice room reference ref version rev item tracking",
    "article lot batch po catalog product bestellung bestellnummer artikel rechnung commande",
    "pedido ext extension phone tel fax account isbn build form claim policy",
  )}(?:[ _-]?(?:number|no\.?|nr\.?|id|code|#))?\W{0,3}$`,
  "i",
);

/** One of these is in every text with one of the names. */
const STEM = /ss[n#]|ss no|soc|seguro|itin|\btin\b|tax/i;

/** Between a name and its number is nothing that another form found and covered. */
export const SSN_FORMS: readonly Form[] = [
  byPattern({
    kind: "ssn",
    needs: STEM,
    pattern: new RegExp(
      String.raw`(?<![A-Za-z0-9])(?<name>(?:[A-Za-z]{1,24}[_-]?)?${NAMES}|${TAX_NAMES})(?<sign>(?![A-Za-z])(?:[^\d\n[]|\[(?!\[)){0,40}?)(?<![\d.-])(?<value>\d{3}[-. \u00a0\u2010-\u2013/]{0,2}\d{2}[-. \u00a0\u2010-\u2013/]{0,2}\d{4})(?!\w|[-.]\d)`,
      "dgi",
    ),
    accept: (value, { groups }) => isIssued(value, /itin|tax|tin/i.test(groups?.["name"] ?? "")),
    replacement: "$<name>$<sign>[REDACTED_SSN]",
  }),
  { find: (text) => findAlone(text) },
];

/** No other number in wide use has groups of three, two and four. */
const ALONE =
  /(?<![\w/+]|[\w.]-|\d[ .])(?<area>\d{3})(?<sign>[- \u2010-\u2013])(?<group>\d{2})\k<sign>(?<serial>\d{4})(?!\w|[-./]\d| \d)/g;

function findAlone(text: string): Finding[] {
  return [...text.matchAll(ALONE)].flatMap(({ 0: value, index }) => {
    const before = text.slice(Math.max(0, index - 32), index);
    if (!isIssued(value, false) || OTHER.test(before)) return [];
    // Three round figures are figures.
    if (/^\d00\D\d0\D\d000$/.test(value)) return [];
    const place = { start: index, end: index + value.length };
    return [{ kind: "ssn", ...place, value: place, replacement: "[REDACTED_SSN]" }];
  });
}

function isIssued(value: string, isTaxpayer: boolean): boolean {
  const digits = value.replaceAll(/\D/g, "");
  const [area, group, serial] = [digits.slice(0, 3), digits.slice(3, 5), digits.slice(5)];
  if (area === "000" || area === "666" || serial === "0000" || group === "00") return false;
  return isTaxpayer || !area.startsWith("9");
}
