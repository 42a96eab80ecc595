/** Runs that wait for people, newest first. */
import { Link, PageHeading } from "../app/navigation.tsx";
import { useApi } from "../app/session.tsx";
import { useRunList } from "../client/use-run-list.ts";
import { RunListView } from "./RunListView.tsx";

const FILTER = { status: "waiting" };

export function WaitingPage() {
  const list = useRunList(useApi(), FILTER);
  return (
    <>
      <PageHeading>Waiting for people</PageHeading>
      <RunListView list={list} lead="step" label="Waiting runs" empty={<NothingWaits />} />
    </>
  );
}

function NothingWaits() {
  return (
    <div className="wo-card wo-nothing">
      <p className="wo-nothing-title">Nothing is waiting</p>
      <p className="wo-muted">
        A run shows up here when it needs a form filled in or a decision made.
      </p>
      <p>
        <Link to="/start" className="wo-button" data-kind="primary">
          Start a run
        </Link>
      </p>
    </div>
  );
}
