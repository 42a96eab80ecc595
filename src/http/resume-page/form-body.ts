/** The body that a browser sends for a form. */
import { unsupportedType } from "../problems/body-problems.ts";
import type { BodyDeclaration } from "../route/body.ts";

const FORM_TYPE = "application/x-www-form-urlencoded";

/** Its problems are pages, which the operation describes itself. */
export const formBody: BodyDeclaration<URLSearchParams> = {
  described: {
    required: true,
    // No zod schema: the fields are those of the form, and the page says what is wrong.
    content: { [FORM_TYPE]: { schema: { type: "object" } } },
  },
  problems: [],
  async open(body) {
    if (body.mediaType !== FORM_TYPE) throw unsupportedType(FORM_TYPE);
    const { text } = await body.decoded();
    return () => new URLSearchParams(text);
  },
};
