/** The description of the API is the same for all, so it is made once, however often it is asked for. */
import { createExecutionContext } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { createApp } from "#http/app.ts";
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
