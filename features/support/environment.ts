/**
 * What all scenarios share: one service and one fake API; made when the first scenario asks for it,
 * a service with a model server, and a local copy for what only a real network shows.
 */
import { AfterAll, Before, BeforeAll, setDefaultTimeout } from "@cucumber/cucumber";
import { FakeApi } from "../../test/support/fake-api.ts";
import { FAKE_KEY, FakeOpenAi } from "../../test/support/fake-openai.ts";
import { type Client, createClient } from "../../test/support/http.ts";
import { LocalCopy } from "../../test/support/local-copy.ts";
import { type Service, startService } from "../../test/support/service.ts";

const STARTS_WITHIN_MS = 60_000;
const LOCAL_COPY_KEY = `wo_featurecop_${"a".repeat(32)}`;

let theService: Service | null = null;
let theApi: FakeApi | null = null;
let localCopy: LocalCopy | null = null;
let theModelServer: FakeOpenAi | null = null;
let serviceWithModel: Service | null = null;

export function service(): Service {
  if (!theService) throw new Error("the service has not been started");
  return theService;
}

export function fakeApi(): FakeApi {
  if (!theApi) throw new Error("the fake API has not been started");
  return theApi;
}

export function modelServer(): FakeOpenAi {
  if (!theModelServer) throw new Error("the model server has not been started");
  return theModelServer;
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

Before(
  { tags: "@local-copy", timeout: STARTS_WITHIN_MS },
  async function (this: { client: Client }) {
    this.client = await localCopyClient();
  },
);

/** A service of its own that asks the model server; it is started when a scenario needs it. */
Before({ tags: "@openai", timeout: STARTS_WITHIN_MS }, async function (this: { client: Client }) {
  theModelServer ??= await FakeOpenAi.start();
  serviceWithModel ??= await startService({
    AI_PROVIDER: "openai",
    OPENAI_API_KEY: FAKE_KEY,
    OPENAI_BASE_URL: theModelServer.baseUrl,
  });
  this.client = serviceWithModel;
});

AfterAll({ timeout: STARTS_WITHIN_MS }, async () => {
  await localCopy?.dispose();
  await theService?.close();
  await serviceWithModel?.close();
  await theModelServer?.close();
  await theApi?.close();
});

async function localCopyClient(): Promise<Client> {
  if (!localCopy) {
    theModelServer ??= await FakeOpenAi.start();
    localCopy = await LocalCopy.create([
      "AI_PROVIDER=openai",
      `OPENAI_API_KEY=${FAKE_KEY}`,
      `OPENAI_BASE_URL=${theModelServer.baseUrl}`,
      `DEV_API_KEY=${LOCAL_COPY_KEY}`,
      `API_CALL_ALLOW_HTTP_HOSTS=${fakeApi().host}`,
    ]);
    await localCopy.start();
  }
  return createClient(localCopy.url, LOCAL_COPY_KEY);
}
