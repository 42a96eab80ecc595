/** What `wrangler.toml` has the platform do, as wrangler reads it. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { unstable_readConfig } from "wrangler";

const config = fileURLToPath(new URL("../../wrangler.toml", import.meta.url));

test.each([undefined, "production"])(
  "the platform records no address of a request, since a resume link is one: environment %s",
  (env) => {
    expect(unstable_readConfig({ config, env })).toMatchObject({
      observability: {
        enabled: true,
        logs: { enabled: true, invocation_logs: false },
        traces: { enabled: false },
      },
    });
  },
);
