import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeSettings, settingsOf, writeSettings } from "#cli/start-settings.ts";
import { SETTING_NAMES } from "#settings.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/settings-`);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("settings of the environment", () => {
  test("are those that .dev.vars can have, and nothing else of the environment", () => {
    const environment = { PATH: "/bin", AI_PROVIDER: "openai", HOME: "/root", LOG_LEVEL: "" };
    expect(settingsOf(environment)).toEqual({ AI_PROVIDER: "openai", LOG_LEVEL: "" });
  });

  test("are named, each, and only what cannot be a secret is shown", () => {
    const all = Object.fromEntries(SETTING_NAMES.map((name) => [name, "s3cr3t"]));
    const said = describeSettings(all, ".dev.vars") ?? "";
    for (const name of SETTING_NAMES) expect(said).toContain(name);
    expect(said.match(/\w+=s3cr3t/g)).toEqual([
      "ENVIRONMENT=s3cr3t",
      "AI_PROVIDER=s3cr3t",
      "MOCK_AI_MODE=s3cr3t",
      "LOG_LEVEL=s3cr3t",
    ]);
    expect(describeSettings({}, ".dev.vars")).toBeNull();
  });

  test("stand in a file of this user, and in none when there are none", () => {
    const path = writeSettings({ OPENAI_API_KEY: "a$b" }, folder) ?? "";
    expect(readFileSync(path, "utf8")).toBe("OPENAI_API_KEY='a\\$b'\n");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(writeSettings({}, folder)).toBeNull();
    expect(() => statSync(path)).toThrow("ENOENT");
  });

  test("keep their mode when an earlier file could be read by others", () => {
    writeFileSync(`${folder}/settings.env`, "", { mode: 0o644 });
    const path = writeSettings({ JWT_SECRET: "x" }, folder) ?? "";
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test.each([
    ["it's", "`it's`"],
    ["it's `x`", '"it\'s `x`"'],
    ["two\nlines", "'two\nlines'"],
  ])("%j is written as %s", (value, written) => {
    const path = writeSettings({ JWT_SECRET: value }, folder) ?? "";
    expect(readFileSync(path, "utf8")).toBe(`JWT_SECRET=${written}\n`);
  });

  test("with every kind of quote are refused, and not shown", () => {
    expect(() => writeSettings({ JWT_SECRET: "a'b`c\"d" }, folder)).toThrow(
      "JWT_SECRET of the environment has every kind of quote; set it in .dev.vars.",
    );
  });
});
