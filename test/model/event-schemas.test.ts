import { expect, it } from "vitest";
import { EVENT_TYPES } from "#model/event.ts";
import { eventSchema } from "#model/event-schemas.ts";

it("describes every type of event, in the order of the list", () => {
  const types = eventSchema.options.map((option) => option.shape.type.value);
  expect(types).toEqual([...EVENT_TYPES]);
});
