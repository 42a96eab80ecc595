import { afterEach, describe, expect, test, vi } from "vitest";
import { addressOf } from "../../src/cli/following/address.ts";

afterEach(() => vi.unstubAllEnvs());

describe("the service that is asked", () => {
  test.each([
    ["an option", { url: "http://option:1" }, "http://env:2", "http://option:1"],
    ["the environment", {}, "http://env:2", "http://env:2"],
    ["a local copy", {}, undefined, "http://127.0.0.1:8790"],
    ["an address below a path", { url: "https://h/a/" }, undefined, "https://h/a"],
  ])("is from %s", (_what, options, environment, url) => {
    vi.stubEnv("PORT", "8790");
    vi.stubEnv("WORKFLOW_URL", environment);
    vi.stubEnv("WORKFLOW_API_KEY", "wo_env");
    expect(addressOf("run", options)).toMatchObject({ url, key: "wo_env" });
  });

  test("is named again in commands that are offered, without the key", () => {
    const options = { url: "http://h:1", "api-key": "wo_secret" };
    expect(addressOf("run", options)).toEqual({
      url: "http://h:1",
      key: "wo_secret",
      options: ["--url", "http://h:1", "--api-key", "KEY"],
    });
  });
});
