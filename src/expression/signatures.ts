/**
 * The functions of the language and how many arguments each takes. Only a call reaches them: they
 * are not values, and a name of the context may be spelled the same.
 */
interface Arity {
  least: number;
  most: number;
}

const ONE: Arity = { least: 1, most: 1 };
const TWO: Arity = { least: 2, most: 2 };
const ANY: Arity = { least: 1, most: Number.POSITIVE_INFINITY };

const SIGNATURES = {
  len: ONE,
  any: ONE,
  all: ONE,
  min: ANY,
  max: ANY,
  abs: ONE,
  round: { least: 1, most: 2 },
  lower: ONE,
  upper: ONE,
  contains: TWO,
  starts_with: TWO,
  ends_with: TWO,
} as const satisfies Record<string, Arity>;

export type FunctionName = keyof typeof SIGNATURES;

export function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(SIGNATURES, name);
}

export const FUNCTION_NAMES = Object.keys(SIGNATURES).filter(isFunctionName);

/** Why this many arguments are wrong for the function, or null when they are right. */
export function arityProblem(name: FunctionName, count: number): string | null {
  const { least, most }: Arity = SIGNATURES[name];
  if (count >= least && count <= most) return null;
  const wanted = least === most ? `${least}` : most === 2 ? "1 or 2" : `at least ${least}`;
  return `${name}() takes ${wanted} argument${wanted === "1" || most > 2 ? "" : "s"}, not ${count}.`;
}
