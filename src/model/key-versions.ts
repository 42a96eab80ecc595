/** Which versions of the service's secrets are in use: what must be zero before one is removed. */
import { z } from "zod";

const version = z.int().min(0);
const isKnown = z.boolean().meta({ description: "Whether the settings still have this version." });
const count = z.int().min(0);

export const keyVersionsSchema = z
  .object({
    server_secret: z.object({
      current: version.meta({ description: "Signs." }),
      versions: z.array(
        z.object({
          version,
          is_known: isKnown,
          api_keys: count.meta({
            description:
              "API keys whose hash is of this version; each moves to the current one when it is used.",
          }),
        }),
      ),
    }),
    secrets_keys: z.object({
      current: version.meta({ description: "Wraps." }),
      versions: z.array(
        z.object({
          version: version.meta({ description: "0: derived from SERVER_SECRET." }),
          is_known: isKnown,
          secrets: count.meta({ description: "Stored secrets that it wraps." }),
          answers: count.meta({
            description:
              "Answers remembered for idempotency keys that it wraps; none of them is older than a week.",
          }),
          archives: count.default(0).meta({
            description:
              "Archives of runs that it wraps; the cron brings them under the current one.",
          }),
        }),
      ),
    }),
  })
  .meta({
    id: "KeyVersions",
    example: {
      server_secret: {
        current: 2,
        versions: [
          { version: 1, is_known: true, api_keys: 1 },
          { version: 2, is_known: true, api_keys: 12 },
        ],
      },
      secrets_keys: {
        current: 1,
        versions: [
          { version: 0, is_known: false, secrets: 0, answers: 0, archives: 0 },
          { version: 1, is_known: true, secrets: 14, answers: 2, archives: 950 },
        ],
      },
    },
  });

export type KeyVersions = z.infer<typeof keyVersionsSchema>;
