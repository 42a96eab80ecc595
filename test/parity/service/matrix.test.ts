import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callProgram, freePort } from "../../cli/program.ts";
import { type Service, startService } from "../../support/service.ts";

let service: Service;
let port: number;

beforeAll(async () => {
  port = await freePort();
  service = await startService({
    API_CALL_ALLOW_HTTP_HOSTS: `127.0.0.1:${port}`,
    LOG_LEVEL: "ERROR",
  });
});
afterAll(() => service.close());

describe("workflow parity, against the reference interpreter", () => {
  test("matches over all seed workflows, 20 inputs each, in every mode of the mock", async () => {
    const { code, out, err } = await callProgram([
      "parity",
      ...["--url", service.url, "--api-key", service.key],
      ...["--inputs", process.env["N"] ?? "20", "--api-port", String(port)],
    ]);
    console.log(err + out);
    expect(code).toBe(0);
  });
});
