/** The page behind a resume link while it can be answered: a form, or an approval with its subject. */
import { html } from "hono/html";
import { neededWords } from "#model/decision-words.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import type { AnswerView } from "#model/answer-view.ts";
import { type Filled, notYetFilled } from "./answers.ts";
import { drawFields, fieldId } from "./fields.ts";
import { document, type Html, messagePage } from "./html.ts";
import { drawTerms, drawValue } from "./value.ts";

type FormView = Extract<AnswerView, { kind: "form" }>;
type ApprovalView = Extract<AnswerView, { kind: "approval" }>;

/** A refused answer: shown again, with its errors. */
export interface Rejected {
  errors: readonly Diagnostic[];
  filled?: Filled;
  comment?: string;
}

export function answerPage(view: AnswerView, rejected: Rejected | null): Html {
  return view.kind === "form" ? formPage(view, rejected) : approvalPage(view, rejected);
}

function formPage(view: FormView, rejected: Rejected | null): Html {
  const { fields, errors: known = [] } = view.wait;
  const errors = rejected?.errors ?? known;
  const byKey = new Map(errors.map(({ pointer, message }) => [keyOf(pointer), message]));
  const firstWrong = fields.find((field) => byKey.has(field.key))?.key ?? null;
  const filled = rejected?.filled ?? notYetFilled(fields, view.wait);
  const summary = drawSummary(
    errors.map(({ pointer, message }) => ({ message, id: fieldId(fields, keyOf(pointer)) })),
  );
  return page(
    view,
    errors.length > 0,
    html`${summary}
      <form method="post" novalidate>
        ${drawFields(view.wait, filled, byKey, firstWrong)}
        <div class="buttons"><button type="submit">Send</button></div>
      </form>`,
  );
}

const COMMENT_ID = "comment";

function approvalPage(view: ApprovalView, rejected: Rejected | null): Html {
  const errors = rejected?.errors ?? [];
  return page(
    view,
    errors.length > 0,
    html`${drawSummary(
        errors.map(({ message, pointer }) => ({
          message,
          id: pointer === "/comment" ? COMMENT_ID : "approve",
        })),
      )}
      <p class="decider">
        ${view.refused ?? html`You decide as <strong>${view.approver}</strong>.`}${quorumText(view)}
      </p>
      ${drawDecisions(view)} ${drawSubject(view)}
      ${view.refused === undefined ? decisionForm(view, rejected) : ""}`,
  );
}

function decisionForm(view: ApprovalView, rejected: Rejected | null): Html {
  const wrong = rejected?.errors.find(({ pointer }) => pointer === "/comment");
  const hint = view.isCommentRequired
    ? "Others will see this. If you reject, explain why."
    : "Others will see this. Optional.";
  const invalid = wrong ? html` aria-invalid="true" autofocus` : "";
  return html`<form method="post" novalidate>
    <div class="field${wrong ? " wrong" : ""}">
      <label for="${COMMENT_ID}">Comment</label>
      <div class="hint" id="comment-hint"><p>${hint}</p></div>
      ${wrong ? html`<p class="error" id="comment-error"><span class="hidden">Error: </span>${wrong.message}</p>` : ""}
      <textarea
        id="${COMMENT_ID}"
        name="comment"
        rows="4"
        dir="auto"
        aria-describedby="comment-hint${wrong ? " comment-error" : ""}"
        ${invalid}
      >
${rejected?.comment ?? ""}</textarea>
    </div>
    <div class="buttons">
      <button type="submit" id="approve" name="decision" value="approve">Approve</button>
      <button type="submit" name="decision" value="reject" class="second">Reject</button>
    </div>
  </form>`;
}

function quorumText({ wait }: ApprovalView): string {
  if (wait.quorum === 1) return "";
  return ` ${wait.quorum} of ${wait.approvers.length} must approve.`;
}

function drawDecisions({ wait }: ApprovalView): Html | string {
  if (wait.decisions.length === 0) return "";
  return html`<section aria-labelledby="decisions">
    <h2 id="decisions">Decisions so far</h2>
    <ul class="decisions">
      ${wait.decisions.map(
        ({ by, approved, comment }) =>
          html`<li>
            <span dir="auto">${by}</span> ${approved ? "approved" : "rejected"}${
              comment === undefined || comment.trim() === ""
                ? ""
                : html`: <span class="text" dir="auto">${comment}</span>`
            }
          </li>`,
      )}
    </ul>
  </section>`;
}

function drawSubject({ subject, given }: ApprovalView): Html {
  const before = given.length === 0 ? "" : html`<div class="value">${drawTerms(given)}</div>`;
  if (!subject) {
    if (before === "") return html`<p>There are no earlier answers or results.</p>`;
    return html`<section aria-labelledby="given">
      <h2 id="given">Answers so far</h2>
      ${before}
    </section>`;
  }
  return html`<section aria-labelledby="subject">
      <h2 id="subject" dir="auto">${subject.step}</h2>
      <div class="value">${drawValue(subject.value)}</div>
    </section>
    ${
      before === ""
        ? ""
        : html`<details>
            <summary>Earlier answers</summary>
            ${before}
          </details>`
    }`;
}

/** All errors, each with a link to its field. */
function drawSummary(errors: readonly { message: string; id: string | null }[]): Html | string {
  if (errors.length === 0) return "";
  return html`<div class="problems" role="alert" aria-labelledby="problems-title">
    <h2 id="problems-title">
      ${errors.length === 1 ? "There is 1 error" : `There are ${errors.length} errors`}
    </h2>
    <ul>
      ${errors.map(({ message, id }) =>
        id === null
          ? html`<li dir="auto">${message}</li>`
          : html`<li><a href="#${id}" dir="auto">${message}</a></li>`,
      )}
    </ul>
  </div>`;
}

function page(view: AnswerView, isWrong: boolean, body: Html): Html {
  const until = view.wait.expires_at;
  return document(
    `${isWrong ? "Error: " : ""}${view.step} – ${view.workflow}`,
    html`<header>
        <p class="workflow" dir="auto">${view.workflow}</p>
        <h1 dir="auto">${view.step}</h1>
        ${until === undefined ? "" : html`<p class="meta">Answer by <time datetime="${until}">${readableTime(until)}</time>.</p>`}
      </header>
      ${body}`,
  );
}

/** `2026-11-22T09:30:00.000Z` as `2026-11-22, 09:30 UTC`. */
function readableTime(iso: string): string {
  return `${iso.slice(0, 10)}, ${iso.slice(11, 16)} UTC`;
}

/** After an accepted answer. `needed`: approvals, where the wait goes on after the decision. */
export function donePage(view: AnswerView, approved: boolean, needed: number | null): Html {
  const close = "You can close this page.";
  if (view.kind === "form") {
    return messagePage("Thank you", `Your answers to “${view.step}” were received.`, close);
  }
  const what = approved ? "approved" : "rejected";
  const subject = `“${view.step}”, decided as ${view.approver}.`;
  return messagePage(`You have ${what} it`, subject, recorded(needed), close);
}

function recorded(needed: number | null): string {
  if (needed === null) return "Your decision was recorded.";
  return `Your decision was recorded. ${neededWords(needed)}`;
}

/** `/inputs/topic` → `topic` */
function keyOf(pointer: string): string {
  return pointer
    .replace(/^\/inputs\//, "")
    .replaceAll("~1", "/")
    .replaceAll("~0", "~");
}
