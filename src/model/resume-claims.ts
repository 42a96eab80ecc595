/** What a resume token says. Signed and read in `security/resume-token.ts`. */

export interface ResumeClaims {
  runId: string;
  /** Position of the step in the run's definition. */
  stepIndex: number;
  /** The wait's number, which no other wait of the run has. */
  waitNumber: number;
  /** Position among the step's approvers; null for a form. */
  approverIndex: number | null;
  /** Epoch ms; from then on the token is refused. */
  expiresAt: number;
}
