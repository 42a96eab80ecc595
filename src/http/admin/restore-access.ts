/**
 * Access to backups and restores: what they hand out or replace is the whole service. They exist
 * only where RESTORE_TOKEN is set, and take that token beside a key with the scope `admin`.
 */
import { z } from "zod";
import type { Principal } from "#model/access.ts";
import { equalBytes, keyedHash } from "#security/keyed-hash.ts";
import type { Settings } from "#settings.ts";
import { type Access, asAdmin } from "../access.ts";
import { ProblemError } from "../problems/problems.ts";
import type { AppContext } from "../types.ts";

const HEADER = "x-restore-token";

export const restoreHeaders = z.object({
  [HEADER]: z.string().optional().meta({ description: "The value of RESTORE_TOKEN." }),
});

export function isRestoreOn({ RESTORE_TOKEN }: Settings): boolean {
  return RESTORE_TOKEN !== undefined;
}

export const withRestoreToken: Access<Principal> = {
  ...asAdmin,
  problems: [...asAdmin.problems, "restore_token_refused"],
  async admit(c, body) {
    const principal = await asAdmin.admit(c, body);
    if (!(await isTokenSent(c))) {
      const detail = "Send the value of RESTORE_TOKEN in the header X-Restore-Token.";
      throw new ProblemError({ code: "restore_token_refused", detail });
    }
    return principal;
  },
};

/** By hashes, which are of one length and compared in constant time. */
async function isTokenSent(c: AppContext): Promise<boolean> {
  const { RESTORE_TOKEN, SERVER_SECRET = "" } = c.get("settings");
  const given = c.req.header(HEADER);
  if (RESTORE_TOKEN === undefined || given === undefined) return false;
  const [ours, theirs] = await Promise.all(
    [RESTORE_TOKEN, given].map((text) => keyedHash(SERVER_SECRET, "restore-token", text)),
  );
  return ours !== undefined && theirs !== undefined && equalBytes(ours, theirs);
}
