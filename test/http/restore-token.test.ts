/** Without RESTORE_TOKEN there are no backups and no restores, and the others are there. */
import { expect, test } from "vitest";
import { env } from "cloudflare:workers";
import { OPERATIONS } from "#http/operations.ts";
import { readSettings } from "#settings.ts";

test("backups and restores exist only where RESTORE_TOKEN is set", () => {
  const existing = (given: object) => {
    const result = readSettings({ ...env, ...given });
    if (!result.ok) throw new Error(result.problems.join(" "));
    const { settings } = result;
    return OPERATIONS.filter(({ existsIf }) => existsIf?.(settings) ?? true).map(
      ({ path }) => path,
    );
  };
  const only = /^\/v1\/(backup|restore|rebuild)/;
  expect(existing({}).filter((path) => only.test(path))).toEqual([]);
  const all = existing({ RESTORE_TOKEN: "r".repeat(32) });
  expect(all.filter((path) => only.test(path)).length).toBe(9);
  expect(all).toContain("/v1/doctor");
  expect(existing({})).toContain("/v1/doctor");
  expect(readSettings({ ...env, RESTORE_TOKEN: "r".repeat(31) })).toMatchObject({ ok: false });
});
