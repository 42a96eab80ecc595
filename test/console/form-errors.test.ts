import { expect, it } from "vitest";
import type { Field } from "#console/components/api-types.ts";
import { sortErrors } from "#console/components/form-errors.ts";

const fields: Field[] = ["topics", "a/b", "to"].map((key) => ({
  key,
  type: "string",
  required: true,
}));
const error = (pointer: string) => ({ code: "c", message: pointer, pointer });

it("sorts errors by field, in the order of the fields", () => {
  const errors = ["/inputs/to", "/inputs/a~1b", "/inputs/topics/2", "/inputs/topics"].map(error);
  const { byField, others } = sortErrors(fields, errors);
  expect([...byField].map(([key, found]) => [key, found.map(({ pointer }) => pointer)])).toEqual([
    ["topics", ["/inputs/topics/2", "/inputs/topics"]],
    ["a/b", ["/inputs/a~1b"]],
    ["to", ["/inputs/to"]],
  ]);
  expect(others).toEqual([]);
});

it("keeps what is about no field that is shown", () => {
  const errors = ["", "/inputs", "/inputs/topic", "/to"].map(error);
  const { byField, others } = sortErrors(fields, errors);
  expect(byField.size).toBe(0);
  expect(others).toEqual(errors);
});
