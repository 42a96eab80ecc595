/** The parts of the API's responses that the components render. Types only. */
import type { History, Run } from "#model/run.ts";
import type { Wait } from "#model/wait.ts";

export type FormWait = Extract<Wait, { type: "form" }>;
export type ApprovalWait = Extract<Wait, { type: "approval" }>;
export type Decision = ApprovalWait["decisions"][number];
export type Field = FormWait["fields"][number];
export type Step = History["steps"][number];
export type Status = Run["status"] | Step["status"];
