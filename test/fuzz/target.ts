/** The service that is fuzzed: its description as it serves it, and an API that its runs can call. */
import { FakeApi } from "../support/fake-api.ts";
import { readApi } from "./api.ts";
import { definitions } from "./definitions.ts";
import { type DirectService, startDirectService } from "./direct-service.ts";
import type { Target } from "./session.ts";

export type OpenTarget = Target & Pick<DirectService, "close" | "defects">;

export async function openTarget(): Promise<OpenTarget> {
  const echo = await FakeApi.start();
  const service = await startDirectService({
    API_CALL_ALLOW_HTTP_HOSTS: echo.host,
    // A run that waits for nothing else answers soon; the others go on by themselves.
    WAIT_BUDGET_MS: "1000",
    // The mock can be asked to take longer than a model may.
    AI_INFER_TIMEOUT_MS: "1000",
  });
  const description = await fetch(`${service.url}openapi.json`);
  return {
    url: service.url,
    key: service.key,
    api: readApi(await description.json()),
    definitions: definitions(echo.host),
    defects: service.defects,
    close: async () => {
      await service.close();
      await echo.close();
    },
  };
}
