/**
 * Untrusted text on a terminal: how to show it so that it cannot move the cursor or reorder text,
 * and how many columns it takes.
 */

/** Control characters, those that turn the reading direction, and line separators. */
const UNPRINTABLE = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;

/** The same text, of the same length, with a visible sign for each control character. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "\u2421" : "\uFFFD";
  });
}

const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const WIDE =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE4F\uFF01-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}\p{Emoji_Presentation}]/u;
const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cf}]/u;

/** Columns on a terminal: two for East Asian characters and emoji, none for combining marks. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    if (INVISIBLE.test(segment)) continue;
    width += WIDE.test(segment) || segment.includes("\uFE0F") ? 2 : 1;
  }
  return width;
}
