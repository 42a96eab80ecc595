/** Access by a resume link: the token in the address is the only credential. */
import type { ResumeClaims } from "#model/resume-claims.ts";
import type { AnswerView } from "#model/answer-view.ts";
import { parseJsonText } from "#model/json-text.ts";
import { FOREIGN_TOKEN } from "#run/views/resume-tokens.ts";
import { verifyResumeToken } from "#security/resume-token.ts";
import { serverSecrets } from "#settings.ts";
import { type Access, open } from "../access.ts";
import { countAnonymous, requireSettings } from "../authenticate.ts";
import { runStub } from "../executions/calls.ts";
import { ProblemError } from "../problems/problems.ts";

interface Opened {
  claims: ResumeClaims;
  view: AnswerView;
}

/** Grants the wait that the token belongs to, if it can still be answered. */
export const byLink: Access<Opened> = {
  ...open,
  before: [requireSettings, countAnonymous],
  async admit(c) {
    const token = c.req.param("token") ?? "";
    const claims = await verifyResumeToken(serverSecrets(c.get("settings")), token);
    if (!claims) throw new ProblemError(FOREIGN_TOKEN);
    const reply = await runStub(c, claims.runId).showAnswer(claims);
    if (!reply.ok) throw new ProblemError(reply.problem);
    return { claims, view: parseJsonText(reply.value) };
  },
};
