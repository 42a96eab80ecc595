/**
 * Bytes as the units of a text. Bytes that are no UTF-8 are read as Latin-1: some encoders write
 * them so, and what stands beside a value must not hide it.
 */

/** How many bytes the character takes that starts at `at`: 2 to 4, or 1 for a byte of its own. */
export function utf8Length(bytes: Uint8Array, at: number, end: number): number {
  const length = lengthByLead(bytes[at] ?? 0);
  if (at + length > end) return 1;
  for (let index = 1; index < length; index++) {
    if (((bytes[at + index] ?? 0) & 0xc0) !== 0x80) return 1;
  }
  return length;
}

function lengthByLead(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 1;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** Whether the character that starts at `at` goes on behind `end`. */
export function isUnfinished(bytes: Uint8Array, at: number, end: number): boolean {
  const length = lengthByLead(bytes[at] ?? 0);
  if (length === 1 || at + length <= end) return false;
  for (let index = at + 1; index < end; index++) {
    if (((bytes[index] ?? 0) & 0xc0) !== 0x80) return false;
  }
  return true;
}

export function codePointOf(bytes: Uint8Array, at: number, length: number): number {
  const lead = bytes[at] ?? 0;
  if (length === 1) return lead;
  let codePoint = lead & (0x7f >> length);
  for (let index = 1; index < length; index++) {
    codePoint = (codePoint << 6) | ((bytes[at + index] ?? 0) & 0x3f);
  }
  // Beyond Unicode: such bytes are no text.
  return codePoint > 0x10_ffff ? 0xfffd : codePoint;
}
