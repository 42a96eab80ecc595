/** Starts a run: chooses the workflow, its inputs, and whether to use the mock. */
import { useCallback, useId, useState } from "react";
import type { JsonObject } from "#model/json.ts";
import { Link, navigate, PageHeading } from "../app/navigation.tsx";
import { Busy, FailureNotice } from "../app/notices.tsx";
import { runPath, startPath } from "../app/routes.ts";
import { useApi } from "../app/session.tsx";
import type { Failure } from "../client/answer.ts";
import type { StartRequest, WorkflowSummary } from "../client/api.ts";
import { useLoaded } from "../client/use-loaded.ts";
import { useWrite } from "../client/use-write.ts";
import { fieldFindings } from "../components/form-errors.ts";
import { FormRenderer } from "../components/FormRenderer.tsx";

export function StartPage({ workflowId }: { workflowId: string }) {
  const api = useApi();
  const { loaded, reload } = useLoaded(useCallback(() => api.listWorkflows(), [api]));
  return (
    <>
      <PageHeading>Start a run</PageHeading>
      {loaded.state === "loading" && <Busy>Loading …</Busy>}
      {loaded.state === "failed" && (
        <FailureNotice
          title="The workflows could not be loaded"
          failure={loaded.failure}
          onRetry={() => void reload()}
        />
      )}
      {loaded.state === "ready" && loaded.value.items.length === 0 && <NoWorkflows />}
      {loaded.state === "ready" && loaded.value.items.length > 0 && (
        <Chooser workflows={loaded.value.items} workflowId={workflowId} />
      )}
    </>
  );
}

function NoWorkflows() {
  return (
    <div className="wo-card wo-nothing">
      <p className="wo-nothing-title">There is no workflow yet</p>
      <p className="wo-muted">
        A developer puts one into service through the <a href="/docs/">API</a>.{" "}
        <Link to="/check">Check one first.</Link>
      </p>
    </div>
  );
}

interface ChooserProps {
  workflows: WorkflowSummary[];
  workflowId: string;
}

function Chooser({ workflows, workflowId }: ChooserProps) {
  const field = useId();
  const chosen = workflows.find(({ id }) => id === workflowId) ?? workflows[0];
  if (!chosen) return null;
  return (
    <div className="wo-card wo-stack">
      <div className="wo-field">
        <label className="wo-field-label" htmlFor={field}>
          Workflow
        </label>
        <select
          id={field}
          className="wo-input"
          value={chosen.id}
          aria-describedby={`${field}-description`}
          onChange={(event) => navigate(startPath(event.target.value), { replace: true })}
        >
          {workflows.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <p id={`${field}-description`} className="wo-muted wo-small">
          {chosen.description ?? <code>{chosen.id}</code>}
        </p>
      </div>
      <StartForm key={chosen.id} workflowId={chosen.id} />
    </div>
  );
}

function StartForm({ workflowId }: { workflowId: string }) {
  const api = useApi();
  const { loaded, reload } = useLoaded(
    useCallback(() => api.readWorkflow(workflowId), [api, workflowId]),
  );
  const [isMocked, setMocked] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const { isBusy, write } = useWrite(
    useCallback((request: StartRequest, key: string) => api.startRun(request, key), [api]),
  );
  const start = async (inputs: JsonObject) => {
    setFailure(null);
    const options = isMocked ? { run_opts: { mock_ai: true } } : {};
    const answer = await write({ workflow_id: workflowId, inputs, ...options });
    if (answer === null) return;
    if (answer.ok) navigate(runPath(answer.value.id));
    else setFailure(answer.failure);
  };

  if (loaded.state === "loading") return <Busy>Loading …</Busy>;
  if (loaded.state === "failed") {
    const title = "The workflow could not be loaded";
    return <FailureNotice title={title} failure={loaded.failure} onRetry={() => void reload()} />;
  }
  const { inputs = [], steps } = loaded.value.definition;
  const wrong = fieldFindings(failure?.kind === "problem" ? failure.problem : null);
  return (
    <>
      {steps.some(({ type }) => type === "ai_generate") && (
        <MockChoice isMocked={isMocked} onChange={setMocked} />
      )}
      {failure && (!wrong || inputs.length === 0) && (
        <FailureNotice title="The run was not started" failure={failure} />
      )}
      {inputs.length > 0 ? (
        <FormRenderer
          fields={inputs}
          errors={wrong ?? undefined}
          isSubmitting={isBusy}
          submitLabel="Start the run"
          onSubmit={(given) => void start(given)}
        />
      ) : (
        <StartButton isBusy={isBusy} onStart={() => void start({})} />
      )}
    </>
  );
}

interface MockChoiceProps {
  isMocked: boolean;
  onChange(isMocked: boolean): void;
}

function MockChoice({ isMocked, onChange }: MockChoiceProps) {
  return (
    <label className="wo-check">
      <input
        type="checkbox"
        checked={isMocked}
        onChange={(event) => onChange(event.target.checked)}
      />
      Test run: made-up answers instead of a model’s
    </label>
  );
}

/** For a workflow without start inputs, which has no form to submit. */
function StartButton({ isBusy, onStart }: { isBusy: boolean; onStart(): void }) {
  return (
    <div>
      <button
        type="button"
        className="wo-button"
        data-kind="primary"
        aria-disabled={isBusy}
        onClick={onStart}
      >
        {isBusy ? "Starting …" : "Start the run"}
      </button>
    </div>
  );
}
