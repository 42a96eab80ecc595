/** The Worker as it is deployed: the HTTP application and the objects. */
import { createApp } from "#http/app.ts";
import { createWorker } from "#http/worker.ts";

export { MeterObject } from "#metering/meter-object.ts";
export { RunObject } from "#run/run-object.ts";

export default createWorker(createApp());
