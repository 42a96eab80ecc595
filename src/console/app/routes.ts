/**
 * The addresses of the console and their pages. Pure. The Worker serves the console at these paths
 * (`http/pages.ts`); a test compares the two.
 */
export type Route =
  | { page: "waiting" }
  | { page: "runs"; status: string; workflowId: string }
  | { page: "run"; id: string }
  | { page: "start"; workflowId: string }
  | { page: "check" }
  | { page: "unknown" };

/** `path` and `search` are those of `location`. */
export function routeOf(path: string, search: string): Route {
  const query = new URLSearchParams(search);
  const workflowId = query.get("workflow_id") ?? "";
  const id = /^\/runs\/([^/]+)$/.exec(path)?.[1];
  if (id !== undefined) return { page: "run", id };
  switch (path) {
    case "/":
      return { page: "waiting" };
    case "/runs":
      return { page: "runs", status: query.get("status") ?? "", workflowId };
    case "/start":
      return { page: "start", workflowId };
    case "/check":
      return { page: "check" };
    default:
      return { page: "unknown" };
  }
}

export function runPath(id: string): string {
  return `/runs/${encodeURIComponent(id)}`;
}

export function runsPath({ status, workflowId }: { status: string; workflowId: string }): string {
  const query = new URLSearchParams();
  if (status !== "") query.set("status", status);
  if (workflowId !== "") query.set("workflow_id", workflowId);
  return query.size === 0 ? "/runs" : `/runs?${query.toString()}`;
}

export function startPath(workflowId: string): string {
  return `/start?${new URLSearchParams({ workflow_id: workflowId }).toString()}`;
}
