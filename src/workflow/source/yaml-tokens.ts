/**
 * The flat look at YAML: tokens before they are composed into values. The nesting may be as deep
 * as the text is long here, so nothing recurses.
 */
import type { CST } from "yaml";
import { LIMITS } from "#model/limits.ts";
import { quote, type Report } from "../findings.ts";

/** What can be opened and never closed. */
export type Opened = "quote" | "bracket";

/** Reports `%…` lines: they would change how the rest is read. */
export function reportDirectives(tokens: readonly CST.Token[], report: Report): void {
  for (const token of tokens) {
    if (token.type !== "directive") continue;
    const message = `The directive ${quote(token.source)} is not supported; remove it. Workflows are YAML 1.2.`;
    report({ code: "yaml_directive", message, path: [], offset: token.offset });
  }
}

/** Whether values are nested deeper than a request may be, which is then reported. */
export function isTooDeep(tokens: readonly CST.Token[], report: Report): boolean {
  for (const { token, depth } of walkTokens(tokens)) {
    if (depth - 1 <= LIMITS.bodyDepth) continue;
    const message = `Values are nested more than ${LIMITS.bodyDepth} levels deep.`;
    report({ code: "too_deep", message, path: [], offset: token.offset });
    return true;
  }
  return false;
}

/** All tokens with their depth, by a stack: the nesting may be as deep as the text is long. */
function* walkTokens(tokens: readonly CST.Token[]): Generator<{ token: CST.Token; depth: number }> {
  const stack = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    yield next;
    for (const token of childTokens(next.token)) stack.push({ token, depth: next.depth + 1 });
  }
}

function childTokens(token: CST.Token): CST.Token[] {
  if (token.type === "document") return token.value === undefined ? [] : [token.value];
  if (!("items" in token)) return [];
  return token.items.flatMap((item) =>
    [item.key, item.value].filter((child) => child !== undefined && child !== null),
  );
}

/** Offsets of the first quote and the first bracket that are never closed. */
export function firstUnclosed(tokens: readonly CST.Token[]): Record<Opened, number> {
  const opened = { quote: Infinity, bracket: Infinity };
  for (const { token } of walkTokens(tokens)) {
    if (token.type === "flow-collection") {
      if (!isClosedFlow(token)) opened.bracket = Math.min(opened.bracket, token.offset);
    } else if (token.type.endsWith("quoted-scalar") && !isClosedQuote(token)) {
      opened.quote = Math.min(opened.quote, token.offset);
    }
  }
  return opened;
}

function isClosedQuote(token: CST.Token): boolean {
  return "source" in token && token.source.length > 1 && /["']$/.test(token.source);
}

function isClosedFlow({ end }: CST.FlowCollection): boolean {
  return end.some(({ type }) => type === "flow-map-end" || type === "flow-seq-end");
}
