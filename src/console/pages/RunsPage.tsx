/** All runs, newest first, by status and workflow. The filter is in the address. */
import { useCallback, useId } from "react";
import { navigate, PageHeading } from "../app/navigation.tsx";
import { runsPath } from "../app/routes.ts";
import { useApi } from "../app/session.tsx";
import { STATUS_WORDS } from "../app/status-words.ts";
import { useLoaded } from "../client/use-loaded.ts";
import { useRunList } from "../client/use-run-list.ts";
import { RunListView } from "./RunListView.tsx";

interface Filter {
  status: string;
  workflowId: string;
}

export function RunsPage({ status, workflowId }: Filter) {
  return (
    <>
      <PageHeading>Runs</PageHeading>
      <FilterBar status={status} workflowId={workflowId} />
      <FilteredRuns key={`${status} ${workflowId}`} status={status} workflowId={workflowId} />
    </>
  );
}

function FilteredRuns({ status, workflowId }: Filter) {
  const list = useRunList(useApi(), { status, workflow_id: workflowId });
  const isFiltered = status !== "" || workflowId !== "";
  const nothing = isFiltered ? "No run matches the filter." : "No run has been started yet.";
  const empty = <p className="wo-card wo-nothing">{nothing}</p>;
  return <RunListView list={list} lead="workflow" label="Runs" empty={empty} />;
}

function FilterBar({ status, workflowId }: Filter) {
  const api = useApi();
  const id = useId();
  const { loaded } = useLoaded(useCallback(() => api.listWorkflows(), [api]));
  const workflows = loaded.state === "ready" ? loaded.value.items : [];
  const isListed = workflowId === "" || workflows.some((workflow) => workflow.id === workflowId);
  const show = (filter: Filter) => navigate(runsPath(filter), { replace: true });
  return (
    <div className="wo-filters">
      <div className="wo-field">
        <label className="wo-field-label" htmlFor={`${id}-status`}>
          Status
        </label>
        <select
          className="wo-input"
          id={`${id}-status`}
          value={status}
          onChange={(event) => show({ workflowId, status: event.target.value })}
        >
          <option value="">All</option>
          {Object.entries(STATUS_WORDS).map(([one, words]) => (
            <option key={one} value={one}>
              {words}
            </option>
          ))}
        </select>
      </div>
      <div className="wo-field">
        <label className="wo-field-label" htmlFor={`${id}-workflow`}>
          Workflow
        </label>
        <select
          className="wo-input"
          id={`${id}-workflow`}
          value={workflowId}
          onChange={(event) => show({ status, workflowId: event.target.value })}
        >
          <option value="">All</option>
          {!isListed && <option value={workflowId}>{workflowId}</option>}
          {workflows.map((workflow) => (
            <option key={workflow.id} value={workflow.id}>
              {workflow.name}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}
