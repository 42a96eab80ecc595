/** What the doctor found: runs and claims that are stuck, lagging or poisoned. */
import { z } from "zod";
import type { RunStatus } from "./run.ts";

/** A run as D1 knows it. */
export interface KnownRun {
  id: string;
  status: RunStatus;
  seq: number;
  created_at: string;
}

const FINDINGS = [
  "run_missing",
  "row_behind",
  "row_ahead",
  "projection_failing",
  "not_armed",
  "overdue",
  "stranded",
  "held",
  "poisoned",
  "claim_hangs",
] as const;

export type FindingKind = (typeof FINDINGS)[number];

const findingSchema = z
  .object({
    kind: z.enum(FINDINGS),
    run_id: z.string().optional().meta({ description: "Absent: it is not about a run." }),
    seen: z.string().meta({ description: "What was seen." }),
    advice: z.string().meta({ description: "What to do; of what was mended, what was done." }),
    is_mended: z.boolean(),
  })
  .meta({ id: "DoctorFinding" });

export type Finding = z.infer<typeof findingSchema>;

export const examinationSchema = z
  .object({
    examined: z.int().min(0).meta({ description: "Runs that were looked at." }),
    findings: z.array(findingSchema),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: "Examination", example: { examined: 50, findings: [], next_cursor: null } });

export const rebuiltSchema = z
  .object({
    rebuilt: z.int().min(0).meta({ description: "Runs whose rows are there now." }),
    missing: z.array(z.string()).meta({ description: "Runs that have no object." }),
    behind: z
      .array(z.string())
      .meta({ description: "Runs whose rows D1 did not confirm; they are tried again." }),
    next_cursor: z.string().nullable(),
  })
  .meta({
    id: "Rebuilt",
    example: { rebuilt: 50, missing: [], behind: [], next_cursor: null },
  });

export type Rebuilt = z.infer<typeof rebuiltSchema>;
