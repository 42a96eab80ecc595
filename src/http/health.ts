/** `GET /healthz`: whether the service responds. */
import { z } from "zod";
import { open } from "./access.ts";
import { defineRoute, type Operation } from "./route/define.ts";

const healthSchema = z
  .object({ status: z.literal("ok") })
  .meta({ id: "Health", example: { status: "ok" } });

const read = defineRoute({
  method: "get",
  path: "/healthz",
  operationId: "readHealth",
  summary: "Check that the service responds",
  description: "Needs no key.",
  tag: "Service",
  access: open,
  answers: { 200: { schema: healthSchema, description: "It responds." } },
  handle: () => ({ status: 200, body: { status: "ok" as const } }),
});

export const healthOperations: readonly Operation[] = [read];
