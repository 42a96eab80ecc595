/**
 * Regular expressions written by users: compiled by re2js, which matches in time linear in the
 * text, never by the host's `RegExp`, which backtracks. Owns the dialect, the limits on size and
 * a bounded cache; what a failed match means belongs to the caller.
 *
 * The dialect is RE2 in JavaScript's spelling (`\u00e9`, `(?<name>…)`, `\p{Letter}`); look-around
 * and back-references do not exist in it and are refused. `$` is the end of the text only.
 */
import { RE2JS, RE2JSException } from "re2js";
import { LIMITS } from "#model/limits.ts";

export interface Pattern {
  ok: true;
  /** True when the pattern occurs somewhere in the text (JSON Schema's `pattern`). */
  finds(text: string): boolean;
  /** True when the pattern covers the whole text (a form field's `pattern`). */
  matchesWhole(text: string): boolean;
  /** What one match against the text may cost, in units of 100 instructions × characters. */
  work(text: string): number;
}

export type CompiledPattern = Pattern | { ok: false; message: string };

/** Compiled patterns kept in the isolate; the oldest goes first. */
const CACHE_SIZE = 200;
const cache = new Map<string, CompiledPattern>();

/** Compiles a pattern, or says in plain words why it is refused. Never throws. */
export function compilePattern(source: string): CompiledPattern {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const compiled = compile(source);
  if (cache.size >= CACHE_SIZE) {
    const [oldest] = cache.keys();
    if (oldest !== undefined) cache.delete(oldest);
  }
  cache.set(source, compiled);
  return compiled;
}

/**
 * An upper estimate of the size of the compiled program, without compiling: `(abc){1000}` is
 * unrolled a thousand times, so counted repetitions multiply the length.
 */
export function patternSize(source: string): number {
  let repetitions = 1;
  for (const [, least = "0", most = ""] of source.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) {
    repetitions += Math.max(Number(least), Number(most));
  }
  return repetitions * source.length;
}

function compile(source: string): CompiledPattern {
  if (source.length > LIMITS.patternLength) {
    return { ok: false, message: `is longer than ${LIMITS.patternLength} characters` };
  }
  if (patternSize(source) > LIMITS.patternSize) {
    return { ok: false, message: "repeats too much: its counted repetitions are too large" };
  }
  if (NAMED_BACK_REFERENCE.test(source)) {
    return { ok: false, message: "uses a back-reference, which is not supported" };
  }
  try {
    const program = RE2JS.compile(RE2JS.translateRegExp(shortenProperties(source)));
    const size = program.programSize();
    return {
      ok: true,
      finds: (text) => program.test(text),
      matchesWhole: (text) => program.testExact(text),
      work: (text) => Math.ceil((size * (text.length + 1)) / 100),
    };
  } catch (error) {
    if (error instanceof RE2JSException) return { ok: false, message: explain(error.message) };
    throw error;
  }
}

const UNSUPPORTED =
  /invalid or unsupported Perl syntax|invalid escape sequence: `\\[1-9]|capture: `\(\?<[!=]/;
/** The translation to RE2 would take `\k<name>` for the letters "k<name>". */
const NAMED_BACK_REFERENCE = /(?<!\\)(?:\\\\)*\\k</;

function explain(message: string): string {
  const reason = message.replace("error parsing regexp: ", "");
  return UNSUPPORTED.test(message)
    ? `uses look-around, a back-reference or another construct that is not supported (${reason})`
    : `is not a regular expression (${reason})`;
}

const PROPERTY_NAMES: Readonly<Record<string, string>> = {
  Letter: "L",
  Lowercase_Letter: "Ll",
  Uppercase_Letter: "Lu",
  Mark: "M",
  Number: "N",
  Decimal_Number: "Nd",
  Punctuation: "P",
  Symbol: "S",
  Separator: "Z",
};

/** RE2 knows Unicode properties by their short names only. */
function shortenProperties(source: string): string {
  return source.replaceAll(
    /\\([pP])\{(?:(?:Script|sc|General_Category|gc)=)?(\w+)\}|\\./gs,
    (whole, kind: string | undefined, name: string | undefined) =>
      kind === undefined || name === undefined
        ? whole
        : `\\${kind}{${Object.hasOwn(PROPERTY_NAMES, name) ? PROPERTY_NAMES[name] : name}}`,
  );
}
