/** Arithmetic and rounding as CPython does them; integers are bigints, so nothing is lost there. */
import { LIMITS } from "#model/limits.ts";
import { Refused } from "./refused.ts";
import { asNumber, float, integer, isList, itemsOf, listOf, type Value } from "./values.ts";

export function calculate(operator: string, left: Value, right: Value): Value {
  const a = asNumber(left);
  const b = asNumber(right);
  if (a === null || b === null) return combine(operator, left, right);
  if (typeof a === "bigint" && typeof b === "bigint" && operator !== "/") {
    return integer(integers(operator, a, b));
  }
  return float(floats(operator, Number(a), Number(b)));
}

function integers(operator: string, a: bigint, b: bigint): bigint {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
  }
  if (b === 0n) throw new Refused("Division by zero.");
  const floor = (a - modulo(a, b)) / b;
  return operator === "//" ? floor : modulo(a, b);
}

/** The remainder that has the sign of the divisor. */
function modulo(a: bigint, b: bigint): bigint {
  return ((a % b) + b) % b;
}

function floats(operator: string, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
  }
  if (b === 0) throw new Refused("Division by zero.");
  if (operator === "/") return a / b;
  const [quotient, remainder] = divmod(a, b);
  return operator === "//" ? quotient : remainder;
}

/** After `float_divmod` of CPython: exact where floor(a / b) is one off. */
function divmod(a: number, b: number): [number, number] {
  let remainder = a % b;
  let quotient = (a - remainder) / b;
  if (remainder === 0) remainder = b < 0 ? -0 : 0;
  else if (b < 0 !== remainder < 0) {
    remainder += b;
    quotient -= 1;
  }
  if (quotient === 0) return [Object.is(a / b, -0) || a / b < 0 ? -0 : 0, remainder];
  const floor = Math.floor(quotient);
  return [quotient - floor > 0.5 ? floor + 1 : floor, remainder];
}

/** `+` of texts and lists, `*` of one and an integer. */
function combine(operator: string, left: Value, right: Value): Value {
  if (operator === "+" && typeof left === "string" && typeof right === "string") {
    if (left.length + right.length > LIMITS.expressionStringLength) throw new Refused("Too long.");
    return left + right;
  }
  if (operator === "+" && isList(left) && isList(right)) {
    if (left.length + right.length > LIMITS.expressionListLength) throw new Refused("Too long.");
    return listOf([...itemsOf(left), ...itemsOf(right)]);
  }
  const times = operator === "*" ? (asNumber(right) ?? asNumber(left)) : null;
  if (typeof times !== "bigint") throw new Refused(`${operator} does not work on these.`);
  return repeat(asNumber(right) === null ? right : left, times < 0n ? 0 : Number(times));
}

function repeat(value: Value, times: number): Value {
  if (typeof value === "string") {
    if (value.length * times > LIMITS.expressionStringLength) throw new Refused("Too long.");
    return value === "" ? "" : value.repeat(times);
  }
  if (!isList(value)) throw new Refused("* does not work on these.");
  const { length } = value;
  if (length * times > LIMITS.expressionListLength) throw new Refused("Too long.");
  const items = itemsOf(value);
  return listOf(Array.from({ length: length * times }, (_, at) => items[at % length] ?? null));
}

export function negate(value: Value): Value {
  const number = asNumber(value);
  if (number === null) throw new Refused("- does not work on this.");
  return typeof number === "bigint" ? integer(-number) : -number;
}

export function absolute(value: Value): Value {
  const number = asNumber(value);
  if (number === null) throw new Refused("abs() needs a number.");
  return typeof number === "bigint" ? (number < 0n ? -number : number) : Math.abs(number);
}

/** round(): half to even, of the exact value of the float. */
export function round(value: Value, digits: Value): Value {
  const number = asNumber(value);
  const count = digits === null ? null : asNumber(digits);
  if (number === null || typeof count === "number") throw new Refused("round() needs numbers.");
  if (digits !== null && count === null) throw new Refused("round() needs an integer of digits.");
  if (typeof number === "bigint") return integer(roundInteger(number, count ?? 0n));
  if (count === null) return integer(quotientHalfEven(exact(number), 1n));
  return float(roundFloat(number, count));
}

function roundInteger(value: bigint, digits: bigint): bigint {
  if (digits >= 0n) return value;
  if (digits < -20n) return 0n;
  const unit = 10n ** -digits;
  return quotientHalfEven([value, 1n], unit) * unit;
}

function roundFloat(value: number, digits: bigint): number {
  if (digits > 400n) return value;
  const sign = value < 0 || Object.is(value, -0) ? -1 : 1;
  if (digits < -400n) return sign < 0 ? -0 : 0;
  const [numerator, denominator] = exact(Math.abs(value));
  const scaled = digits >= 0n ? numerator * 10n ** digits : numerator;
  const unit = digits >= 0n ? 1n : 10n ** -digits;
  return sign * Number(`${quotientHalfEven([scaled, denominator], unit)}e${-digits}`);
}

/** A double as an exact fraction: doubling loses nothing until it is whole. */
function exact(value: number): [bigint, bigint] {
  let whole = value;
  let denominator = 1n;
  while (!Number.isInteger(whole)) {
    whole *= 2;
    denominator *= 2n;
  }
  return [BigInt(whole), denominator];
}

function quotientHalfEven([numerator, denominator]: [bigint, bigint], unit: bigint): bigint {
  const divisor = denominator * unit;
  const floor = (numerator - modulo(numerator, divisor)) / divisor;
  const twice = 2n * modulo(numerator, divisor);
  const isUp = twice > divisor || (twice === divisor && floor % 2n !== 0n);
  return isUp ? floor + 1n : floor;
}
