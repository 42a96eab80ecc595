/**
 * `/resume/{token}`: the page behind a resume link, for people without a key. It works without
 * scripts.
 *
 * - GET and HEAD change nothing: mail programs follow links before people do. Only a POST answers,
 *   and the token in the address is the only credential: there is no cookie to be misused.
 * - Every response is a page, errors too, and no cache may store it.
 */
import { z } from "zod";
import { TOKEN_HOLDER } from "#model/caller.ts";
import { EXAMPLE_TOKEN } from "#model/wait.ts";
import { defineRoute, type Operation } from "../route/define.ts";
import { runStub } from "../executions/calls.ts";
import { ProblemError } from "../problems/problems.ts";
import { byLink } from "./access.ts";
import { formBody } from "./form-body.ts";
import { readGiven, whatToCorrect } from "./given.ts";
import { pageAnswer, REFUSALS, toPage } from "./page.ts";
import { answerPage, donePage } from "./view.ts";

const tag = "Executions";
const params = z.object({ token: z.string().meta({ example: EXAMPLE_TOKEN }) });

const show = defineRoute({
  method: "get",
  path: "/resume/{token}",
  operationId: "showResumePage",
  summary: "The page behind a resume link",
  description:
    "For people, in a browser, without a key and without scripts: the form, or what is to be approved. Opening it changes nothing.",
  tag,
  access: byLink,
  params,
  answers: { 200: pageAnswer("A page with the form, or with the approval."), ...REFUSALS },
  handle: async (_c, { granted: { view } }) => ({
    status: 200,
    ...(await toPage(answerPage(view, null))),
  }),
});

const answer = defineRoute({
  method: "post",
  path: "/resume/{token}",
  operationId: "answerResumePage",
  summary: "Answer on the page behind a resume link",
  description:
    "The request that the page sends. Programs resume with `resume_token` instead: `POST /v1/executions/{run_id}/resume`.",
  tag,
  access: byLink,
  params,
  body: formBody,
  answers: {
    200: pageAnswer("A page that confirms the answer."),
    403: pageAnswer("A page: the person whom the link is for may not decide this."),
    ...REFUSALS,
    400: pageAnswer("A page: the body broke off."),
    413: pageAnswer("A page: the body is too large."),
    415: pageAnswer("A page: the body is not that of a form."),
    422: pageAnswer("The page again, with what is wrong."),
  },
  async handle(c, { granted: { claims, view }, body: form }) {
    const given = readGiven(view, form);
    if (given.errors.length > 0) {
      return { status: 422, ...(await toPage(answerPage(view, given))) };
    }
    const reply = await runStub(c, claims.runId).resume({
      key: null,
      workflowScope: null,
      token: claims,
      caller: TOKEN_HOLDER,
      answer: given.answer,
      // People should not wait for a model here: the run continues, and the page says thank you.
      waitMs: 0,
    });
    if (reply.ok) {
      const approved = given.answer.kind === "approval" && given.answer.approved;
      return {
        status: 200,
        ...(await toPage(donePage(view, approved, reply.value.approvalsNeeded ?? null))),
      };
    }
    const errors = whatToCorrect(reply.problem);
    if (errors === null) throw new ProblemError(reply.problem);
    return { status: 422, ...(await toPage(answerPage(view, { ...given, errors }))) };
  },
});

export const resumePageOperations: readonly Operation[] = [show, answer];
