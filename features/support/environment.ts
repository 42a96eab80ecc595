/**
 * What all scenarios share: one service and one fake API; and a local copy, made when the first
 * scenario asks for it, for what only a real network shows.
 */
import { AfterAll, Before, BeforeAll, setDefaultTimeout } from "@cucumber/cucumber";
import { FakeApi } from "../../test/support/fake-api.ts";
import { type Client, createClient } from "../../test/support/http.ts";
import { LocalCopy } from "../../test/support/local-copy.ts";
import { type Service, startService } from "../../test/support/service.ts";
import type { Scenario } from "./world.ts";

const STARTS_WITHIN_MS = 60_000;
const LOCAL_COPY_KEY = `wo_featurecop_${"a".repeat(32)}`;

let theService: Service | null = null;
let theApi: FakeApi | null = null;
let localCopy: LocalCopy | null = null;

export function service(): Service {
  if (!theService) throw new Error("the service has not been started");
  return theService;
}

export function fakeApi(): FakeApi {
  if (!theApi) throw new Error("the fake API has not been started");
  return theApi;
}

/** Signs the tokens of people in the scenarios. */
export const TOKEN_SECRET = "a-token-secret-that-only-the-scenarios-know";

setDefaultTimeout(20_000);

BeforeAll({ timeout: STARTS_WITHIN_MS }, async () => {
  theApi = await FakeApi.start();
  theService = await startService({
    API_CALL_ALLOW_HTTP_HOSTS: theApi.host,
    JWT_SECRET: TOKEN_SECRET,
  });
});

Before({ tags: "@local-copy", timeout: STARTS_WITHIN_MS }, async function (this: Scenario) {
  this.client = await localCopyClient();
});

AfterAll({ timeout: STARTS_WITHIN_MS }, async () => {
  await localCopy?.dispose();
  await theService?.close();
  await theApi?.close();
});

async function localCopyClient(): Promise<Client> {
  if (!localCopy) {
    localCopy = await LocalCopy.create([
      `DEV_API_KEY=${LOCAL_COPY_KEY}`,
      `API_CALL_ALLOW_HTTP_HOSTS=${fakeApi().host}`,
    ]);
    await localCopy.start();
  }
  return createClient(localCopy.url, LOCAL_COPY_KEY);
}
