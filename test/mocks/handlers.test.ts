/** Mocks that drift from the API would let stories show what does not exist. */
import { readFileSync } from "node:fs";
import { getResponse } from "msw";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { FORM_ANSWERS } from "../../features/fixtures/fixtures.ts";
import { createHandlers, REFUSED_KEY } from "../../stories/mocks/handlers.ts";
import { faultsOf, operationOf, toDescription } from "../service/api-description.ts";
import { EventStream } from "../support/event-stream.ts";
import { asker } from "./handlers.ts";
import { stateOf, walk } from "./walk.ts";

const openapi = new URL("../../openapi.yaml", import.meta.url);
const description = toDescription(parse(readFileSync(openapi, "utf8")));

describe("the mocks", () => {
  test("answer every request of the walk as openapi.yaml says", async () => {
    const faults = (await walk(asker(createHandlers()))).flatMap(({ asked, request, answer }) => {
      const found = faultsOf(description, operationOf(description, request), answer);
      return found.map((fault) => `${asked}: ${fault}`);
    });
    expect(faults).toEqual([]);
  });

  test("take the main job from start to completed", async () => {
    const path = (name: string) => `/v1/executions/{${name}}/resume`;
    const moves = (await walk(asker(createHandlers()))).filter(
      ({ asked, answer }) => asked.startsWith(`POST ${path("main")}`) && answer.status === 200,
    );
    expect(moves.map(({ answer }) => stateOf(answer))).toEqual([
      "200 waiting approval 2",
      "200 completed null",
    ]);
  });

  test("say of each field what is wrong with it", async () => {
    const ask = asker(createHandlers());
    const body = { workflow_id: "content_draft_flow" };
    const { id } = JSON.parse(
      (await ask({ method: "POST", path: "/v1/executions", body })).text,
    ) as { id: string };
    const wrong = { inputs: { topic: "", audience: 7 } };
    const answer = await ask({
      method: "POST",
      path: `/v1/executions/${id}/resume`,
      body: wrong,
    });
    expect(answer.status).toBe(422);
    expect(JSON.parse(answer.text)).toMatchObject({
      errors: [
        { pointer: "/inputs/topic", message: '"What is it about?" is required.' },
        { pointer: "/inputs/audience", message: '"Who is it for?" must be text.' },
      ],
    });
  });

  test("keep their runs apart from those of other handlers", async () => {
    const [first, second] = [asker(createHandlers()), asker(createHandlers())];
    const body = { workflow_id: "content_draft_flow", inputs: FORM_ANSWERS };
    await first({ method: "POST", path: "/v1/executions", body });
    const list = { method: "GET", path: "/v1/executions" } as const;
    expect(JSON.parse((await first(list)).text)).toMatchObject({ items: [{}] });
    expect(JSON.parse((await second(list)).text)).toEqual({ items: [], next_cursor: null });
  });

  test("start a run once for each idempotency key", async () => {
    const ask = asker(createHandlers());
    const startWith = async (key: string) => {
      const headers = { "idempotency-key": key };
      const body = { workflow_id: "content_draft_flow" };
      const answer = await ask({ method: "POST", path: "/v1/executions", body, headers });
      return (JSON.parse(answer.text) as { id: string }).id;
    };
    const first = await startWith("a");
    expect(await startWith("a")).toBe(first);
    expect(await startWith("b")).not.toBe(first);
  });

  test("refuse a key that is not known", async () => {
    const request = new Request("http://mocks.example/v1/executions", {
      headers: { authorization: `Bearer ${REFUSED_KEY}` },
    });
    expect((await getResponse(createHandlers(), request))?.status).toBe(401);
  });

  test("stream what happens to a run until it ends", async () => {
    const handlers = createHandlers();
    const ask = asker(handlers);
    const body = { workflow_id: "content_draft_flow" };
    const { id } = JSON.parse(
      (await ask({ method: "POST", path: "/v1/executions", body })).text,
    ) as { id: string };
    const request = new Request(`http://mocks.example/v1/executions/${id}/events`, {
      headers: { authorization: "Bearer wo_a_key_of_the_tests", "last-event-id": "2" },
    });
    const response = await getResponse(handlers, request);
    const stream = new EventStream(response?.body ?? null);
    await stream.until(({ seqs }) => seqs.at(-1) === 4);
    await ask({ method: "POST", path: `/v1/executions/${id}/cancel`, body: {} });
    await stream.rest();
    expect(stream.types).toEqual(["step.started", "run.waiting", "run.canceled"]);
  });
});
