/** How a session draws its values: one after the other while it runs, so that they can be shrunk. */
import * as fc from "fast-check";

export interface Draw {
  <T>(arbitrary: fc.Arbitrary<T>): T;
  /** True in `percent` of a hundred cases. */
  chance(percent: number): boolean;
  /** One of them; null when there is none. */
  oneOf<T>(values: readonly T[]): T | null;
}

const PERCENT = fc.nat(99);
const INDEX = fc.nat(9_999);

/** fast-check recognises an arbitrary by the function that returns it. */
const builders = new WeakMap<fc.Arbitrary<unknown>, () => fc.Arbitrary<unknown>>();

function builderOf<T>(arbitrary: fc.Arbitrary<T>): () => fc.Arbitrary<T> {
  const known = builders.get(arbitrary) as (() => fc.Arbitrary<T>) | undefined;
  const builder = known ?? (() => arbitrary);
  builders.set(arbitrary, builder);
  return builder;
}

/** The arbitraries must live as long as the campaign: one that is made for a draw cannot shrink. */
export function drawFrom(generator: fc.GeneratorValue): Draw {
  const draw = <T>(arbitrary: fc.Arbitrary<T>): T => generator(builderOf(arbitrary));
  return Object.assign(draw, {
    // Shrinks towards "no": the plainest request.
    chance: (percent: number) => draw(PERCENT) >= 100 - percent,
    oneOf: <T>(values: readonly T[]): T | null =>
      values.length === 0 ? null : (values[draw(INDEX) % values.length] ?? null),
  });
}
