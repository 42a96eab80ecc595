import { expect, test } from "vitest";
import { isTruthy } from "#expression/truthy.ts";
import type { JsonValue } from "#model/json.ts";

test.each<[JsonValue, boolean]>([
  [null, false],
  [false, false],
  [0, false],
  [-0, false],
  ["", false],
  [[], false],
  [{}, false],
  [true, true],
  [1, true],
  [0.1, true],
  ["0", true],
  ["false", true],
  [[0], true],
  [{ a: null }, true],
])("%j is %j", (value, truth) => {
  expect(isTruthy(value)).toBe(truth);
});
