/** Runs in every state that a restore can find them in, each with keys of its own. */
import { runSchema } from "#model/run.ts";
import type { LocalCopy } from "../support/local-copy.ts";

export interface Made {
  id: string;
  start: { key: string; body: object };
  resumes: { key: string; body: object }[];
  /** Status or code of its error, once it was released and answered; null: it goes on waiting. */
  endsAs: string | null;
}

const call = (host: string, path: string, method: string, more = "") => `
  - id: call
    type: api_call
    name: Call
    retry: { max_attempts: 3, initial_delay_ms: 3600000, max_delay_ms: 3600000, backoff: fixed, jitter: false }
    config: { url: "http://${host}/${path}/{{tag}}", method: ${method}, timeout_s: 600${more} }`;

const flow = (id: string, steps: string) => `id: ${id}
name: ${id}
start_step: ${/- id: (\w+)/.exec(steps)?.[1]}
inputs: [{ key: tag, type: string, required: false }]
steps:${steps}
`;

const ask = (more = "") => `
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: card, type: string, required: true, sensitive: true }]${more} }`;

/** The workflows that the runs are of, beside the examples. */
export async function storeDefinitions(copy: LocalCopy, host: string): Promise<void> {
  const secret = ', headers: { x-token: "{{secrets.TOKEN}}" }';
  const flows = [
    flow("called", call(host, "ok", "PUT")),
    flow("called_with_secret", call(host, "ok-secret", "PUT", secret)),
    flow("retried", call(host, "busy", "GET")),
    flow("hanging", call(host, "hang", "PUT")),
    flow("posted", call(host, "post", "POST")),
    flow("sensitive", ask()),
    flow("expiring", ask(", expires_in_s: 1")),
  ];
  await expectOk(copy.call("PUT", "/v1/secrets/TOKEN", { value: "a secret of the check" }));
  for (const text of flows) {
    await expectOk(
      fetch(`${copy.url}/v1/workflows`, {
        method: "POST",
        headers: { authorization: copy.authorization, "content-type": "application/yaml" },
        body: text,
      }),
    );
  }
}

interface Kind {
  workflow: string;
  endsAs: string | null;
  /** Answers at once or not at all. */
  isAsync?: true;
  resumes?: object[];
  cancels?: true;
}

const DRAFT = { inputs: { topic: "Launch", audience: "SMB" } };
const decide = (approved: boolean) => ({
  approvals: [{ step_id: "approval", approved, comment: "Seen" }],
});

const KINDS: readonly Kind[] = [
  { workflow: "content_draft_flow", endsAs: null },
  { workflow: "content_draft_flow", endsAs: null, resumes: [DRAFT] },
  { workflow: "content_draft_flow", endsAs: "completed", resumes: [DRAFT, decide(true)] },
  { workflow: "content_draft_flow", endsAs: "approval_rejected", resumes: [DRAFT, decide(false)] },
  { workflow: "content_draft_flow", endsAs: "canceled", cancels: true },
  { workflow: "sensitive", endsAs: "completed" },
  { workflow: "sensitive", endsAs: "completed", resumes: [{ inputs: { card: "4111 1111" } }] },
  { workflow: "expiring", endsAs: "wait_expired" },
  { workflow: "called", endsAs: "completed" },
  { workflow: "called_with_secret", endsAs: "completed" },
  { workflow: "retried", endsAs: null, isAsync: true },
  { workflow: "hanging", endsAs: "completed", isAsync: true },
  { workflow: "posted", endsAs: "outcome_unknown", isAsync: true },
  { workflow: "posted", endsAs: "canceled", isAsync: true, cancels: true },
];

/** `isStill`: none of them is in the middle of a call, so that a restart changes nothing. */
export async function makeRuns(copy: LocalCopy, count: number, isStill: boolean): Promise<Made[]> {
  const made: Made[] = [];
  const kinds = KINDS.filter(({ isAsync }) => !isStill || isAsync !== true);
  for (let index = 0; index < count; index += 1) {
    const kind = kinds[index % kinds.length];
    if (kind) made.push(await makeRun(copy, kind, index));
  }
  await untilStill(copy, made);
  return made;
}

async function makeRun(copy: LocalCopy, kind: Kind, index: number): Promise<Made> {
  const { workflow, endsAs, isAsync, resumes = [], cancels } = kind;
  const key = `check-${index}`;
  const isExample = workflow === "content_draft_flow";
  const body = { workflow_id: workflow, ...(isExample ? {} : { inputs: { tag: `run-${index}` } }) };
  const { id } = await copy.run("POST", "/v1/executions", body, {
    "idempotency-key": key,
    ...(isAsync ? { prefer: "respond-async" } : {}),
  });
  const answered: Made["resumes"] = [];
  for (const [number, answer] of resumes.entries()) {
    const resumeKey = `${key}-answer-${number}`;
    const path = `/v1/executions/${id}/resume`;
    await copy.run("POST", path, answer, { "idempotency-key": resumeKey });
    answered.push({ key: resumeKey, body: answer });
  }
  if (isAsync) await new Promise((resolve) => setTimeout(resolve, 100));
  if (cancels) await copy.run("POST", `/v1/executions/${id}/cancel`);
  return { id, start: { key, body }, resumes: answered, endsAs };
}

/** Nothing changes any more, and D1 has all of them. */
async function untilStill(copy: LocalCopy, made: readonly Made[]): Promise<void> {
  let last = "";
  for (let still = 0; still < 2;) {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const texts: string[] = [];
    for (const { id } of made) {
      texts.push(await (await copy.call("GET", `/v1/executions/${id}/history`)).text());
    }
    const now = texts.join("\n");
    still = now === last ? still + 1 : 0;
    last = now;
  }
  runSchema.parse(await (await copy.call("GET", `/v1/executions/${made[0]?.id}`)).json());
}

async function expectOk(answer: Promise<Response>): Promise<void> {
  const response = await answer;
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
}
