/** Base64 (RFC 4648, section 4) of bytes, also of many: chunk by chunk. */

/** Arguments of one call; more could exceed the stack. */
const CHUNK = 8192;

export function encodeBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.byteLength; at += CHUNK) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + CHUNK)));
  }
  return btoa(parts.join(""));
}

/** Null: it is no base64. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null;
  const binary = decode(text);
  if (binary === null) return null;
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

function decode(text: string): string | null {
  try {
    return atob(text);
  } catch {
    // `=` alone has the right letters and length; the decoder reports nothing else.
    return null;
  }
}
