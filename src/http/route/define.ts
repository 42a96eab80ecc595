/**
 * The declaration of an operation: access, inputs, answers and handler in one value. The API
 * description, the checks before the handler and the access tests are all made from it, so that
 * they cannot disagree.
 *
 * Problems of bodies, parameters, keys and access follow from those parts of the declaration;
 * `problems` lists only the others, which the handler itself may return.
 */
import type { z } from "zod";
import type { ProblemCode } from "#model/problem.ts";
import type { Settings } from "#settings.ts";
import type { Access } from "../access.ts";
import type { AppContext } from "../types.ts";
import type { AnswerOf, Answers, AnyAnswer } from "./answers.ts";
import type { BodyDeclaration } from "./body.ts";
import type { NoParameters, ParameterSchemas } from "./parameters.ts";

/**
 * How the operation treats an idempotency key.
 * - `write`: the handler stores the answer in the batch of its write (`answeredKey`).
 * - `callMs`: the key is claimed for a call of at most this duration, and its answer stored after it.
 * - `run`: the run object stores the key.
 */
export type Idempotency = "write" | "run" | { callMs: (settings: Settings) => number };

interface Declared {
  method: "get" | "put" | "post" | "delete";
  path: `/${string}`;
  operationId: string;
  summary: string;
  description: string;
  tag: string;
  /** Elsewhere the address does not exist: 404 `not_found`. */
  existsIf?: (settings: Settings) => boolean;
  idempotent?: Idempotency;
  /**
   * Reads D1 in a session: takes and returns a bookmark. A write with `idempotent: "write"` does so
   * without saying it.
   */
  session?: true;
  /** The largest body; absent: the limit of all routes. */
  bodyBytes?: number;
  /** The answer has an ETag, and `If-None-Match` is described. */
  conditional?: true;
  problems?: readonly ProblemCode[];
}

/** What a handler gets: all of it has been checked. */
interface Inputs<G, P, Q, H, B> {
  /** What the check of access granted. */
  granted: G;
  params: P;
  query: Q;
  headers: H;
  /** Undefined where the operation takes none. */
  body: B;
}

interface Definition<
  G,
  P extends z.ZodObject,
  Q extends z.ZodObject,
  H extends z.ZodObject,
  B,
  A extends Answers,
> extends Declared {
  access: Access<G>;
  params?: P;
  query?: Q;
  headers?: H;
  body?: BodyDeclaration<B>;
  answers: A;
  handle: (
    c: AppContext,
    inputs: Inputs<G, z.output<P>, z.output<Q>, z.output<H>, B>,
  ) => AnswerOf<NoInfer<A>> | Promise<AnswerOf<NoInfer<A>>>;
}

/**
 * An operation of any type, to be mounted and described. `handle` is a method here, so that the
 * compiler accepts a handler of narrower inputs: `serve.ts` passes it what exactly the schemas of
 * its own declaration returned.
 */
export interface Operation extends Declared, ParameterSchemas {
  access: Access<unknown>;
  body?: BodyDeclaration<unknown>;
  answers: Answers;
  handle(
    c: AppContext,
    inputs: Inputs<unknown, unknown, unknown, unknown, unknown>,
  ): AnyAnswer | Promise<AnyAnswer>;
}

/** Types the handler by the schemas beside it: its inputs, and what it may answer. */
export function defineRoute<
  G,
  const A extends Answers,
  P extends z.ZodObject = NoParameters,
  Q extends z.ZodObject = NoParameters,
  H extends z.ZodObject = NoParameters,
  B = undefined,
>(definition: Definition<G, P, Q, H, B, A>): Operation {
  return definition;
}

export function hasSession({ session, idempotent }: Operation): boolean {
  return session === true || idempotent === "write";
}
