/** What the page sent: the answers to a form, or the decision about an approval. */
import type { Diagnostic } from "#model/diagnostic.ts";
import { LIMITS } from "#model/limits.ts";
import type { ProblemCode, ProblemSeed } from "#model/problem.ts";
import type { ResumeRequest } from "#model/run-rpc.ts";
import type { AnswerView } from "#model/answer-view.ts";
import { contradictions, readFilled, toAnswers } from "./answers.ts";
import type { Rejected } from "./view.ts";

/** Problems after which the form is shown again. */
const CORRECTABLE: ReadonlySet<ProblemCode> = new Set([
  "invalid_inputs",
  "masked_value",
  "comment_required",
  "context_too_large",
  "validation_failed",
]);

export type Given = Rejected & { answer: ResumeRequest["answer"] };

export function readGiven(view: AnswerView, form: URLSearchParams): Given {
  return view.kind === "form" ? readInputs(view, form) : readDecision(view, form);
}

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

/** The errors of an answer that was refused; null where nothing in the form can be corrected. */
export function whatToCorrect(problem: ProblemSeed): readonly Diagnostic[] | null {
  const { code, detail, errors } = problem;
  if (!CORRECTABLE.has(code)) return null;
  if (errors && errors.length > 0) return errors;
  if (code !== "comment_required") return [{ code, message: detail, pointer: "" }];
  return [{ code, message: "Explain why you reject it.", pointer: "/comment" }];
}
