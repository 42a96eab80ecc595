import type { z } from "zod";
import type { diagnosticSchema } from "#model/diagnostic.ts";

/** A diagnostic, created here or parsed from a response of the service. */
export type Finding = z.infer<typeof diagnosticSchema>;
