/** `/v1/doctor`: what is stuck, lagging or poisoned. */
import { z } from "zod";
import { examine } from "#archive/doctor.ts";
import type { StatusPlace } from "#db/run-ids.ts";
import { examinationSchema } from "#model/doctor.ts";
import { RUN_STATUSES } from "#model/run.ts";
import { CURSOR_PATTERN } from "#security/cursor.ts";
import { asAdmin } from "../access.ts";
import { jsonBody } from "../route/body.ts";
import { defineRoute, type Operation } from "../route/define.ts";
import { type List, nextCursor, placeIn } from "../route/paging.ts";

const placeSchema = z.tuple([z.enum(RUN_STATUSES), z.string(), z.string()]);

const LIST: List<StatusPlace> = {
  name: "doctor",
  place: {
    write: ({ status, created_at, id }) => JSON.stringify([status, created_at, id]),
    read(text) {
      const read = placeSchema.safeParse(JSON.parse(text));
      if (!read.success) return null;
      const [status, created_at, id] = read.data;
      return { status, created_at, id };
    },
  },
};

const look = defineRoute({
  method: "post",
  path: "/v1/doctor",
  operationId: "examineService",
  summary: "Look for what is stuck",
  description:
    "A page of the runs that are under way and of those that failed in the last seven days, each compared with its row in D1; with the last page, calls whose idempotency keys were never answered. With `fix`, what can be mended is.",
  tag: "Service",
  access: asAdmin,
  body: jsonBody(
    z.strictObject({
      fix: z.boolean().default(false),
      cursor: z.string().regex(CURSOR_PATTERN, "is not valid").optional(),
    }),
    { isOptional: true },
  ),
  answers: { 200: { schema: examinationSchema, description: "What was found on this page." } },
  async handle(c, { body }) {
    const after = await placeIn(c, LIST, body.cursor);
    const { next, ...found } = await examine(c.env, { after, mend: body.fix });
    const next_cursor = next === null ? null : await nextCursor(c, LIST, next);
    return { status: 200, body: { ...found, next_cursor } };
  },
});

export const doctorOperations: readonly Operation[] = [look];
