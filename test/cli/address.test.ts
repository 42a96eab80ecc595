import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { addressOf } from "#cli/following/address.ts";
import { noteLocalService } from "#cli/local-service.ts";

const folder = mkdtempSync(`${tmpdir()}/workflow-address-`);

/** A copy of this repository may have been started on this machine: that is none of the tests'. */
beforeEach(() => vi.stubEnv("STATE_DIR", folder));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(`${folder}/service.json`, { force: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

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

  describe("of a local copy without PORT", () => {
    const file = `${folder}/dev.vars`;
    beforeEach(() => {
      vi.stubEnv("PORT", undefined);
      vi.stubEnv("WORKFLOW_URL", undefined);
      vi.stubEnv("WORKFLOW_API_KEY", undefined);
      vi.stubEnv("DEV_VARS", undefined);
      writeFileSync(file, "DEV_API_KEY=wo_local\n");
    });

    test("is where it was started, with the key of its settings", () => {
      noteLocalService({ url: "http://127.0.0.1:9123", devVars: file });
      expect(addressOf("run", {})).toEqual({
        url: "http://127.0.0.1:9123",
        key: "wo_local",
        keyFrom: `DEV_API_KEY in ${file}`,
        options: [],
      });
    });

    test("is what PORT, the environment or an option says, before that", () => {
      noteLocalService({ url: "http://127.0.0.1:9123", devVars: file });
      vi.stubEnv("PORT", "9124");
      expect(addressOf("run", {}).url).toBe("http://127.0.0.1:9124");
      vi.stubEnv("WORKFLOW_URL", "http://127.0.0.1:9125");
      expect(addressOf("run", {}).url).toBe("http://127.0.0.1:9125");
      expect(addressOf("run", { url: "http://127.0.0.1:9126" }).url).toBe("http://127.0.0.1:9126");
    });

    test.each(["{", "[]", '{"url":"file:///x","dev_vars":"y"}'])(
      "is :8787 by a note like %s",
      (note) => {
        vi.stubEnv("WORKFLOW_API_KEY", "wo_env");
        writeFileSync(`${folder}/service.json`, note);
        expect(addressOf("run", {})).toMatchObject({
          url: "http://127.0.0.1:8787",
          keyFrom: "WORKFLOW_API_KEY",
        });
      },
    );
  });

  test("is named again in commands that are offered, without the key", () => {
    const options = { url: "http://h:1", "api-key": "wo_secret" };
    expect(addressOf("run", options)).toEqual({
      url: "http://h:1",
      key: "wo_secret",
      keyFrom: "--api-key",
      options: ["--url", "http://h:1", "--api-key", "KEY"],
    });
  });
});
