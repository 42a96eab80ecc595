/** A value as YAML, however deep it is. */
import { stringify } from "yaml";

/** Deeper values are written as JSON, which is YAML: the library that writes it is recursive. */
const BLOCKS = 100;

export function yamlOf(value: unknown): string {
  return depthOf(value) > BLOCKS
    ? JSON.stringify(value)
    : stringify(value, { aliasDuplicateObjects: false });
}

/** Level by level, for the same reason. */
function depthOf(root: unknown): number {
  let level: unknown[] = [root];
  for (let depth = 0; ; depth += 1) {
    level = level.flatMap((value): unknown[] =>
      typeof value === "object" && value !== null ? Object.values(value) : [],
    );
    if (level.length === 0) return depth;
  }
}
