/**
 * `/resume/{token}`: the page behind a resume link, for people without a key. It works without
 * scripts.
 *
 * - GET and HEAD change nothing: mail programs follow links before people do. Only a POST answers,
 *   and the token in the address is the only credential: there is no cookie to be misused.
 * - Every response is a page, errors too, and no cache may store it.
 */
import type { ResumeClaims } from "#model/resume-claims.ts";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import type { Diagnostic } from "#model/diagnostic.ts";
import { LIMITS } from "#model/limits.ts";
import { type ProblemCode, PROBLEMS, problemSchema, type ProblemSeed } from "#model/problem.ts";
import { TOKEN_HOLDER } from "#model/caller.ts";
import { EXAMPLE_TOKEN } from "#model/wait.ts";
import type { AnswerView } from "#model/answer-view.ts";
import { parseJsonText } from "#model/json-text.ts";
import type { ResumeRequest } from "#model/run-rpc.ts";
import { FOREIGN_TOKEN } from "#run/views/resume-tokens.ts";
import { verifyResumeToken } from "#security/resume-token.ts";
import { requireSettings } from "../access.ts";
import { limitBody } from "../body.ts";
import { runStub } from "../executions/calls.ts";
import { ProblemError } from "../problems/problems.ts";
import { contradictions, readFilled, toAnswers } from "./answers.ts";
import { type Html, problemPage } from "./html.ts";
import { styleSource } from "./style.ts";
import { answerPage, donePage, type Rejected } from "./view.ts";
import { requestIdHeader } from "../route.ts";
import type { AppContext, AppEnv } from "../types.ts";

const FORM_TYPE = "application/x-www-form-urlencoded";

const params = z.object({ token: z.string().meta({ example: EXAMPLE_TOKEN }) });

/** Problems after which the form is shown again. */
const CORRECTABLE: ReadonlySet<ProblemCode> = new Set([
  "invalid_inputs",
  "masked_value",
  "comment_required",
  "context_too_large",
  "validation_failed",
]);

function pages(words: Readonly<Record<number, string>>) {
  return Object.fromEntries(
    Object.entries(words).map(([status, description]) => [
      status,
      {
        description,
        headers: requestIdHeader,
        content: { "text/html": { schema: z.string() } },
      },
    ]),
  );
}

const REFUSED = {
  404: "A page: the link is not from this service, or incomplete.",
  409: "A page: the link was used, has expired, or its run has ended.",
  500: "A page: a defect in the service.",
  503: "A page: the service is not configured, or its storage does not respond.",
};

export function mountResumePage(app: OpenAPIHono<AppEnv>): void {
  app.use("/resume/*", asPage, requireSettings, limitBody);
  const common = { path: "/resume/{token}", tags: ["Executions"], security: [] };
  app.openapi(
    createRoute({
      ...common,
      method: "get",
      operationId: "showResumePage",
      summary: "The page behind a resume link",
      description:
        "For people, in a browser, without a key and without scripts: the form, or what is to be approved. Opening it changes nothing.",
      request: { params },
      responses: pages({ 200: "A page with the form, or with the approval.", ...REFUSED }),
    }),
    async (c) => {
      const { view } = await open(c, c.req.valid("param").token);
      return sendPage(200, answerPage(view, null));
    },
  );
  app.openapi(
    createRoute({
      ...common,
      method: "post",
      operationId: "answerResumePage",
      summary: "Answer on the page behind a resume link",
      description:
        "The request that the page sends. Programs resume with `resume_token` instead: `POST /v1/executions/{run_id}/resume`.",
      request: {
        params,
        body: {
          required: true,
          // No zod schema: the fields are those of the form, and the page says what is wrong.
          content: { [FORM_TYPE]: { schema: { type: "object" as const } } },
        },
      },
      responses: pages({
        200: "A page that confirms the answer.",
        403: "A page: the person whom the link is for may not decide this.",
        ...REFUSED,
        413: "A page: the body is too large.",
        415: "A page: the body is not that of a form.",
        422: "The page again, with what is wrong.",
      }),
    }),
    async (c) => answer(c, c.req.valid("param").token),
  );
}

interface Opened {
  claims: ResumeClaims;
  view: AnswerView;
}

/** The wait that the token belongs to, if it can still be answered. */
async function open(c: AppContext, token: string): Promise<Opened> {
  const claims = await verifyResumeToken(c.get("settings").SERVER_SECRET ?? "", token);
  if (!claims) throw new ProblemError(FOREIGN_TOKEN);
  const reply = await runStub(c, claims.runId).showAnswer(claims);
  if (!reply.ok) throw new ProblemError(reply.problem);
  return { claims, view: parseJsonText(reply.value) };
}

async function answer(c: AppContext, token: string): Promise<Response> {
  const { claims, view } = await open(c, token);
  const form = await readForm(c);
  const given = view.kind === "form" ? readInputs(view, form) : readDecision(view, form);
  if (given.errors.length > 0) return again(view, "validation_failed", given);
  const reply = await runStub(c, claims.runId).resume({
    key: null,
    only: null,
    token: claims,
    caller: TOKEN_HOLDER,
    answer: given.answer,
    // People should not wait for a model here: the run continues, and the page says thank you.
    waitMs: 0,
  });
  if (reply.ok) {
    const approved = given.answer.kind === "approval" && given.answer.approved;
    return sendPage(200, donePage(view, approved, reply.value.approvalsNeeded ?? null));
  }
  const { code } = reply.problem;
  if (!CORRECTABLE.has(code)) throw new ProblemError(reply.problem);
  return again(view, code, { ...given, errors: errorsOf(reply.problem) });
}

type Given = Rejected & { answer: ResumeRequest["answer"] };

function readInputs({ wait }: Extract<AnswerView, { kind: "form" }>, form: URLSearchParams): Given {
  const filled = readFilled(wait.fields, form);
  const inputs = toAnswers(wait.fields, wait, filled);
  const errors = contradictions(wait.fields, wait, filled);
  return { answer: { kind: "inputs", inputs }, filled, errors };
}

function readDecision(
  { wait }: Extract<AnswerView, { kind: "approval" }>,
  form: URLSearchParams,
): Given {
  const decision = form.get("decision");
  const comment = (form.get("comment") ?? "").replaceAll("\r\n", "\n");
  const errors: Diagnostic[] = [];
  if (decision !== "approve" && decision !== "reject") {
    errors.push({ code: "required", message: "Choose Approve or Reject.", pointer: "/decision" });
  }
  if (comment.length > LIMITS.commentLength) {
    const message = `The comment has more than ${LIMITS.commentLength} characters.`;
    errors.push({ code: "too_long", message, pointer: "/comment" });
  }
  const said = comment.trim() === "" ? {} : { comment };
  const approved = decision === "approve";
  return {
    answer: { kind: "approval", step_id: wait.step_id, approved, ...said },
    comment,
    errors,
  };
}

/** The errors of an answer that was refused and can be corrected. */
function errorsOf({ code, detail, errors }: ProblemSeed): readonly Diagnostic[] {
  if (errors && errors.length > 0) return errors;
  if (code !== "comment_required") return [{ code, message: detail, pointer: "" }];
  return [{ code, message: "Explain why you reject it.", pointer: "/comment" }];
}

function again(view: AnswerView, code: ProblemCode, rejected: Rejected): Promise<Response> {
  return sendPage(PROBLEMS[code].status, answerPage(view, rejected));
}

async function readForm(c: AppContext): Promise<URLSearchParams> {
  const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== FORM_TYPE) {
    const detail = `Send the answers as ${FORM_TYPE}.`;
    throw new ProblemError({ code: "unsupported_media_type", detail });
  }
  return new URLSearchParams(await c.req.text());
}

async function sendPage(status: number, body: Html): Promise<Response> {
  const policy = `default-src 'none'; style-src ${await styleSource()}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
  return new Response(String(await body), {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      // The address is the credential: it must not leak by a referrer, and the page must not be
      // cached.
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-robots-tag": "noindex",
    },
  });
}

/** Turns problems into pages. A token that is not ours gets the page of an invalid link. */
const asPage = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  if (!c.error) return;
  const retryAfter = c.res.headers.get("retry-after");
  const { code, status, detail } = problemSchema.parse(await c.res.json());
  const page = await sendPage(status === 401 ? 404 : status, problemPage(asSeed(code, detail)));
  if (retryAfter !== null) page.headers.set("retry-after", retryAfter);
  // Without this, headers of the problem would be added to those of the page.
  c.res = undefined;
  c.res = page;
});

function asSeed(code: string, detail: string): ProblemSeed {
  return { code: Object.hasOwn(PROBLEMS, code) ? (code as ProblemCode) : "internal_error", detail };
}
