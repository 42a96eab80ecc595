/** Who decides, their decisions, and how many approvals are still needed. */
import type { ApprovalWait, Decision } from "./api-types.ts";
import { Mark, type MarkName } from "./Mark.tsx";
import { shortTime } from "./time-words.ts";

interface Decider {
  name: string;
  decision: Decision | undefined;
}

export function ApprovalProgress({ wait }: { wait: ApprovalWait }) {
  const approvals = wait.decisions.filter(({ approved }) => approved).length;
  return (
    <div className="wo-progress">
      <h3 className="wo-label">
        {approvals} of {wait.quorum} {wait.quorum === 1 ? "approval" : "approvals"}
      </h3>
      <div className="wo-pips" aria-hidden="true">
        {Array.from({ length: wait.quorum }, (_, index) => (
          <span key={index} data-filled={index < approvals ? "" : undefined} />
        ))}
      </div>
      <ul className="wo-deciders">
        {decidersOf(wait).map(({ name, decision }) => (
          <li key={name} className="wo-decider" data-state={stateOf(decision)}>
            <Mark name={stateOf(decision)} />
            <div>
              <p>
                <span className="wo-decider-name">{name}</span>{" "}
                <span className="wo-decider-state">{WORDS[stateOf(decision)]}</span>
              </p>
              {decision?.comment !== undefined && decision.comment !== "" && (
                <blockquote>{decision.comment}</blockquote>
              )}
              {decision && <time dateTime={decision.at}>{shortTime(decision.at)}</time>}
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}

const WORDS: Readonly<Record<"approved" | "rejected" | "undecided", string>> = {
  approved: "approved",
  rejected: "rejected",
  undecided: "has not decided yet",
};

function stateOf(decision: Decision | undefined): "approved" | "rejected" | "undecided" {
  const state: MarkName =
    decision === undefined ? "undecided" : decision.approved ? "approved" : "rejected";
  return state;
}

/** The listed approvers, then those who decided with a key. */
function decidersOf({ approvers, decisions }: ApprovalWait): Decider[] {
  const byName = new Map(decisions.map((decision) => [decision.by, decision]));
  const listed = approvers.map((name) => ({ name, decision: byName.get(name.toLowerCase()) }));
  const names = new Set(approvers.map((name) => name.toLowerCase()));
  const others = decisions.filter(({ by }) => !names.has(by));
  return [...listed, ...others.map((decision) => ({ name: decision.by, decision }))];
}
