import { expect, expectTypeOf, it } from "vitest";
import type { z } from "zod";
import type { EventData } from "#model/event-data.ts";
import { EVENT_TYPES, type EventType } from "#model/event.ts";
import { type EVENT_DATA, describedEventSchema } from "#model/event-schemas.ts";

type Described<T extends EventType> = z.output<(typeof EVENT_DATA)[T]>;
/** In the log and never shown: what a model said before. */
type Hidden = "said";
/** Names of fields that only one of the two has. */
type Undescribed = {
  [T in EventType]: Exclude<keyof EventData<T>, keyof Described<T> | Hidden>;
}[EventType];
type Invented = {
  [T in EventType]: Exclude<keyof Described<T>, keyof EventData<T>>;
}[EventType];
/** Types whose data the description would refuse. */
type Refused = { [T in EventType]: EventData<T> extends Described<T> ? never : T }[EventType];

it("describes each field of each event that the engine writes, and no other", () => {
  expectTypeOf<Undescribed>().toBeNever();
  expectTypeOf<Invented>().toBeNever();
  expectTypeOf<Refused>().toBeNever();
});

it("tells every type apart", () => {
  const types = describedEventSchema.options.map((option) => option.shape.type.value);
  expect(types).toEqual([...EVENT_TYPES]);
});
