/**
 * Finds payment card numbers in a text: 13 to 19 digits that start like a card number and pass the
 * Luhn check, in one piece or in groups. Both conditions are needed: one in ten numbers passes Luhn
 * by chance, milliseconds since 1970 too, but those start with 1.
 */
import type { Place } from "./redact-finding.ts";

const MIN_DIGITS = 13;
const MAX_DIGITS = 19;
/** Digits with the separators allowed between groups; long enough for a card number. */
const CANDIDATE = /(?<!\w|\d\.)\d[\d \u00a0-]{11,}\d(?!\w)/g;
const SEPARATOR = /^[ \u00a0-]{1,3}$/;

/** In the order of the text; linear in its length. */
export function findCardNumbers(text: string): Place[] {
  return [...text.matchAll(CANDIDATE)].flatMap(({ 0: run, index }) =>
    cardsIn(run).map(({ start, end }) => ({ start: index + start, end: index + end })),
  );
}

interface Group extends Place {
  digits: string;
}

function cardsIn(run: string): Place[] {
  const groups = [...run.matchAll(/\d+/g)].map(({ 0: digits, index }) => ({
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
      // All groups of a card number have at least four digits, except the last.
      if (before.digits.length < 4) break;
      if (!SEPARATOR.test(run.slice(before.end, group.start))) break;
    }
    digits += group.digits;
    if (digits.length > MAX_DIGITS) break;
    if (digits.length >= MIN_DIGITS && isCardNumber(digits)) end = last;
  }
  return end;
}

function isCardNumber(digits: string): boolean {
  const prefix = Number(digits.slice(0, 4));
  const isIssued = /^[3-6]/.test(digits) || (prefix >= 2221 && prefix <= 2720);
  return isIssued && passesLuhn(digits);
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
