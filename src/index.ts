/** The Worker as it is deployed: the HTTP application, the cron and the objects. */
import { createScheduled } from "#archive/cron.ts";
import { TASKS } from "#archive/tasks.ts";
import { createApp } from "#http/app.ts";
import { createWorker } from "#http/worker.ts";

export { MeterObject } from "#metering/meter-object.ts";
export { ProjectionCollector } from "#projection/projection-collector.ts";
export { RunObject } from "#run/run-object.ts";

export default { ...createWorker(createApp()), scheduled: createScheduled(TASKS) };
