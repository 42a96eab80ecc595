/**
 * Where the order of a list has a meaning. Everywhere else two lists are the same when they hold
 * the same. The one table of it; docs/parity.md explains the entries.
 *
 * `*` matches one segment of a path, `**` any number of them.
 */
export const ORDERED_PATHS: readonly string[] = [
  // The way that a run took.
  "/steps",
  // Decisions, and what a rule read: both in the order in which it happened.
  "/**/output/decisions",
  "/**/output/trace",
  // Texts in several parts.
  "/**/draft",
  // "the worst first", and a rule reads the first.
  "/**/findings",
  "/**/timeline",
];

/** Whether a list at this path is one whose order counts. */
export function isOrdered(path: readonly string[], ordered: readonly string[]): boolean {
  return ordered.some((pattern) => matches(pattern.split("/").slice(1), path));
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return path.length === 0;
  if (first === "**") {
    return path.some((_, index) => matches(rest, path.slice(index))) || matches(rest, []);
  }
  const [segment, ...deeper] = path;
  return segment !== undefined && (first === "*" || first === segment) && matches(rest, deeper);
}
