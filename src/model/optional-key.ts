/**
 * Keys that may be absent, typed without `undefined`, as `exactOptionalPropertyTypes` asks.
 *
 * zod's own `exactOptional()` has this type, but it refuses `undefined`, and the generator of
 * `openapi.yaml` takes every key for required whose schema does so. JSON has no `undefined`, so
 * accepting it changes nothing that is parsed here.
 */
/* oxlint-disable no-underscore-dangle -- `_zod` is the part of zod that libraries may build on */
import type { z } from "zod";

/** `meta()` belongs on the inner schema: on this one it makes a copy, which refuses `undefined`. */
export function optionalKey<T extends z.ZodType>(inner: T): z.ZodExactOptional<T> {
  const key = inner.exactOptional();
  const { run } = inner.optional()._zod;
  key._zod.run = run;
  key._zod.parse = run;
  return key;
}
