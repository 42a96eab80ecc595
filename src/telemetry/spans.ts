/**
 * The spans of a run, derived from its log. Pure: the same log yields the same spans with the same
 * ids, so they can be sent again, and a crash loses none.
 *
 * ```text run ────────────────────────────  sent when the run ends ├─ start, resume, expire what
 * made the run move, until it waits or ends └─ step ────────────────────────  sent when the step
 * ends └─ attempt                     of ai_generate and api_call
 *       └─ chat, GET …              the call to the model or the API
 * ```
 *
 * A span is emitted by the event that ends it. So a run that waits for days shows its start and its
 * finished steps; their parent follows when the run ends, under an id that is derived in advance.
 * Nothing is masked or redacted here: events arrive masked, `otlp.ts` redacts what it sends.
 */
import type { RunEvent } from "#model/event.ts";
import { isJsonObject, type JsonObject } from "#model/json.ts";
import type { Step } from "#model/workflow.ts";
import { aiRequestAttributes, aiResponseAttributes, apiCallAttributes } from "./call-attributes.ts";
import {
  cancelAttributes,
  failureOf,
  retryAttributes,
  waitAttributes,
} from "./event-attributes.ts";
import { ATTRIBUTES as A, type Attributes, GEN_AI_OPERATION } from "./names.ts";
import { OpenSpans, type Span, type SpanFailure } from "./open-spans.ts";
import { type RunTrace, type SpanOf, spanIdOf } from "./trace-context.ts";

/** Data of a run outside its log. */
export interface SpanSource {
  runId: string;
  trace: RunTrace;
  steps: ReadonlyMap<string, Step>;
  /** The HTTP status of a completed api_call. */
  statusOf(stepId: string): number | undefined;
}

/** Spans that ended after `afterSeq`, in the order in which they ended. `events`: the whole log. */
export function spansOf(source: SpanSource, events: Iterable<RunEvent>, afterSeq: number): Span[] {
  const reader = new LogReader(source);
  for (const event of events) reader.read(event);
  return reader.spans.ended.filter((span) => span.seq > afterSeq);
}

class LogReader {
  readonly spans: OpenSpans;
  readonly #source: SpanSource;
  #workflow: { id: string; attributes: Attributes } = { id: "", attributes: {} };
  #currentStep: string | null = null;

  constructor(source: SpanSource) {
    this.#source = source;
    this.spans = new OpenSpans(source.runId);
  }

  read(event: RunEvent): void {
    if (event.step_id === undefined || event.type.startsWith("run.")) this.#readRun(event);
    else this.#readStep(event, event.step_id);
  }

  #readRun(event: RunEvent): void {
    switch (event.type) {
      case "run.created":
        this.#openRun(event);
        break;
      case "run.waiting":
        this.#tell(event, waitAttributes(event.data));
        this.spans.close("activity", event, null, { [A.runStatus]: "waiting" });
        break;
      case "run.resumed":
        this.#tell(event, waitAttributes(event.data));
        this.#openActivity("resume", event);
        break;
      case "run.completed":
      case "run.failed":
      case "run.canceled":
        this.#endRun(event);
        break;
      default:
        this.#tell(event, {});
    }
  }

  #openRun(event: RunEvent): void {
    const { workflow_id, workflow_version: version, mock } = event.data;
    const id = typeof workflow_id === "string" ? workflow_id : "";
    this.#workflow = {
      id: id,
      attributes: {
        [A.workflowId]: id,
        ...(typeof version === "number" ? { [A.workflowVersion]: version } : {}),
      },
    };
    this.#open("run", event, { kind: "run" }, this.#source.trace.parentSpanId, `run ${id}`, {
      [A.runMock]: mock === true,
    });
    this.#openActivity("start", event);
  }

  #openActivity(activity: "start" | "resume" | "expire", event: RunEvent): void {
    const { step_id: stepId, seq } = event;
    const name = `${activity} ${this.#workflow.id}`;
    this.#open("activity", event, { kind: "activity", seq }, this.#id({ kind: "run" }), name, {
      [A.activity]: activity,
      ...(stepId === undefined ? {} : { [A.stepId]: stepId }),
    });
  }

  #endRun(event: RunEvent): void {
    const attributes = { [A.runStatus]: event.type.slice("run.".length) };
    const failure = event.type === "run.failed" ? failureOf(event.data) : null;
    if (event.type === "run.canceled") {
      this.#tell(event, cancelAttributes(event.data));
      if (this.#currentStep !== null) this.#endStep(event, this.#currentStep, "canceled");
    } else {
      this.#tell(event, failure ? { [A.errorType]: failure.code } : {});
    }
    this.spans.close("activity", event, failure, attributes);
    this.spans.close("run", event, failure, attributes);
  }

  #readStep(event: RunEvent, stepId: string): void {
    switch (event.type) {
      case "step.started":
        this.#startStep(event, stepId);
        break;
      case "step.completed":
        this.#endStep(event, stepId, "completed");
        break;
      case "step.failed":
        // Only an expired wait ends without a start or resume.
        if (!this.spans.get("activity")) this.#openActivity("expire", event);
        this.#endStep(event, stepId, "failed");
        break;
      case "step.retrying":
        this.spans.addEvent(`step/${stepId}`, event, retryAttributes(event.data));
        this.#endAttempt(event, stepId, failureOf(event.data), retryAttributes(event.data));
        break;
      case "step.late":
        this.#readLate(event, stepId);
        break;
      case "ai.request":
        this.#openCall(`call/${stepId}`, event, stepId);
        break;
      case "ai.response":
        this.#readResponse(`call/${stepId}`, event, event.data);
        break;
      default:
        throw new Error(`not an event of a step: ${event.type}`);
    }
  }

  #startStep(event: RunEvent, stepId: string): void {
    const attempt = event.attempt ?? 1;
    const type = typeof event.data["type"] === "string" ? event.data["type"] : "";
    const attributes = { [A.stepId]: stepId, [A.stepType]: type };
    this.#currentStep = stepId;
    if (this.spans.get("activity")?.attributes[A.stepId] === undefined) {
      this.spans.note("activity", { [A.stepId]: stepId });
    }
    if (attempt === 1) {
      const run = this.#id({ kind: "run" });
      const identity = { kind: "step", stepId } as const;
      this.#open(`step/${stepId}`, event, identity, run, `${type} ${stepId}`, attributes);
    }
    if (type !== "ai_generate" && type !== "api_call") return;
    const identity = { kind: "attempt", stepId, attempt } as const;
    const step = this.#id({ kind: "step", stepId });
    const name = `attempt ${stepId}`;
    this.#open(`attempt/${stepId}`, event, identity, step, name, {
      ...attributes,
      [A.attempt]: attempt,
    });
    if (type === "api_call") this.#openCall(`call/${stepId}`, event, stepId);
  }

  #endStep(event: RunEvent, stepId: string, status: "completed" | "failed" | "canceled"): void {
    const failure = status === "failed" ? failureOf(event.data) : null;
    this.#endAttempt(event, stepId, failure);
    this.spans.close(`step/${stepId}`, event, failure, { [A.stepStatus]: status });
    this.#currentStep = null;
  }

  #endAttempt(
    event: RunEvent,
    stepId: string,
    failure: SpanFailure | null,
    attributes: Attributes = {},
  ): void {
    const isApiCall = this.#source.steps.get(stepId)?.type === "api_call";
    // A call that was running at the cancel may still get a response; then `step.late` ends its
    // span.
    if (!isStillUnderWay(event, stepId) && (isApiCall || event.type !== "run.canceled")) {
      const status = isApiCall ? this.#httpStatus(event, stepId) : {};
      this.spans.close(`call/${stepId}`, event, failure, status);
    }
    this.spans.close(`attempt/${stepId}`, event, failure, attributes);
  }

  /** From the output when the step completed, else from the failure. */
  #httpStatus(event: RunEvent, stepId: string): Attributes {
    const isCompleted = event.type === "step.completed";
    const status = isCompleted ? this.#source.statusOf(stepId) : event.data["http_status"];
    return typeof status === "number" ? { [A.httpStatus]: status } : {};
  }

  #openCall(key: string, event: RunEvent, stepId: string, identity?: SpanOf): void {
    const attempt = event.attempt ?? 1;
    const step = this.#source.steps.get(stepId);
    const asked =
      step?.type === "api_call"
        ? apiCallAttributes(step, attempt)
        : aiRequestAttributes(step?.type === "ai_generate" ? step : null, event.data);
    const attributes = { [A.stepId]: stepId, [A.attempt]: attempt, ...asked };
    const model = String(asked[A.genAiRequestModel] ?? asked[A.genAiProvider]);
    const name = String(asked[A.httpMethod] ?? `${GEN_AI_OPERATION} ${model}`);
    const parent = this.#id({ kind: "attempt", stepId, attempt });
    const own = identity ?? { kind: "call", stepId, attempt };
    this.#open(key, event, own, parent, name, attributes, "client");
  }

  /** The duration is the reported latency, whenever the request was logged. */
  #readResponse(key: string, event: RunEvent, response: JsonObject): void {
    const call = this.spans.get(key);
    if (!call) return;
    const { latency_ms: latencyMs } = response;
    const tookMs = typeof latencyMs === "number" ? latencyMs : 0;
    call.startMs = Math.max(call.startMs, Date.parse(event.at) - tookMs);
    this.spans.note(key, aiResponseAttributes(response));
  }

  /** A response that came too late to count. It was billed, so it has a span. */
  #readLate(event: RunEvent, stepId: string): void {
    const { response } = event.data;
    if (this.#source.steps.get(stepId)?.type === "api_call") {
      this.#endLateCall(event, stepId);
      return;
    }
    if (!isJsonObject(response)) return;
    const id = this.#id({ kind: "call", stepId, attempt: event.attempt ?? 1 });
    let key = `call/${stepId}`;
    if (this.spans.get(key)?.spanId !== id) {
      key = `late/${stepId}`;
      const isSent = this.spans.ended.some((span) => span.spanId === id);
      const own = isSent ? ({ kind: "late", seq: event.seq } as const) : undefined;
      this.#openCall(key, { ...event, data: response }, stepId, own);
      const call = this.spans.get(key);
      if (call) call.startMs = 0;
    }
    this.#readResponse(key, event, response);
    this.spans.close(key, event, null, { [A.late]: true });
  }

  /** The API call that was running at the cancel, unless its span has already ended. */
  #endLateCall(event: RunEvent, stepId: string): void {
    const { outcome, output, http_status: failedWith } = event.data;
    const status = isJsonObject(output) ? output["status"] : failedWith;
    const stopped = { message: "The run was canceled during the call." };
    const failure = outcome === "completed" ? null : failureOf({ ...stopped, ...event.data });
    this.spans.close(`call/${stepId}`, event, failure, {
      [A.late]: true,
      ...(typeof status === "number" ? { [A.httpStatus]: status } : {}),
    });
  }

  /** An event of the run is added to the run's span and to its step's. */
  #tell(event: RunEvent, attributes: Attributes): void {
    this.spans.addEvent("run", event, attributes);
    if (event.step_id !== undefined)
      this.spans.addEvent(`step/${event.step_id}`, event, attributes);
  }

  #open(
    key: string,
    event: RunEvent,
    identity: SpanOf,
    parentSpanId: string | null,
    name: string,
    attributes: Attributes,
    kind: Span["kind"] = "internal",
  ): void {
    const all = { ...this.#workflow.attributes, ...attributes };
    this.spans.open(key, event, identity, { name, kind, parentSpanId, attributes: all });
  }

  #id(identity: SpanOf): string {
    return spanIdOf(this.#source.runId, identity);
  }
}

/** Whether the end of the run left a call of the step without an outcome. */
function isStillUnderWay({ type, data }: RunEvent, stepId: string): boolean {
  const { under_way: left } = data;
  if (type !== "run.canceled" || !Array.isArray(left)) return false;
  return left.some((name) => isJsonObject(name) && name["step_id"] === stepId);
}
