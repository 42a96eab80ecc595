import type { z } from "zod";
import type { diagnosticSchema } from "#model/diagnostic.ts";

/** A diagnostic, made here or read from an answer of the service. */
export type Finding = z.infer<typeof diagnosticSchema>;
