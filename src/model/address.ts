/**
 * E-mail addresses of people, as they are compared. Owns the one rule of case.
 *
 * Unicode folds more than letters' case: U+212A (the Kelvin sign) becomes `k`, so by its rules a
 * person who can register `Kim@…` with it could decide as `kim@…`. ASCII rules change only A to Z.
 */

/** A to Z in lower case; everything else as it is. */
export function lowerAscii(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Whether two addresses are one person's. */
export function isSameAddress(left: string | undefined, right: string | undefined): boolean {
  if (left === undefined || right === undefined) return false;
  return lowerAscii(left) === lowerAscii(right);
}

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

export function isPrintableAscii(text: string): boolean {
  return PRINTABLE_ASCII.test(text);
}
