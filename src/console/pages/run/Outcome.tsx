/** What came of a run that needs nobody: its result, its error, or that it is still at work. */
import type { Run } from "#model/run.ts";
import { Busy } from "../../app/notices.tsx";
import { JsonView } from "../../components/JsonView.tsx";

export function Outcome({ run }: { run: Run }) {
  switch (run.status) {
    case "queued":
    case "running":
    case "waiting":
      return <Busy>The service is working on the next step. This page follows by itself.</Busy>;
    case "completed":
      return run.output === undefined ? (
        <p className="wo-muted">The workflow names no output. What each step gave is below.</p>
      ) : (
        <div className="wo-card">
          <JsonView value={run.output} />
        </div>
      );
    case "failed":
      return (
        <p className="wo-muted">
          Nothing more will happen. Below is what led there; the workflow can be started again.
        </p>
      );
    case "canceled":
      return (
        <p className="wo-muted">No step starts any more. What was done until then is below.</p>
      );
  }
}
