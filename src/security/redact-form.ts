/** How a form of sensitive text is written down: as a pattern, or as a function that finds places. */
import type { Finding, Place, SensitiveKind } from "./redact-finding.ts";

/** A form: finds its places in a text. */
export interface Form {
  find(text: string): Finding[];
}

/** The `value` group is the sensitive part; without one the whole match is. */
interface Pattern {
  kind: SensitiveKind;
  /** Without it, cheap to look for, the pattern is not tried. */
  needs?: RegExp;
  pattern: RegExp;
  /** For the whole match; `$<name>` inserts a group of it. Without it the value alone is replaced. */
  replacement?: string;
  /** Rejects matches that only look like the form. */
  accept?: (value: string, match: RegExpMatchArray) => boolean;
}

export function byPattern(form: Pattern): Form {
  const { kind, needs, pattern, replacement, accept = () => true } = form;
  return {
    find: (text) => {
      if (needs?.test(text) === false) return [];
      return [...text.matchAll(pattern)].flatMap((match) => {
        const whole = { start: match.index, end: match.index + match[0].length };
        const [start, end] = match.indices?.groups?.["value"] ?? [whole.start, whole.end];
        if (!accept(text.slice(start, end), match)) return [];
        const value = { start, end };
        if (replacement === undefined) return [finding(kind, text, whole, value)];
        const filled = replacement.replaceAll(
          /\$<(\w+)>/g,
          (_, name: string) => match.groups?.[name] ?? "",
        );
        return [{ kind, ...whole, value, replacement: filled }];
      });
    },
  };
}

export function byFinder(
  kind: SensitiveKind,
  find: (text: string) => Place[],
  replacement: string,
): Form {
  return {
    find: (text) => find(text).map((place) => ({ kind, ...place, value: place, replacement })),
  };
}

/** The whole range with its value replaced, what is around the value stays. */
export function finding(
  kind: SensitiveKind,
  text: string,
  { start, end }: Place,
  value: Place,
): Finding {
  const replacement = `${text.slice(start, value.start)}[REDACTED]${text.slice(value.end, end)}`;
  return { kind, start, end, value, replacement };
}
