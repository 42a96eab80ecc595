/** The frame of the page behind a resume link, and the pages that only show a message. */
import { html } from "hono/html";
import type { ProblemCode, ProblemSeed } from "#model/problem.ts";
import { STYLE_ELEMENT } from "./style.ts";

/** Text that `html` has escaped. Everything else in a template is escaped there. */
export type Html = ReturnType<typeof html>;

/** A whole page. `title` is the title of the window. */
export function document(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html> `;
}

/** A page with nothing to do on it. */
export function messagePage(title: string, ...paragraphs: string[]): Html {
  return document(
    title,
    html`<section>
      <h1>${title}</h1>
      ${paragraphs.map((paragraph) => html`<p dir="auto">${paragraph}</p>`)}
    </section>`,
  );
}

const ASK = "If you did not expect this, ask the person who sent you the link.";

/** Why the link does not work, for a reader who has only the link. */
export function problemPage({ code, detail }: Pick<ProblemSeed, "code" | "detail">): Html {
  switch (code) {
    case "resume_token_used":
      return messagePage(
        "This link has been used",
        detail,
        "Each link works once. There is nothing more to do here.",
      );
    case "resume_token_expired":
      return messagePage("This link has expired", detail, "Nothing was changed.", ASK);
    case "run_not_waiting":
      return messagePage("This is no longer needed", detail, "There is nothing to do.");
    case "unauthorized":
    case "run_not_found":
      return messagePage(
        "This link is not valid",
        "It may have been cut off: copy the whole address from the message that you received. A link works only with the service that sent it.",
      );
    case "self_approval":
    case "not_an_approver":
      return messagePage("You cannot decide this", detail);
    default:
      return messagePage(
        TRY_AGAIN.has(code) ? "Please try again in a moment" : "This did not work",
        detail,
      );
  }
}

const TRY_AGAIN: ReadonlySet<ProblemCode> = new Set([
  "storage_unavailable",
  "overloaded",
  "internal_error",
  "rate_limited",
]);
