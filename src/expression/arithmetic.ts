/**
 * `+ - * / // %` and unary minus. Integers and floats stay apart, booleans count as integers, and
 * `//` and `%` round toward minus infinity: Python's rules. Results that no JSON integer or float
 * can hold (beyond 2^53, infinite, not a number) are failures.
 */
import type { ArithmeticOperator } from "./ast.ts";
import { type Budget, tooLongList, tooLongString } from "./budget.ts";
import { Failure, TOO_MANY_STEPS } from "./error.ts";
import { Float, integerOf, List, numberOf, typeName, type Value } from "./values.ts";

export function calculate(
  operator: ArithmeticOperator,
  left: Value,
  right: Value,
  budget: Budget,
): Value | Failure {
  const a = numberOf(left);
  const b = numberOf(right);
  if (a !== null && b !== null) {
    if (b === 0 && ["/", "//", "%"].includes(operator)) return new Failure("Division by zero.");
    return left instanceof Float || right instanceof Float || operator === "/"
      ? float(floatResult(operator, a, b))
      : integer(integerResult(operator, a, b));
  }
  if (operator === "%" && typeof left === "string") {
    return new Failure("% does not format strings; it works on numbers only.");
  }
  const joined = operator === "+" ? concatenate(left, right, budget) : null;
  const result = joined ?? (operator === "*" ? repeatEither(left, right, budget) : null);
  return result ?? unsupported(operator, left, right);
}

export function negate(value: Value): Value | Failure {
  if (value instanceof Float) return new Float(-value.float);
  const number = numberOf(value);
  if (number === null) return new Failure(`- does not work on ${typeName(value)}.`);
  return integer(-number);
}

/** An integer, if it is one that JavaScript holds exactly. */
export function integer(value: number): number | Failure {
  if (!Number.isSafeInteger(value)) return new Failure("The result is an integer beyond 2^53.");
  // Minus zero is a float's business.
  return value + 0;
}

/** A float, if it is a finite one. */
export function float(value: number): Float | Failure {
  return Number.isFinite(value)
    ? new Float(value)
    : new Failure("The result is not a finite number.");
}

function unsupported(operator: string, left: Value, right: Value): Failure {
  return new Failure(`${operator} does not work on ${typeName(left)} and ${typeName(right)}.`);
}

function integerResult(operator: ArithmeticOperator, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "%":
      return modulo(a, b);
    case "//":
      return floorDivide(a, b);
    case "/":
      return a / b;
  }
}

/** The remainder with the sign of the divisor; exact, since JavaScript's is. */
function modulo(a: number, b: number): number {
  const remainder = a % b;
  return remainder !== 0 && remainder < 0 !== b < 0 ? remainder + b : remainder;
}

/** Through the remainder with the sign of `a`: a / b of large integers would be rounded. */
function floorDivide(a: number, b: number): number {
  const remainder = a % b;
  const quotient = (a - remainder) / b;
  return remainder !== 0 && remainder < 0 !== b < 0 ? quotient - 1 : quotient;
}

function floatResult(operator: ArithmeticOperator, a: number, b: number): number {
  switch (operator) {
    case "%": {
      const remainder = modulo(a, b);
      return remainder === 0 ? withSign(0, b) : remainder;
    }
    case "//":
      return floorQuotient(a, b);
    default:
      return integerResult(operator, a, b);
  }
}

/** As CPython's float_divmod: from the remainder, since floor(a / b) can be one too many. */
function floorQuotient(a: number, b: number): number {
  const quotient = floorDivide(a, b);
  if (quotient === 0) return withSign(0, a / b);
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function withSign(magnitude: number, sign: number): number {
  return sign < 0 || Object.is(sign, -0) ? -magnitude : magnitude;
}

function concatenate(left: Value, right: Value, budget: Budget): Value | Failure | null {
  if (typeof left === "string" && typeof right === "string") {
    const length = left.length + right.length;
    return tooLongString(length) ?? (budget.takeBulk(length) ? left + right : TOO_MANY_STEPS);
  }
  if (left instanceof List && right instanceof List) {
    const length = left.items.length + right.items.length;
    const problem = tooLongList(length) ?? (budget.takeBulk(length) ? null : TOO_MANY_STEPS);
    return problem ?? new List([...left.items, ...right.items], true);
  }
  return null;
}

function repeatEither(left: Value, right: Value, budget: Budget): Value | Failure | null {
  const times = integerOf(right);
  if (times !== null) return repeat(left, times, budget);
  const timesFirst = integerOf(left);
  return timesFirst === null ? null : repeat(right, timesFirst, budget);
}

function repeat(value: Value, times: number, budget: Budget): Value | Failure | null {
  const count = Math.max(0, times);
  if (typeof value === "string") {
    const length = value.length * count;
    const problem = tooLongString(length) ?? (budget.takeBulk(length) ? null : TOO_MANY_STEPS);
    return problem ?? (value === "" ? "" : value.repeat(count));
  }
  if (value instanceof List) {
    const { items } = value;
    const length = items.length * count;
    const problem = tooLongList(length) ?? (budget.takeBulk(length) ? null : TOO_MANY_STEPS);
    if (problem !== null) return problem;
    return new List(
      Array.from({ length }, (_, index) => items[index % items.length] ?? null),
      true,
    );
  }
  return null;
}
