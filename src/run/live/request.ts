/**
 * How the Worker asks a run object for its stream: by fetch, since over RPC an object learns much
 * later that a reader has gone. The answer is 200, 204, 404, 429 or 503, without a problem's body; of
 * an archived run that cannot be read it is 500, or 502 when its archive does not answer, and the
 * body says why.
 */

export interface StreamRequest {
  /** The workflow that the caller is limited to; null: all. */
  workflowScope: string | null;
  /** The last event that the client has; 0: none. */
  afterSeq: number;
  /** The principal who reads; "": a Worker of the release before did not say. */
  reader: string;
}

export function toStreamRequest({ workflowScope, afterSeq, reader }: StreamRequest): Request {
  const url = new URL("https://run/events");
  url.searchParams.set("after", String(afterSeq));
  url.searchParams.set("reader", reader);
  // The name of the parameter is that of the release before: during a deployment an object that
  // did not know it would show the run to everyone.
  if (workflowScope !== null) url.searchParams.set("only", workflowScope);
  return new Request(url);
}

export function readStreamRequest(request: Request): StreamRequest {
  const { searchParams } = new URL(request.url);
  return {
    workflowScope: searchParams.get("only"),
    afterSeq: Number(searchParams.get("after")),
    reader: searchParams.get("reader") ?? "",
  };
}
