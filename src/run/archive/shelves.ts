/**
 * What a run object reaches its archive with: the shelves and the keys of its deployment. A failure
 * becomes a problem here, and a log line that says what is wrong.
 */
import type { ArchiveFault } from "#archive/archive.ts";
import type { Env } from "#env.ts";
import type { Result } from "#model/result.ts";
import type { Deployment } from "#ports/deployment.ts";
import type { KeyRing } from "#security/secret-keys.ts";
import { secretsKeyRing } from "#settings.ts";
import { type Refused, refuse } from "../refusals.ts";

type Bindings = Pick<Env, "ARCHIVE" | "DB">;

export class Shelves {
  readonly runId: string;
  readonly #env: Bindings;
  readonly #deployment: Deployment;

  constructor(runId: string, env: Bindings, deployment: Deployment) {
    this.runId = runId;
    this.#env = env;
    this.#deployment = deployment;
  }

  /** `work` reads or writes the archive. */
  async tried<T>(
    work: (env: Bindings, ring: KeyRing) => Promise<Result<T, ArchiveFault>>,
  ): Promise<{ ok: true; value: T } | Refused> {
    const { settings, logger } = this.#deployment;
    const run_id = this.runId;
    if (!settings) {
      return refuse({ code: "not_configured", detail: "The settings cannot be read." });
    }
    try {
      const result = await work(this.#env, await secretsKeyRing(settings));
      if (result.ok) return result;
      logger.log("ERROR", "archive not readable", { run_id, reason: result.error });
      const detail = `The archive of the run cannot be read. ${result.error}`;
      return refuse({ code: "archive_unreadable", detail });
    } catch (error) {
      logger.defect("archive failed", error, { run_id });
      const detail = "The archive of the run did not respond; try again.";
      return refuse({ code: "storage_unavailable", detail });
    }
  }
}
