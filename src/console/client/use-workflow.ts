/**
 * Versions of workflows, for the names of workflows and steps. They never change, so each is read
 * once.
 */
import { useEffect, useState } from "react";
import type { Run } from "#model/run.ts";
import type { Step } from "#model/workflow.ts";
import type { Answer } from "./answer.ts";
import type { Api, Workflow } from "./api.ts";

const known = new WeakMap<Api, Map<string, Promise<Answer<Workflow>>>>();

/**
 * undefined while it is loading; null if it cannot be read, for example with a key that may not
 * read workflows: then ids replace names.
 */
export function useWorkflow(
  api: Api,
  run: Pick<Run, "workflow_id" | "workflow_version"> | null,
): Workflow | null | undefined {
  const [workflow, setWorkflow] = useState<Workflow | null>();
  const id = run?.workflow_id;
  const version = run?.workflow_version;
  useEffect(() => {
    if (id === undefined || version === undefined) return;
    let isShown = true;
    const show = async () => {
      const answer = await readOnce(api, id, version);
      if (isShown) setWorkflow(answer.ok ? answer.value : null);
    };
    void show();
    return () => {
      isShown = false;
    };
  }, [api, id, version]);
  return workflow;
}

async function readOnce(api: Api, id: string, version: number): Promise<Answer<Workflow>> {
  const versions = known.get(api) ?? new Map<string, Promise<Answer<Workflow>>>();
  known.set(api, versions);
  const name = `${id} ${version}`;
  const reading = versions.get(name) ?? api.readWorkflow(id, version);
  versions.set(name, reading);
  const answer = await reading;
  if (!answer.ok) versions.delete(name);
  return answer;
}

export function stepOf(
  workflow: Workflow | null | undefined,
  stepId: string | null,
): Step | undefined {
  return workflow?.definition.steps.find(({ id }) => id === stepId);
}
