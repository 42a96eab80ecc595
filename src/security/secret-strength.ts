/**
 * Whether a secret of the settings could be guessed: an estimate of what it takes to write it down,
 * in bits. What is random, or a passphrase of words that were drawn, takes one symbol after another.
 * What a person made up repeats itself, counts, runs along the keyboard, or says what it is for.
 *
 * It refuses no random value: of 32 hexadecimal characters about 100 bits are left, and a passphrase
 * may have some of the listed words. It cannot know a value that was published elsewhere.
 */

/** Half of what the smallest key of the service should have. */
const BITS_NEEDED = 64;
/** To name a listed word, a repetition or a run, instead of its characters. */
const WORD_BITS = 3;
const REPEAT_BITS = 6;
const RUN_BITS = 6;

const REPEAT_MIN = 3;
const RUN_MIN = 4;
/** A listed word counts anywhere from this length, a shorter one between other signs only. */
const WORD_MIN = 4;
/** Characters that are looked at: one that is longer has enough in them. */
const LOOKED_AT = 512;

/** Characters in the order in which they are counted, or stand on a keyboard. */
const RUNS = [
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890",
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
  "qwertzuiop",
  "azertyuiop",
  "qsdfghjklm",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
  "!@#$%^&*()",
];
const ROWS = RUNS.flatMap((row) => [row, row.split("").toReversed().join("")]);

/** What placeholders, examples and settings are called. */
const WORDS: ReadonlySet<string> = new Set(
  `a about above admin alone an and any api app application at auth authentication aws azure backend
  bar base64 base64url battery baz be before better bit bits bytes by c change changed changeit
  changeme character characters chars choose cloud cloudflare cookie correct credential credentials
  crypto d2 data db debug default demo deploy deployment dev development do docker dont dotenv dummy
  edit encrypt encryption enter env environment even example examples f fake fill first fixme foo for
  from generate generated good guess hash hello here hex hmac hmac256 horse hs256 hunter i id if in
  insecure insert internal is issuer it iloveyou its jsonwebtoken just jwt key keys known least length
  letmein line local localhost login long longer lorem ipsum main make master me min minimum model
  monkey more most must my name never new no none not note now of ok old on one only openssl or
  orchestrator other our pass passphrase passw0rd password passwords phrase placeholder please prod
  production project public put rand random randomly real remember remove replace replaceme required
  root run s safe salt same sample secret secrets secure security seed server service session set
  setting sha sha256 shared shh should sign signature signing simple site some somesecret something
  stage staging staple starter string strong super supersecret t temp template temporary test tester
  testing tests text that the there this time to todo token tokens too tutorial two uncommon unique
  unsafe unset update use used user using value values very weak web webhook welcome who will with word
  words work worker workers workflow workflows world worldwide write xxx you your yours`
    .split(/\s+/)
    .filter((word) => word !== ""),
);
const LONGEST_WORD = Math.max(...[...WORDS].map((word) => word.length));

/** Why the secret is refused in production, without a word of it; null: it is not. */
export function weaknessOf(secret: string): string | null {
  if (bitsOf(secret) >= BITS_NEEDED) return null;
  return "is easy to guess: it is an example, a phrase about itself, or repeats or counts";
}

/** The same for the 32 bytes of a key. */
export function weaknessOfBytes(bytes: Uint8Array): string | null {
  const text = String.fromCharCode(...bytes);
  const isText = /^[\u0020-\u007e]+$/.test(text);
  const isWeak = new Set(bytes).size < bytes.length / 2 || isCounted(bytes);
  return isWeak ? "is easy to guess: its bytes repeat or count" : isText ? weaknessOf(text) : null;
}

/** Whether each byte is as far from the one before. */
function isCounted(bytes: Uint8Array): boolean {
  const [first = 0, second = 0] = bytes;
  const step = (second - first) & 255;
  return bytes.every(
    (byte, index) => index === 0 || byte === (((bytes[index - 1] ?? 0) + step) & 255),
  );
}

/** The least that the text takes, over all ways of cutting it. */
function bitsOf(secret: string): number {
  const text = secret.slice(0, LOOKED_AT).toLowerCase();
  const perCharacter = Math.log2(new Set(secret.slice(0, LOOKED_AT)).size || 1);
  const least: number[] = [0];
  for (let at = 0; at < text.length; at++) {
    const here = least[at] ?? Number.POSITIVE_INFINITY;
    const offer = (end: number, bits: number) => {
      least[end] = Math.min(least[end] ?? Number.POSITIVE_INFINITY, here + bits);
    };
    const isSeparator = /[\s_.,:;/-]/.test(text.charAt(at));
    offer(at + 1, isSeparator ? Math.min(1, perCharacter) : perCharacter);
    for (const end of wordEnds(text, at)) offer(end, WORD_BITS);
    const repeated = repeatedLength(text, at);
    if (repeated >= REPEAT_MIN) offer(at + repeated, REPEAT_BITS);
    const run = runLength(text, at);
    if (run >= RUN_MIN) offer(at + run, RUN_BITS);
  }
  return least[text.length] ?? 0;
}

/** Where a listed word that begins here ends. */
function wordEnds(text: string, at: number): number[] {
  const ends: number[] = [];
  for (let length = 1; length <= LONGEST_WORD && at + length <= text.length; length++) {
    const end = at + length;
    if (!WORDS.has(text.slice(at, end))) continue;
    const isWhole = isBoundary(text, at - 1) && isBoundary(text, end);
    if (length >= WORD_MIN || isWhole) ends.push(end);
  }
  return ends;
}

function isBoundary(text: string, at: number): boolean {
  return !/[a-z]/.test(text.charAt(at));
}

/** How much from here on was there before; it may reach into itself, as in "aaaa". */
function repeatedLength(text: string, at: number): number {
  let longest = 0;
  for (let start = 0; start < at; start++) {
    let length = 0;
    while (at + length < text.length && text[start + length] === text[at + length]) length += 1;
    longest = Math.max(longest, length);
  }
  return longest;
}

/** How far the text counts, or follows a row of the keyboard, from here on. */
function runLength(text: string, at: number): number {
  return Math.max(...ROWS.map((row) => runIn(row, text, at)));
}

function runIn(row: string, text: string, at: number): number {
  let place = row.indexOf(text.charAt(at));
  if (place === -1) return 0;
  let length = 1;
  while (at + length < text.length && row[place + 1] === text[at + length]) {
    place += 1;
    length += 1;
  }
  return length;
}
