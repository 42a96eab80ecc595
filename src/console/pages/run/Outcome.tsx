/** The state of a run that waits for no person: its result, its error, or that it is running. */
import type { Run } from "#model/run.ts";
import { Busy } from "../../app/notices.tsx";
import { JsonView } from "../../components/JsonView.tsx";

export function Outcome({ run }: { run: Run }) {
  switch (run.status) {
    case "queued":
    case "running":
    case "waiting":
      return <Busy>The service is working on the next step. This page updates automatically.</Busy>;
    case "completed":
      return run.output === undefined ? (
        <p className="wo-muted">The workflow has no output. The outputs of its steps are below.</p>
      ) : (
        <div className="wo-card">
          <JsonView value={run.output} />
        </div>
      );
    case "failed":
      return (
        <p className="wo-muted">
          The run has stopped. Its history is below; the workflow can be started again.
        </p>
      );
    case "canceled":
      return <p className="wo-muted">No further step starts. Its history is below.</p>;
  }
}
