/**
 * The main job with nothing but the components and `fetch`: start, form, approval, end. The console
 * does more; this is the least that a screen needs.
 */
import { useState } from "react";
import type { Diagnostic } from "#model/diagnostic.ts";
import { ApprovalPanel } from "#console/components/ApprovalPanel.tsx";
import { Button } from "#console/components/Button.tsx";
import { FormRenderer } from "#console/components/FormRenderer.tsx";
import { RunStatus } from "#console/components/RunStatus.tsx";
import { RunTimeline } from "#console/components/RunTimeline.tsx";
import type { History, Run } from "#model/run.ts";

interface Problem {
  detail: string;
  errors?: Diagnostic[];
}

type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

async function ask<T>(path: string, body?: object): Promise<Answer<T>> {
  const response = await fetch(path, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      authorization: "Bearer wo_storystoryst_storystorystorystorystorystory",
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.ok
    ? { ok: true, value: (await response.json()) as T }
    : { ok: false, problem: (await response.json()) as Problem };
}

export function MainJob({ workflowId }: { workflowId: string }) {
  const [run, setRun] = useState<Run | null>(null);
  const [history, setHistory] = useState<History | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSubmitting, setIsSubmitting] = useState(false);

  async function move(path: string, body: object): Promise<void> {
    setIsSubmitting(true);
    const answer = await ask<Run>(path, body);
    setIsSubmitting(false);
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return;
    setRun(answer.value);
    const told = await ask<History>(`/v1/executions/${answer.value.id}/history`);
    if (told.ok) setHistory(told.value);
  }

  if (run === null) {
    return (
      <Button
        kind="primary"
        onClick={() => void move("/v1/executions", { workflow_id: workflowId })}
      >
        Start {workflowId}
      </Button>
    );
  }
  const { wait } = run;
  const resume = (answer: object) =>
    void move(`/v1/executions/${run.id}/resume`, { ...answer, wait_number: wait?.number });
  return (
    <div className="main-job">
      <RunStatus run={run} />
      {wait?.type === "form" && (
        <>
          {problem && <p role="alert">{problem.detail}</p>}
          <FormRenderer
            key={wait.number}
            fields={wait.fields}
            prefill={wait.prefill}
            errors={problem?.errors ?? wait.errors}
            isSubmitting={isSubmitting}
            onSubmit={(inputs) => resume({ inputs })}
          />
        </>
      )}
      {wait?.type === "approval" && (
        <ApprovalPanel
          key={wait.number}
          wait={wait}
          subject={history?.steps.findLast(({ output }) => output !== undefined)?.output}
          isSubmitting={isSubmitting}
          problem={problem?.detail}
          onDecide={(decision) => resume({ approvals: [{ step_id: wait.step_id, ...decision }] })}
        />
      )}
      {history && <RunTimeline steps={history.steps} events={history.events} />}
    </div>
  );
}
