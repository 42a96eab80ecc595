import { afterEach, expect, test, vi } from "vitest";
import { createApiClient } from "#cli/following/api-client.ts";

afterEach(() => void vi.unstubAllGlobals());

test("what was seen of the database goes with the next request", async () => {
  const bookmark = "00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683";
  const sent: (string | null)[] = [];
  vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
    sent.push(new Headers(init.headers).get("x-d1-bookmark"));
    return new Response("{}", { headers: { "x-d1-bookmark": bookmark } });
  });
  const client = createApiClient({
    url: "http://127.0.0.1:1",
    key: "k",
    keyFrom: "a test",
    options: [],
  });
  await client.send("PUT", "/v1/workflows/a");
  await client.send("GET", "/v1/workflows");
  expect(sent).toEqual([null, bookmark]);
});
