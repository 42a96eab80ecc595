/**
 * 405 for a method that an address does not have, and 404 for an address that is none: `Allow` lists
 * what would be answered here, so a route that this deployment lacks, or a page that is not there,
 * adds nothing to it.
 */
import { pageExists } from "./pages.ts";
import { problemResponse } from "./problems/problems.ts";
import type { Operation } from "./route/define.ts";
import type { AppContext } from "./types.ts";

export function createMethodNotAllowed(operations: readonly Operation[]) {
  const conditional = operations.filter(({ existsIf }) => existsIf !== undefined);
  return async (c: AppContext, found: string[]): Promise<Response> => {
    const absent = conditional.filter(
      ({ path, existsIf }) => matches(path, c.req.path) && existsIf?.(c.get("settings")) === false,
    );
    const missing = new Set(absent.flatMap(({ method }) => namesOf(method)));
    // An address by itself hides a pattern that matches it too: no secret can be called "rewrap".
    const own = operations.filter(({ path }) => path === c.req.path);
    const there = own.length === 0 ? found : own.flatMap(({ method }) => namesOf(method));
    const methods = there.filter((method) => !missing.has(method)).toSorted();
    if (methods.length === 0 || !(await pageExists(c))) return nothingHere(c);
    const allow = methods.join(", ");
    const detail = `${c.req.method} does not exist here; ${allow} ${methods.length === 1 ? "does" : "do"}.`;
    return problemResponse(c, { code: "method_not_allowed", detail }, { allow });
  };
}

export function nothingHere(c: AppContext): Response {
  return problemResponse(c, { code: "not_found", detail: "There is nothing at this address." });
}

/** A GET answers HEAD too. */
function namesOf(method: Operation["method"]): string[] {
  return method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()];
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split("/");
  const given = path.split("/");
  const isPart = (part: string, index: number) => part.startsWith("{") || part === given[index];
  return wanted.length === given.length && wanted.every(isPart);
}
