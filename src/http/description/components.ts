/**
 * What routes cannot express where they are declared. Problem responses become components:
 * otherwise a generated client has a type for each status of each operation. Changes the document in
 * place.
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { isJsonObject } from "#model/json.ts";
import { PROBLEMS } from "#model/problem.ts";

export type ApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

type Components = NonNullable<ApiDocument["components"]>;
/** The generator's type does not say what a status contains. */
type ResponseObject = Exclude<NonNullable<Components["responses"]>[string], { $ref: string }>;

const METHODS = ["get", "put", "post", "delete"] as const;

const REASONS: Readonly<Record<string, string>> = {
  400: "BadRequest",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  422: "Unprocessable",
  502: "BadGateway",
  503: "Unavailable",
};

/** Moves problem responses to `components.responses`, and merges equal ones. */
export function shareProblemResponses({ paths = {}, components = {} }: ApiDocument): void {
  const names = new Map<string, string>();
  const shared = (components.responses ??= {});
  for (const path of Object.values(paths)) {
    for (const method of METHODS) {
      const { operationId = "", responses = {} } = path[method] ?? {};
      for (const [status, response] of Object.entries(responses)) {
        if (!isInline(response)) continue;
        const { description, content = {} } = response;
        if (!("application/problem+json" in content)) continue;
        const general = REASONS[status] ?? `Problem${status}`;
        const own = pascalCase(operationId) + general;
        const wanted = nameOf(description, general);
        // The code `not_found` alone would have the name of the status, which others have already.
        const name = names.get(description) ?? (wanted in shared ? own : wanted);
        names.set(description, name);
        shared[name] = response;
        responses[status] = { $ref: `#/components/responses/${name}` };
      }
    }
  }
}

function isInline(response: unknown): response is ResponseObject {
  return isJsonObject(response) && !("$ref" in response);
}

/** `RunNotFound` for a single code, else the name of the status. */
function nameOf(description: string, ofSeveral: string): string {
  const codes = Object.keys(PROBLEMS).filter((code) => description.includes(`\`${code}\`:`));
  const [only = ""] = codes;
  return codes.length === 1 ? pascalCase(only) : ofSeveral;
}

function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
