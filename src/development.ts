/**
 * The Worker as `npm start` and the tests run it: that of index.ts, with dual runs. A deployed
 * Worker has neither their route nor the reference interpreter in its bundle.
 */
import { createScheduled } from "#archive/cron.ts";
import { TASKS } from "#archive/tasks.ts";
import { dualRunOperations } from "#dual-run/route.ts";
import { createApp } from "#http/app.ts";
import { createWorker } from "#http/worker.ts";

export { MeterObject } from "#metering/meter-object.ts";
export { ProjectionCollector } from "#projection/projection-collector.ts";
export { RunObject } from "#run/run-object.ts";

export default { ...createWorker(createApp(dualRunOperations)), scheduled: createScheduled(TASKS) };
