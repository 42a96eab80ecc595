/**
 * Python's round(): half to even, on the exact value of the float. Scaling by a power of ten in
 * floating point would round twice (`round(2.675, 2)` is 2.67), so decimals go through BigInt.
 */
import { float, integer } from "./arithmetic.ts";
import type { Failure } from "./error.ts";
import type { Float } from "./values.ts";

/** Beyond these many digits a double is unchanged, or zero. */
const MOST_DIGITS = 323;
const FEWEST_DIGITS = -308;
/** A safe integer has 16 digits; rounded to 10^17 it is zero. */
const FEWEST_INTEGER_DIGITS = -17;

/** round(x): the nearest integer. */
export function roundToInteger(value: number): number | Failure {
  const magnitude = Math.abs(value);
  const floor = Math.floor(magnitude);
  const fraction = magnitude - floor;
  const up = fraction > 0.5 || (fraction === 0.5 && floor % 2 === 1);
  return integer(Math.sign(value) * (up ? floor + 1 : floor));
}

/** round(x, digits) of an integer: an integer. */
export function roundInteger(value: number, digits: number): number | Failure {
  if (digits >= 0) return value;
  if (digits < FEWEST_INTEGER_DIGITS) return 0;
  const unit = 10n ** BigInt(-digits);
  return integer(Math.sign(value) * Number(divideHalfEven(BigInt(Math.abs(value)), unit) * unit));
}

/** round(x, digits) of a float: a float. */
export function roundFloat(value: number, digits: number): Float | Failure {
  if (digits > MOST_DIGITS) return float(value);
  const negative = value < 0 || Object.is(value, -0);
  if (digits < FEWEST_DIGITS) return float(negative ? -0 : 0);
  const { significand, exponent } = binary(Math.abs(value));
  const numerator = significand * power(2n, exponent) * power(10n, digits);
  const denominator = power(2n, -exponent) * power(10n, -digits);
  const rounded = Number(`${divideHalfEven(numerator, denominator)}e${-digits}`);
  return float(negative ? -rounded : rounded);
}

/** base^exponent, and 1 for the exponents that belong below the line. */
function power(base: bigint, exponent: number): bigint {
  return exponent > 0 ? base ** BigInt(exponent) : 1n;
}

function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  const up = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return up ? quotient + 1n : quotient;
}

/** A double without sign as significand × 2^exponent, exactly. */
function binary(value: number): { significand: bigint; exponent: number } {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const stored = Number(raw >> 52n);
  const fraction = raw & 0xf_ffff_ffff_ffffn;
  // Exponent field 0 is a subnormal: no hidden bit.
  return stored === 0
    ? { significand: fraction, exponent: -1074 }
    : { significand: fraction | (1n << 52n), exponent: stored - 1075 };
}
