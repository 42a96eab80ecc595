/** What the units of a text are to the search. */

export const ELLIPSIS = 0x2026;
export const SPACE = 0x20;
const PLUS = 0x2b;

/**
 * White space, and the plus sign with which forms write a space. All are the same to the search:
 * messages are put on one line, and pages break lines where they like.
 */
export function isSpace(unit: number): boolean {
  if (unit > SPACE && unit < 0xa0) return unit === PLUS;
  return (
    unit === SPACE ||
    (unit >= 0x09 && unit <= 0x0d) ||
    unit === 0xa0 ||
    unit === 0x2028 ||
    unit === 0x2029
  );
}

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

export function isLetterOrDigit(unit: number): boolean {
  const lower = unit | 0x20;
  return (unit >= 0x30 && unit <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
}
