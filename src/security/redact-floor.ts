/**
 * The floor below the forms: what the six patterns of the specification take is taken from every
 * line of the log, whether it is a card, a telephone or the number of an order. Elsewhere the forms
 * decide alone, which tell these apart.
 *
 * Written to be linear; the one for telephones as it was meant, since it is garbled there.
 */
const FLOOR: readonly [RegExp, string][] = [
  [/authorization:\s{0,64}bearer\s{1,64}[\w\-.~+/]+=*/gi, "authorization: Bearer [REDACTED]"],
  [/(api[_-]?key|token|secret)\s{0,64}[:=]\s{0,64}['"]?[\w-]{16,}['"]?/gi, "$1: [REDACTED]"],
  [
    /(?<![\w.%+-])[\w.%+-]{1,320}@(?=[A-Za-z\d])[A-Za-z\d.-]{1,255}\.[A-Za-z]{2,}/g,
    "[REDACTED_EMAIL]",
  ],
  [/(?<!\w)(?:\+?1[-.\s]?)?\(?\d{3}\)?[-.\s]?\d{3}[-.\s]?\d{4}\b/g, "[REDACTED_PHONE]"],
  [/\b\d{3}-\d{2}-\d{4}\b/g, "[REDACTED_SSN]"],
  [/\b(?:\d[ -]{0,64}?){13,19}\b/g, "[REDACTED_PAN]"],
];

const NEEDS = /\d{3}|@|:|=/;

export function applyFloor(text: string): string {
  if (!NEEDS.test(text)) return text;
  return FLOOR.reduce(
    (rest, [pattern, replacement]) => rest.replaceAll(pattern, replacement),
    text,
  );
}
