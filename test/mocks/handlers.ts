/** Asks the mocks without a network. */
import { getResponse } from "msw";
import type { createHandlers } from "../../stories/mocks/handlers.ts";
import type { WalkAnswer, WalkRequest } from "./walk.ts";

export function asker(handlers: ReturnType<typeof createHandlers>) {
  return async ({ method, path, body, headers, key }: WalkRequest): Promise<WalkAnswer> => {
    const isText = typeof body === "string";
    const request = new Request(`http://mocks.example${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: "Bearer wo_a_key_of_the_tests" }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    });
    const response = await getResponse(handlers, request);
    if (!response) throw new Error(`${method} ${path} is not mocked`);
    const mediaType = (response.headers.get("content-type") ?? "").split(";")[0] ?? "";
    return { status: response.status, mediaType, text: await response.text() };
  };
}
