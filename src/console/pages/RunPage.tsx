/**
 * One run: its status, its wait, its history and its result. Owns which part is shown, and the
 * focus when the run moves on; the parts are in `run/`.
 */
import { type ComponentProps, useCallback, useRef, useState } from "react";
import { approvalsLeft, neededWords } from "#model/decision-words.ts";
import type { Run } from "#model/run.ts";
import { Link, PageHeading } from "../app/navigation.tsx";
import { Busy, FailureNotice, Notice } from "../app/notices.tsx";
import { startPath } from "../app/routes.ts";
import { useApi } from "../app/session.tsx";
import { type Failure, failureText, statusOf } from "../client/answer.ts";
import type { Resume } from "../client/api.ts";
import { type RunNow, useRun } from "../client/use-run.ts";
import { stepOf, useWorkflow } from "../client/use-workflow.ts";
import { useWrite } from "../client/use-write.ts";
import { RunStatus } from "../components/RunStatus.tsx";
import { RunTimeline } from "../components/RunTimeline.tsx";
import { ApprovalWait } from "./run/ApprovalWait.tsx";
import { CancelRun } from "./run/CancelRun.tsx";
import { FormWait } from "./run/FormWait.tsx";
import { LiveSign } from "./run/LiveSign.tsx";
import { Outcome } from "./run/Outcome.tsx";
import { overtakenWords } from "./run/overtaken.ts";
import { RunFacts } from "./run/RunFacts.tsx";

export function RunPage({ id }: { id: string }) {
  const api = useApi();
  const { loaded, stream, reload } = useRun(api, id);
  const now = loaded.state === "ready" ? loaded.value : null;
  const workflow = useWorkflow(api, now?.run ?? null);
  return (
    <>
      <PageHeading>
        {workflow === null ? (now?.run.workflow_id ?? "Run") : (workflow?.name ?? "Run")}
      </PageHeading>
      {loaded.state === "loading" && <Busy>Loading …</Busy>}
      {loaded.state === "failed" && <RunFailure failure={loaded.failure} reload={reload} />}
      {now && (
        <>
          <div className="wo-run-top">
            <RunStatus run={now.run} />
            <LiveSign stream={stream} />
          </div>
          <Present now={now} reload={reload} workflow={workflow} />
          <RunTimeline steps={now.history.steps} events={now.history.events} />
          <section aria-labelledby="facts" className="wo-section">
            <h2 id="facts">About this run</h2>
            <RunFacts run={now.run} events={now.history.events} />
            {now.run.ended_at === undefined ? (
              <CancelRun run={now.run} reload={reload} />
            ) : (
              <p>
                <Link to={startPath(now.run.workflow_id)}>Start another</Link>
              </p>
            )}
          </section>
        </>
      )}
    </>
  );
}

interface PresentProps {
  now: RunNow;
  reload: () => Promise<void>;
  workflow: ReturnType<typeof useWorkflow>;
}

/** Sends answers to a run's waits, and remembers what became of the last one. */
function useResume(runId: string, reload: () => Promise<void>, onMoved: () => void) {
  const api = useApi();
  const [failure, setFailure] = useState<Failure | null>(null);
  /** The last answered wait. */
  const [asked, setAsked] = useState<number | null>(null);
  const [isRecorded, setRecorded] = useState(false);
  const { isBusy, write } = useWrite(
    useCallback(
      async (answer: Resume, key: string) => {
        const answered = await api.resumeRun(runId, answer, key);
        const isMoved = answered.ok || statusOf(answered.failure) === 409;
        if (isMoved) await reload();
        return answered;
      },
      [api, runId, reload],
    ),
  );
  const resume = async (answer: Resume) => {
    const answered = await write(answer);
    if (answered === null) return;
    setFailure(answered.ok ? null : answered.failure);
    setAsked(answer.wait_number);
    setRecorded(answered.ok && "approvals" in answer);
    if (answered.ok || statusOf(answered.failure) === 409) onMoved();
  };
  return { failure, asked, isRecorded, isBusy, resume };
}

/** The run's wait, or its result. */
function Present({ now, reload, workflow }: PresentProps) {
  const { ownAddress } = useApi();
  const { run } = now;
  const heading = useRef<HTMLHeadingElement>(null);
  // The focused element has been removed by then.
  const sent = useResume(run.id, reload, () => heading.current?.focus());
  const { failure, asked } = sent;
  const isOvertaken = failure !== null && statusOf(failure) === 409;
  const step = stepOf(workflow, run.current_step);
  const { wait } = run;
  return (
    <section aria-labelledby="present" className="wo-section wo-present">
      <h2 id="present" ref={heading} tabIndex={-1}>
        {presentTitle(run, step?.name)}
      </h2>
      {isOvertaken && <Overtaken failure={failure} now={now} asked={asked} own={ownAddress} />}
      {sent.isRecorded && wait?.type === "approval" && wait.number === asked && (
        <Notice tone="positive" title="Your decision was recorded">
          <p>{neededWords(approvalsLeft(wait.quorum, wait.decisions))}</p>
        </Notice>
      )}
      {wait ? (
        <WaitView
          key={wait.number}
          wait={wait}
          step={step}
          history={now.history}
          failure={isOvertaken ? null : failure}
          isBusy={sent.isBusy}
          onAnswer={(answer) => void sent.resume(answer)}
        />
      ) : (
        <Outcome run={run} />
      )}
    </section>
  );
}

interface WaitViewProps extends Omit<ComponentProps<typeof ApprovalWait>, "wait" | "onDecide"> {
  wait: NonNullable<Run["wait"]>;
  onAnswer(answer: Resume): void;
}

function WaitView({ wait, onAnswer, ...rest }: WaitViewProps) {
  if (wait.type === "approval") {
    return (
      <ApprovalWait
        {...rest}
        wait={wait}
        onDecide={(decision) =>
          onAnswer({
            approvals: [{ step_id: wait.step_id, ...decision }],
            wait_number: wait.number,
          })
        }
      />
    );
  }
  if (wait.can_answer === false) {
    return <p className="wo-note">Your key lacks the scope runs:write, so it cannot answer.</p>;
  }
  const { failure, isBusy } = rest;
  return (
    <FormWait
      wait={wait}
      failure={failure}
      isBusy={isBusy}
      onSubmit={(inputs) => onAnswer({ inputs, wait_number: wait.number })}
    />
  );
}

interface OvertakenProps {
  failure: Failure;
  now: RunNow;
  asked: number | null;
  own: string | null;
}

function Overtaken({ failure, now, asked, own }: OvertakenProps) {
  const { title, text } =
    failure.kind === "problem" && asked !== null
      ? overtakenWords(failure.problem, now, asked, own)
      : { title: "Your answer was not accepted", text: failureText(failure) };
  return (
    <Notice tone="warning" title={title}>
      <p>{text}</p>
    </Notice>
  );
}

function presentTitle(run: Run, stepName: string | undefined): string {
  switch (run.status) {
    case "waiting":
      return stepName ?? run.current_step ?? "Waiting";
    case "queued":
    case "running":
      return "Running";
    case "completed":
      return "Result";
    case "failed":
      return "The run failed";
    case "canceled":
      return "The run was canceled";
  }
}

interface RunFailureProps {
  failure: Failure;
  reload: () => Promise<void>;
}

function RunFailure({ failure, reload }: RunFailureProps) {
  if (statusOf(failure) === 404) {
    return (
      <div className="wo-card wo-nothing">
        <p className="wo-nothing-title">There is no such run</p>
        <p className="wo-muted">Or your key is not allowed to see it.</p>
        <p>
          <Link to="/runs">All runs</Link>
        </p>
      </div>
    );
  }
  const title = "The run could not be loaded";
  return <FailureNotice title={title} failure={failure} onRetry={() => void reload()} />;
}
