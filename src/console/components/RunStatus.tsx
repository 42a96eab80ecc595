/**
 * The status of a run, as text with an icon. It is a live region: screen readers announce changes
 * politely. So it must stay mounted while the run changes.
 */
import type { ComponentProps } from "react";
import type { Run } from "#model/run.ts";
import { classNames } from "./class-names.ts";
import { StatusIcon } from "./StatusIcon.tsx";

export interface RunStatusProps extends Omit<ComponentProps<"div">, "children" | "role"> {
  run: Pick<Run, "status" | "current_step" | "error">;
}

const WORDS: Readonly<Record<Run["status"], string>> = {
  queued: "Queued",
  running: "Running",
  waiting: "Waiting for a person",
  completed: "Completed",
  failed: "Failed",
  canceled: "Canceled",
};

export function RunStatus({ run, className, ...rest }: RunStatusProps) {
  const step = run.error?.step_id ?? run.current_step;
  return (
    <div
      {...rest}
      role="status"
      className={classNames("wo-status", className)}
      data-status={run.status}
    >
      <StatusIcon status={run.status} />
      <div>
        <p>
          <span className="wo-status-words">{WORDS[run.status]}</span>
          {step !== null && (
            <span className="wo-status-step">
              {" "}
              at <code>{step}</code>
            </span>
          )}
        </p>
        {run.error && (
          <p className="wo-status-error">
            <code>{run.error.code}</code>: {run.error.message}
          </p>
        )}
      </div>
    </div>
  );
}
