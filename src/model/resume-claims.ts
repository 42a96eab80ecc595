/** What a resume token says. Signed and read in `security/resume-token.ts`. */

export interface ResumeClaims {
  runId: string;
  /** Position of the step in the run's definition. */
  stepIndex: number;
  /** The wait's number, which is unique in the run. */
  waitNumber: number;
  /** Position among the step's approvers; null for a form. */
  approverIndex: number | null;
  /** Epoch ms; the token is refused after that. */
  expiresAt: number;
}
