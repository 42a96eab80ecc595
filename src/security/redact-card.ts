/**
 * Finds payment card numbers in a text: as many digits as cards with that beginning have,
 * that pass the Luhn check, in one piece or in groups. All of it is needed: one in ten
 * numbers passes Luhn by chance, and the numbers of devices always do.
 */
import type { Place } from "./redact-finding.ts";
import { anyOf, anyPhrase } from "./redact-words.ts";

const MIN_DIGITS = 12;
const MAX_DIGITS = 19;
/** Digits with the separators allowed between groups; long enough for a card number. */
const CANDIDATE = /(?<!\w|\d[.,])\d(?:[\d \u00a0\u2010-\u2013_./+-]|%20){10,}\d(?!\w|[.,]\d)/g;
const SEPARATOR = /^(?:[ \u00a0\u2010-\u2013-]{1,3}|[._/+]|%20)$/;

/** First and last beginning, as numbers of the same length; how many digits the cards have. */
const ISSUERS: readonly [name: string, first: string, last: string, lengths: readonly number[]][] =
  [
    ["American Express", "34", "34", [15]],
    ["American Express", "37", "37", [15]],
    ["Visa", "4", "4", [13, 16, 19]],
    ["Mastercard", "51", "55", [16]],
    ["Mastercard", "2221", "2720", [16]],
    ["Mir", "2200", "2204", [16, 17, 18, 19]],
    ["Diners Club", "300", "305", [14, 16, 19]],
    ["Diners Club", "309", "309", [14, 16, 19]],
    ["Diners Club", "36", "36", [14, 16, 19]],
    ["Diners Club", "38", "39", [14, 16, 19]],
    ["JCB", "3528", "3589", [16, 17, 18, 19]],
    ["JCB", "2131", "2131", [15]],
    ["JCB", "1800", "1800", [15]],
    ["Discover", "6011", "6011", [16, 19]],
    ["Discover", "644", "659", [16, 19]],
    ["UnionPay", "62", "62", [16, 17, 18, 19]],
    ["UnionPay", "81", "81", [16, 17, 18, 19]],
    ["RuPay", "60", "60", [16]],
    ["RuPay", "82", "82", [16]],
    ["RuPay, Elo, Verve", "506", "509", [16, 18, 19]],
    ["Troy", "9792", "9792", [16]],
    ["Maestro", "50", "50", [12, 13, 14, 15, 16, 17, 18, 19]],
    ["Maestro", "56", "58", [12, 13, 14, 15, 16, 17, 18, 19]],
    ["Maestro", "6304", "6304", [12, 13, 14, 15, 16, 17, 18, 19]],
    ["Maestro", "639", "639", [12, 13, 14, 15, 16, 17, 18, 19]],
    ["Maestro", "67", "67", [12, 13, 14, 15, 16, 17, 18, 19]],
    ["Maestro", "0604", "0604", [12]],
    ["Hipercard", "6062", "6062", [16, 19]],
    ["LankaPay", "357111", "357111", [16]],
    ["InterPayment", "636", "636", [16, 17, 18, 19]],
    ["InstaPayment", "637", "639", [16]],
  ];

/** Behind these it is the number of something else, unless a card is named too. */
const OTHER = new RegExp(
  String.raw`${anyOf(
    "imei isbn ean gtin upc sscc barcode order bestell\\w* auftrag\\w* commande pedido ordine",
    "tracking sendung\\w* shipment parcel invoice rechnung\\w* facture factura iban iccid sim",
    "serial serien\\w* device meid imsi msisdn epoch timestamp ticket booking reference ref",
    "loyalty build sku item article artikel\\w* konto\\w* meter policy case",
  )}(?:[ _-]?(?:number|no|nr|nummer|num|id|code|#))?\W{0,5}$`,
  "i",
);
const CARD = new RegExp(
  anyPhrase(
    "card, karte, carte, tarjeta, cartão, cartao, carta, kort, kaart, visa, master, amex",
    "american express, diners, jcb, maestro, discover, unionpay, rupay, \\bmir\\b, \\bpan\\b, \\bcc\\b",
    "карт, カード, 卡, 카드",
  ),
  "i",
);

/** In the order of the text; linear in its length. */
export function findCardNumbers(text: string): Place[] {
  return [...text.matchAll(CANDIDATE)].flatMap(({ 0: run, index }) =>
    cardsIn(run)
      .map(({ start, end }) => ({ start: index + start, end: index + end }))
      .filter(({ start }) => !isOther(text.slice(Math.max(0, start - 40), start))),
  );
}

function isOther(before: string): boolean {
  return OTHER.test(before) && !CARD.test(before);
}

interface Group extends Place {
  digits: string;
}

function cardsIn(run: string): Place[] {
  const groups = [...run.replaceAll("%20", "   ").matchAll(/\d+/g)].map(({ 0: digits, index }) => ({
    digits,
    start: index,
    end: index + digits.length,
  }));
  const cards: Place[] = [];
  for (let first = 0; first < groups.length; first += 1) {
    const last = cardEnd(run, groups, first);
    const from = groups[first];
    const to = last === null ? undefined : groups[last];
    if (last === null || from === undefined || to === undefined) continue;
    cards.push({ start: from.start, end: to.end });
    first = last;
  }
  return cards;
}

/** The index of the last group of the card number that begins with this group, or null. */
function cardEnd(run: string, groups: readonly Group[], first: number): number | null {
  let digits = "";
  let end: number | null = null;
  for (let last = first; last < groups.length; last += 1) {
    const group = groups[last];
    const before = groups[last - 1];
    if (group === undefined) break;
    if (last > first && before !== undefined) {
      // All groups of a card number have four to eight digits, except the last.
      if (before.digits.length < 4 || before.digits.length > 8) break;
      if (!SEPARATOR.test(run.slice(before.end, group.start))) break;
    }
    digits += group.digits;
    if (digits.length > MAX_DIGITS) break;
    // With cents behind it, it is an amount.
    if (/^[.,]\d{2}(?!\d)/.test(run.slice(group.end, group.end + 4))) continue;
    if (digits.length >= MIN_DIGITS && isCardNumber(digits)) end = last;
  }
  return end;
}

/** Whether there are cards of this length and beginning, and the check digit is right. */
export function isCardNumber(digits: string): boolean {
  return (
    passesLuhn(digits) &&
    ISSUERS.some(([, first, last, lengths]) => {
      const beginning = digits.slice(0, first.length);
      return beginning >= first && beginning <= last && lengths.includes(digits.length);
    })
  );
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = digit * 2;
    sum += index % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
