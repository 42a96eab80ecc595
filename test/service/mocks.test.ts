/** The fixtures and the mocks of stories are what the real Worker does, and stay so. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RECORDING, VALID_WORKFLOW } from "../../features/fixtures/fixtures.ts";
import { record } from "../../features/fixtures/record.ts";
import { createHandlers } from "../../stories/mocks/handlers.ts";
import { asker } from "../mocks/handlers.ts";
import { constantBody, stateOf, walk, type WalkAnswer, type WalkRequest } from "../mocks/walk.ts";
import { type Service, startService } from "../support/service.ts";

type Taken = Awaited<ReturnType<typeof walk>>;

let service: Service;

beforeAll(async () => {
  service = await startService();
  await service.post("/v1/workflows", VALID_WORKFLOW);
});

afterAll(() => service.close());

async function askWorker({ body, headers, ...request }: WalkRequest): Promise<WalkAnswer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return service.send({
    ...request,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: text }),
  });
}

describe("the same requests lead mocks and Worker", () => {
  let mocked: Taken;
  let real: Taken;

  beforeAll(async () => {
    mocked = await walk(asker(createHandlers()));
    real = await walk(askWorker);
  });

  test("through the same states", () => {
    const states = (taken: Taken) => taken.map(({ asked, answer }) => [asked, stateOf(answer)]);
    expect(states(mocked)).toEqual(states(real));
  });

  test("to the same answers", () => {
    const bodies = (taken: Taken) =>
      // The list of the Worker follows the runs by a moment.
      taken
        .filter(({ request }) => !request.path.startsWith("/v1/executions?"))
        .map(({ asked, answer }) => [asked, constantBody(answer)]);
    expect(bodies(mocked)).toEqual(bodies(real));
  });
});

test("recorded again, the fixtures are the same; else: node features/fixtures/record.ts", async () => {
  expect(await record(service)).toEqual(RECORDING);
});
