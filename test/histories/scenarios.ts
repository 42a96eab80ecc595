/**
 * The runs that are recorded of each release: every seed workflow that it has, and beside them one
 * for each way in which a step or a run can end. Definitions are of format 0.2.0, which every
 * release reads.
 */

/** A step of format 0.2.0, as it is sent. */
type Step = Record<string, unknown>;

/** What people do at the waits, in order; after the last one the run is left as it is. */
export type Act =
  | { kind: "answer"; inputs?: Record<string, unknown> }
  | { kind: "decide"; approved: boolean; comment?: string }
  | { kind: "cancel"; afterMs?: number };

export interface Scenario {
  name: string;
  /** Absent: the seed workflow of that name. */
  steps?: Step[];
  mock?: { mode?: string; steps?: Record<string, string> };
  inputs?: Record<string, unknown>;
  acts: Act[];
  /**
   * The status that the recorder waits for. settled: any; the servers of some seed workflows are not
   * there.
   */
  until: "waiting" | "completed" | "failed" | "canceled" | "settled";
}

const answer: Act = { kind: "answer" };
const approve: Act = { kind: "decide", approved: true };

/** Seed workflows; a release is asked for those that it has. */
const SEEDS: Scenario[] = [
  { name: "content_draft_flow", acts: [answer, approve], until: "settled" },
  { name: "document_review", acts: [answer, approve, answer, approve], until: "settled" },
  {
    name: "expense_approval",
    inputs: { employee: "ann@example.com", purpose: "Train", amount: 80 },
    acts: [answer, approve, answer],
    until: "settled",
  },
  {
    name: "support_triage",
    acts: [answer, answer, approve, answer, approve],
    until: "settled",
  },
  {
    name: "incident_summary",
    inputs: { incident_id: "INC-1" },
    acts: [answer, approve],
    until: "settled",
  },
  {
    name: "lead_enrichment",
    inputs: { company: "Example", domain: "example.com" },
    acts: [answer, approve],
    until: "settled",
  },
  { name: "vendor_onboarding", acts: [answer, approve, answer, approve], until: "settled" },
];

const retry = { max_attempts: 2, initial_delay_ms: 10 };
const config = { method: "GET", timeout_s: 5 };
const fields = [
  { key: "topic", type: "string", required: true },
  { key: "code", type: "string", required: false, sensitive: true },
];
const schema = {
  type: "object",
  properties: { draft: { type: "string" } },
  required: ["draft"],
};
const write = {
  id: "write",
  type: "ai_generate",
  name: "Write",
  retry,
  config: { template_id: "content_v1", variables: ["topic"], json_schema: schema, timeout_s: 5 },
};
const ask = { id: "ask", type: "form", name: "Ask", config: { fields } };
const approval = {
  id: "decide",
  type: "approval",
  name: "Decide",
  config: { approvers: ["ann@example.com"] },
};
const inputs = { topic: "Launch", audience: "everyone" };

/** `api`: the address of an API that the recorder serves. */
export function scenarios(api: string): Scenario[] {
  const call = (path: string, over: Record<string, unknown> = {}, more: Step = {}): Step => ({
    id: "call",
    type: "api_call",
    name: "Call",
    retry,
    ...more,
    config: { ...config, url: `${api}/${path}`, ...over },
  });
  return [
    ...SEEDS,
    { name: "call_ok", steps: [call("ok")], acts: [], until: "completed" },
    { name: "call_again", steps: [call("once-broken")], acts: [], until: "completed" },
    { name: "call_refused", steps: [call("missing")], acts: [], until: "failed" },
    {
      name: "call_caught",
      steps: [call("missing", {}, { on_error: "ask" }), ask],
      acts: [answer],
      until: "completed",
    },
    {
      name: "call_unknown",
      steps: [call("dropped", { method: "POST", body: { a: 1 } })],
      acts: [],
      until: "failed",
    },
    {
      name: "call_repeated",
      steps: [call("dropped", { method: "POST", body: { a: 1 }, idempotent: true })],
      acts: [],
      until: "failed",
    },
    { name: "call_timeout", steps: [call("slow", { timeout_s: 1 })], acts: [], until: "failed" },
    {
      name: "call_canceled",
      steps: [call("slow", { method: "POST", timeout_s: 30 })],
      acts: [{ kind: "cancel", afterMs: 700 }],
      until: "canceled",
    },
    { name: "model", steps: [write], inputs, acts: [], until: "completed" },
    {
      name: "model_transient",
      steps: [write],
      inputs,
      mock: { mode: "transient_error" },
      acts: [],
      until: "completed",
    },
    {
      name: "model_violation",
      steps: [write],
      inputs,
      mock: { mode: "schema_violation" },
      acts: [],
      until: "failed",
    },
    {
      name: "model_violation_caught",
      steps: [{ ...write, on_error: "ask" }, ask],
      inputs,
      mock: { steps: { write: "schema_violation" } },
      acts: [],
      until: "completed",
    },
    {
      name: "model_timeout",
      steps: [{ ...write, config: { ...write.config, timeout_s: 1 } }],
      inputs,
      mock: { mode: "timeout" },
      acts: [],
      until: "failed",
    },
    {
      name: "model_canceled",
      steps: [write],
      inputs,
      mock: { mode: "timeout" },
      acts: [{ kind: "cancel", afterMs: 700 }],
      until: "canceled",
    },
    { name: "form_waiting", steps: [ask], acts: [], until: "waiting" },
    {
      name: "form_sensitive",
      steps: [{ ...ask, next: "write" }, write],
      acts: [{ kind: "answer", inputs: { topic: "Sunflower 4711", code: "Sunflower" } }],
      until: "completed",
    },
    {
      name: "form_expired",
      steps: [{ ...ask, config: { fields, expires_in_s: 1 } }],
      acts: [],
      until: "failed",
    },
    {
      name: "form_expired_caught",
      steps: [{ ...ask, config: { fields, expires_in_s: 1, on_expire: "decide" } }, approval],
      acts: [],
      until: "waiting",
    },
    {
      name: "form_canceled",
      steps: [ask],
      acts: [{ kind: "cancel" }],
      until: "canceled",
    },
    {
      name: "approval_rejected",
      steps: [approval],
      acts: [{ kind: "decide", approved: false, comment: "Not yet." }],
      until: "failed",
    },
    {
      name: "approval_rejected_caught",
      steps: [{ ...approval, config: { ...approval.config, on_reject: "ask" } }, ask],
      acts: [{ kind: "decide", approved: false }],
      until: "waiting",
    },
    {
      name: "approval_half",
      steps: [
        { ...approval, config: { approvers: ["ann@example.com", "ben@example.com"], quorum: 2 } },
      ],
      acts: [approve],
      until: "waiting",
    },
    {
      name: "rules",
      steps: [
        {
          id: "first",
          type: "conditional",
          name: "First",
          config: { when: "topic == 'Launch'", then: "second", else: "ask" },
        },
        {
          id: "second",
          type: "conditional",
          name: "Second",
          config: { when: "len(topic) > 20", then: null, else: "ask" },
        },
        ask,
      ],
      inputs,
      acts: [],
      until: "completed",
    },
  ];
}
