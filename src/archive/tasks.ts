/** The tasks of the cron, in the order of their turns. */
import type { Task } from "./cron.ts";
import { doctor } from "./doctor.ts";
import { expiry } from "./expiry.ts";
import { retention } from "./retention.ts";

export const TASKS: readonly Task[] = [retention, expiry, doctor];
