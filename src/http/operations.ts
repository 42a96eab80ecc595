/** Every operation of a deployed service, in the order of the API description. */
import { auditOperations } from "./admin/audit.ts";
import { backupOperations } from "./admin/backup.ts";
import { doctorOperations } from "./admin/doctor.ts";
import { keyVersionOperations } from "./admin/key-versions.ts";
import { keyOperations } from "./admin/keys.ts";
import { metricsOperations } from "./admin/metrics.ts";
import { restoreOperations } from "./admin/restore.ts";
import { secretOperations } from "./admin/secrets.ts";
import { inferOperations } from "./ai/infer.ts";
import { eventOperations } from "./executions/events.ts";
import { executionListOperations } from "./executions/list.ts";
import { resumeOperations } from "./executions/resume.ts";
import { executionOperations } from "./executions/routes.ts";
import { healthOperations } from "./health.ts";
import { resumePageOperations } from "./resume-page/routes.ts";
import type { Operation } from "./route/define.ts";
import { templateOperations } from "./templates.ts";
import { workflowReads } from "./workflows/reads.ts";
import { workflowWrites } from "./workflows/writes.ts";

export const OPERATIONS: readonly Operation[] = [
  ...workflowWrites,
  ...workflowReads,
  ...templateOperations,
  ...secretOperations,
  ...keyVersionOperations,
  ...keyOperations,
  ...auditOperations,
  ...doctorOperations,
  ...backupOperations,
  ...restoreOperations,
  ...inferOperations,
  ...executionListOperations,
  ...executionOperations,
  ...resumeOperations,
  ...eventOperations,
  ...resumePageOperations,
  ...metricsOperations,
  ...healthOperations,
];
