/** A list of runs in all its states: loading, empty, failed, with more pages. */
import type { ReactNode } from "react";
import { Busy, FailureNotice } from "../app/notices.tsx";
import type { RunList } from "../client/use-run-list.ts";
import { RunRow } from "./RunRow.tsx";

interface RunListViewProps {
  list: RunList;
  lead: "step" | "workflow";
  /** The label of the list for screen readers. */
  label: string;
  /** Shown when the list is empty. */
  empty: ReactNode;
}

export function RunListView({ list, lead, label, empty }: RunListViewProps) {
  const { items, failure, hasMore, isLoadingMore } = list;
  return (
    <>
      {failure && (
        <FailureNotice
          title="The runs could not be loaded"
          failure={failure}
          onRetry={() => void list.reload()}
        />
      )}
      {items === null && !failure && <Busy>Loading …</Busy>}
      {items?.length === 0 && !hasMore && empty}
      {items !== null && items.length > 0 && (
        <ul className="wo-rows" aria-label={label}>
          {items.map((run) => (
            <RunRow key={run.id} run={run} lead={lead} />
          ))}
        </ul>
      )}
      {hasMore && (
        <button
          type="button"
          className="wo-button"
          aria-disabled={isLoadingMore}
          onClick={() => {
            if (!isLoadingMore) void list.loadMore();
          }}
        >
          {isLoadingMore ? "Loading …" : "Load more"}
        </button>
      )}
    </>
  );
}
