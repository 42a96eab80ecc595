/** The description of the API is the same for all, so it is made once, however often it is asked for. */
import { createExecutionContext } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { createApp } from "#http/app.ts";
import { type ApiDocument, shareProblemResponses } from "#http/description/components.ts";
import { bindings } from "../run/support/runs.ts";

test("three requests for each form of it make one document", async () => {
  const app = createApp();
  const make = vi.spyOn(app, "getOpenAPI31Document");
  for (const path of ["/openapi.json", "/openapi.yaml"]) {
    const texts = new Set<string>();
    for (let each = 0; each < 3; each++) {
      const answer = await app.request(path, {}, bindings, createExecutionContext());
      expect(answer.status).toBe(200);
      texts.add(await answer.text());
    }
    expect(texts.size).toBe(1);
  }
  expect(make).toHaveBeenCalledTimes(1);
});

test.each([
  ["of several codes first", ["`run_not_found`: A. `not_found`: B.", "`not_found`: B."]],
  ["of the code alone first", ["`not_found`: B.", "`run_not_found`: A. `not_found`: B."]],
])("problems of other codes have components of their own: %s", (_name, descriptions) => {
  const operations = descriptions.map((description, each) => {
    const responses = { 404: { description, content: { "application/problem+json": {} } } };
    return [`/${each}`, { get: { operationId: `read${each}`, responses } }] as const;
  });
  const document: ApiDocument = {
    openapi: "3.1.0",
    info: { title: "", version: "" },
    paths: Object.fromEntries(operations),
    components: {},
  };
  shareProblemResponses(document);
  const named = Object.values(document.components?.responses ?? {});
  expect(named.map((one) => ("description" in one ? one.description : ""))).toEqual(descriptions);
});
