/** The Worker as it is deployed: the HTTP application and the run object. */
import { createApp } from "#http/app.ts";
import { createWorker } from "#http/worker.ts";

export { RunObject } from "#run/run-object.ts";

export default createWorker(createApp());
