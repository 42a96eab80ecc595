/**
 * What an operation answers when it succeeds: declared once, by status. The API description is made
 * from the declaration, and the type of what a handler may return follows from it.
 */
import type { z } from "zod";
import type { JsonText } from "#model/json-text.ts";

interface Header {
  description: string;
  schema: { type: "string" };
}

export type DescribedHeaders = Readonly<Record<string, Header>>;

export const requestIdHeader = {
  "X-Request-Id": {
    description: "Identifies the request in logs; the caller's own id, if it sent a valid one.",
    schema: { type: "string" },
  },
} as const satisfies DescribedHeaders;

interface Described {
  description: string;
  /** Besides `X-Request-Id`, which every answer has. */
  headers?: DescribedHeaders;
}

interface JsonAnswer extends Described {
  schema: z.ZodType;
  media?: never;
}

interface MediaAnswer extends Described {
  schema: z.ZodType<string>;
  /** The media type of an answer that is not JSON. */
  media: string;
}

interface EmptyAnswer extends Described {
  schema?: never;
  media?: never;
}

export type DescribedAnswer = JsonAnswer | MediaAnswer | EmptyAnswer;

/** By status. */
export type Answers = Readonly<Record<number, DescribedAnswer>>;

interface Sent<S> {
  status: S;
  headers?: Readonly<Record<string, string>>;
}

/** An answer of one of the declared statuses, with a body that fits the schema of that status. */
export type AnswerOf<A extends Answers> = {
  [S in keyof A & number]: A[S] extends { media: string }
    ? Sent<S> & { content: BodyInit | null }
    : A[S] extends { schema: infer Schema extends z.ZodType }
      ? Sent<S> & ({ body: z.input<Schema> } | { text: JsonText<z.input<Schema>> })
      : Sent<S>;
}[keyof A & number];

/** The same, where the declaration is not known to the compiler. */
export interface AnyAnswer extends Sent<number> {
  body?: unknown;
  /** The body as JSON text, where it was serialised before it came here. */
  text?: string;
  content?: BodyInit | null;
}

export function toResponse(answers: Answers, answer: AnyAnswer): Response {
  const { status, headers, body, text, content = null } = answer;
  const declared = answers[status];
  if (!declared) throw new Error(`an answer with the status ${status}, which is not declared`);
  const type = declared.media ?? "application/json";
  return new Response(body === undefined ? (text ?? content) : JSON.stringify(body), {
    status,
    headers: { ...(declared.schema ? { "content-type": type } : {}), ...headers },
  });
}
