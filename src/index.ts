/** The Worker: the HTTP application and the run object. */
import type { Env } from "./env.ts";
import { createApp } from "./http/app.ts";
import { serveTraced } from "./http/request-trace.ts";

export { RunObject } from "./run/run-object.ts";

const app = createApp();

export default {
  fetch(request, env, context): Promise<Response> {
    return serveTraced(request, env, context, (traced) => app.fetch(traced, env, context));
  },
} satisfies ExportedHandler<Env>;
