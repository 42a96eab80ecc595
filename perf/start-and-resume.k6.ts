/**
 * The load of the source, for k6: start a run, answer its form, up to 20 users over 10 minutes.
 * Runs inside k6, which reads TypeScript by itself. `perf/load.ts` starts it and sets the variables.
 */
import { check, sleep } from "k6";
import http from "k6/http";
import type { Options } from "k6/options";

const SERVICE_URL = __ENV["SERVICE_URL"] ?? "http://127.0.0.1:8787";
const HEADERS = {
  authorization: `Bearer ${__ENV["SERVICE_KEY"] ?? ""}`,
  "content-type": "application/json",
};

/** Users wait between two tasks, in seconds. */
const SHORTEST_WAIT_S = 0.1;
const LONGEST_WAIT_S = 0.5;

export const options: Options = {
  scenarios: {
    ramp: {
      executor: "ramping-vus",
      startVUs: 1,
      stages: [{ duration: `${__ENV["RAMP_S"] ?? "600"}s`, target: 20 }],
    },
  },
  thresholds: {
    "http_req_duration{name:start}": ["p(95)<150"],
    "http_req_duration{name:resume}": ["p(95)<150"],
    http_req_failed: ["rate<0.01"],
    checks: ["rate>0.99"],
  },
  summaryTrendStats: ["med", "p(95)", "p(99)", "max"],
};

interface Run {
  id: string;
  status: string;
  current_step: string | null;
}

function post(name: string, path: string, body: object) {
  return http.post(`${SERVICE_URL}${path}`, JSON.stringify(body), {
    headers: HEADERS,
    tags: { name },
  });
}

export default function startAndResume(): void {
  const started = post("start", "/v1/executions", { workflow_id: "content_draft_flow" });
  check(started, { "the start is accepted": ({ status }) => status === 202 || status === 200 });
  const run = started.json() as unknown as Run;
  if (run.status === "waiting" && run.current_step === "form") {
    const inputs = { topic: "Launch", audience: "SMB" };
    const resumed = post("resume", `/v1/executions/${run.id}/resume`, { inputs });
    check(resumed, {
      "the answer is accepted": ({ status }) => status === 200,
      "the run waits for the approval": (answer) =>
        (answer.json() as unknown as Run).current_step === "approval",
    });
  }
  sleep(SHORTEST_WAIT_S + Math.random() * (LONGEST_WAIT_S - SHORTEST_WAIT_S));
}
