/**
 * Converts values of format 0.1 to the model: durations, and names that start with `ctx`. Part of
 * the loader; see `old-file.ts` for what it may share.
 */

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Seconds of a duration such as `30s` or `1m30s`; null when it is not a duration. */
export function durationInSeconds(text: string): number | null {
  const parts = [...text.matchAll(/([0-9.]+)([a-z]+)/g)];
  const isWhole = parts.map(([part]) => part).join("") === text && text !== "";
  let total = 0;
  let least = Infinity;
  for (const [, amount = "", unit = ""] of parts) {
    const ms = UNIT_MS[unit];
    if (ms === undefined || ms >= least || !/^\d+(\.\d+)?$/.test(amount)) return null;
    least = ms;
    total += Number(amount) * ms;
  }
  return isWhole ? Math.round(total * 1000) / 1_000_000 : null;
}

/** `ctx["runtime"]["inputs"]["x"]` as a dotted path; any other text as it is. */
export function asPath(text: string): string {
  return /^\s*ctx(?![\w-])/.test(text) ? pathOf(text) : text;
}

/** The placeholders of a text with such paths in them. */
export function withPaths(text: string): string {
  return text.replaceAll(
    /(\{\{\s*)(ctx(?![\w-])[^{}]*?)(\s*\}\})/g,
    (_whole, open: string, chain: string, close: string) => open + pathOf(chain) + close,
  );
}

function pathOf(chain: string): string {
  const parts = chain.matchAll(/\[\s*(?:"([^"]*)"|'([^']*)'|(\d+))\s*\]|\.\s*([\w-]+)/g);
  return [...parts].map((groups) => groups.slice(1).find((part) => part !== undefined)).join(".");
}
