/** Texts cut to a number of bytes. */

/** Appended to a text that was cut. */
const CUT_SIGN = " … (cut)";

const encoder = new TextEncoder();

/** The text, or its start followed by `CUT_SIGN`: at most `bytes` of UTF-8, whole characters. */
export function cutToBytes(text: string, bytes: number): string {
  // A character takes at least one byte, so that the rest need not be encoded.
  const beginning = text.slice(0, bytes + 1);
  const encoded = encoder.encode(beginning);
  if (encoded.length <= bytes) return beginning;
  let end = bytes - encoder.encode(CUT_SIGN).length;
  // 10xxxxxx continues a character: cutting before it would leave half of one.
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end--;
  return new TextDecoder().decode(encoded.subarray(0, Math.max(0, end))) + CUT_SIGN;
}
