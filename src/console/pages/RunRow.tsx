/** One run in a list: its name, status and time. The whole row is a link to it. */
import { useId } from "react";
import type { RunSummary } from "#model/run.ts";
import { Link } from "../app/navigation.tsx";
import { runPath } from "../app/routes.ts";
import { useApi } from "../app/session.tsx";
import { STATUS_WORDS } from "../app/status-words.ts";
import { Time } from "../app/Time.tsx";
import { stepOf, useWorkflow } from "../client/use-workflow.ts";
import { StatusIcon } from "../components/StatusIcon.tsx";

const WAITS_FOR: Readonly<Record<string, string>> = { form: "Form", approval: "Approval" };

/** `lead`: what is shown first, the waiting step or the workflow. */
export function RunRow({ run, lead }: { run: RunSummary; lead: "step" | "workflow" }) {
  const workflow = useWorkflow(useApi(), run);
  const step = stepOf(workflow, run.current_step);
  const details = useId();
  // Names that change while people read would be worse than a moment without them.
  if (workflow === undefined) return <li className="wo-row wo-row-coming" aria-hidden="true" />;
  const workflowName = workflow?.name ?? run.workflow_id;
  const stepName = step?.name ?? run.current_step;
  const kind = WAITS_FOR[step?.type ?? ""];
  const isStepFirst = lead === "step" && stepName !== null;
  return (
    <li className="wo-row">
      <StatusIcon status={run.status} />
      <div className="wo-row-body">
        <Link to={runPath(run.id)} className="wo-row-link" aria-describedby={details}>
          {isStepFirst ? stepName : workflowName}
        </Link>
        <p id={details} className="wo-row-details">
          {lead === "step" ? (
            <>
              {kind !== undefined && <span>{kind}</span>}
              {isStepFirst && <span>{workflowName}</span>}
              <span>
                asked <Time at={run.updated_at} />
              </span>
            </>
          ) : (
            <>
              <span>
                {STATUS_WORDS[run.status]}
                {stepName !== null && ` at ${stepName}`}
              </span>
              <span>
                started <Time at={run.started_at} />
              </span>
              {run.error && (
                <span>
                  <code>{run.error.code}</code>
                </span>
              )}
            </>
          )}
          {run.tags?.map((tag) => (
            <span key={tag} className="wo-tag">
              {tag}
            </span>
          ))}
          <code className="wo-row-id">{run.id.slice(0, 12)}</code>
        </p>
      </div>
    </li>
  );
}
