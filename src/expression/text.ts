/** Strings as Python sees them: sequences of code points, where JavaScript counts UTF-16 units. */

const SURROGATE = /[\ud800-\udfff]/;

/** Needles up to this length are searched natively; the native search of longer ones can be slow. */
const SHORT_NEEDLE = 128;

export function codePointLength(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

/** The character at an index counted in code points, from the end when negative; null outside. */
export function characterAt(text: string, index: number): string | null {
  if (!SURROGATE.test(text)) return text.at(index) ?? null;
  let left = index < 0 ? index + codePointLength(text) : index;
  if (left < 0) return null;
  for (const character of text) {
    if (left === 0) return character;
    left -= 1;
  }
  return null;
}

/** Negative, zero or positive, by code point. */
export function compareText(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  let index = 0;
  while (index < shorter && left.charCodeAt(index) === right.charCodeAt(index)) index += 1;
  if (index === shorter) return left.length - right.length;
  // The units that differ may be the second halves of two pairs.
  const start = isHighSurrogate(left.charCodeAt(index - 1)) ? index - 1 : index;
  const order = (left.codePointAt(start) ?? 0) - (right.codePointAt(start) ?? 0);
  return order === 0 ? left.charCodeAt(index) - right.charCodeAt(index) : order;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** Whether the text holds the needle, in time linear in both (Knuth, Morris, Pratt). */
export function textContains(text: string, needle: string): boolean {
  if (needle.length <= SHORT_NEEDLE || needle.length > text.length) return text.includes(needle);
  const borders = borderLengths(needle);
  let matched = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    while (matched > 0 && needle.charCodeAt(matched) !== unit) matched = borders[matched - 1] ?? 0;
    if (needle.charCodeAt(matched) === unit) matched += 1;
    if (matched === needle.length) return true;
  }
  return false;
}

/** For each prefix, the length of its longest proper prefix that is also its suffix. */
function borderLengths(needle: string): Uint32Array {
  const borders = new Uint32Array(needle.length);
  let length = 0;
  for (let index = 1; index < needle.length; index += 1) {
    const unit = needle.charCodeAt(index);
    while (length > 0 && needle.charCodeAt(length) !== unit) length = borders[length - 1] ?? 0;
    if (needle.charCodeAt(length) === unit) length += 1;
    borders[index] = length;
  }
  return borders;
}
