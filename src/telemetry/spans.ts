/**
 * The spans of a run, derived from its log. Pure: the same log yields the same spans with the same
 * ids, so they can be sent again, and a crash loses none.
 *
 * ```text
 * run ────────────────────────────  sent when the run ends
 * ├─ start, resume, expire          what made the run move, until it waits or ends
 * └─ step ────────────────────────  sent when the step ends
 *    └─ attempt                     of ai_generate and api_call
 *       └─ chat, GET …              the call to the model or the API
 * ```
 *
 * A span is emitted by the event that ends it. So a run that waits for days shows its start and its
 * finished steps; their parent follows when the run ends, under an id that is derived in advance.
 * Nothing is masked or redacted here: events arrive masked, `otlp.ts` redacts what it sends.
 */
import type { AiResponse } from "#model/attempt.ts";
import type { EventData, ShownEvent } from "#model/event.ts";
import { isJsonObject } from "#model/json.ts";
import type { Step } from "#model/workflow.ts";
import { aiRequestAttributes, aiResponseAttributes, apiCallAttributes } from "./call-attributes.ts";
import {
  cancelAttributes,
  resumeAttributes,
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
export function spansOf(
  source: SpanSource,
  events: Iterable<ShownEvent>,
  afterSeq: number,
): Span[] {
  const reader = new LogReader(source);
  for (const event of events) reader.read(event);
  return reader.spans.ended.filter((span) => span.seq > afterSeq);
}

type StepEvent = Exclude<ShownEvent, { type: `run.${string}` }>;

/** What was asked for. An answer repeats it, and then `model` is the one that answered. */
type ModelRequest = EventData<"ai.request"> | AiResponse;

class LogReader {
  readonly spans: OpenSpans;
  readonly #source: SpanSource;
  #workflow: { id: string; attributes: Attributes } = { id: "", attributes: {} };
  #currentStep: string | null = null;

  constructor(source: SpanSource) {
    this.#source = source;
    this.spans = new OpenSpans(source.runId);
  }

  read(event: ShownEvent): void {
    switch (event.type) {
      case "run.created":
        this.#openRun(event);
        break;
      case "run.waiting":
        this.#tell(event, waitAttributes(event.data));
        this.spans.close("activity", event, null, { [A.runStatus]: "waiting" });
        break;
      case "run.resumed":
        this.#tell(event, resumeAttributes(event.data));
        this.#openActivity("resume", event);
        break;
      case "run.completed":
      case "run.failed":
      case "run.canceled":
        this.#endRun(event);
        break;
      case "run.started":
        this.#tell(event, {});
        break;
      default:
        if (event.step_id !== undefined) this.#readStep(event, event.step_id);
    }
  }

  #openRun(event: ShownEvent<"run.created">): void {
    const { workflow_id: id, workflow_version: version, mock } = event.data;
    this.#workflow = { id, attributes: { [A.workflowId]: id, [A.workflowVersion]: version } };
    this.#open("run", event, { kind: "run" }, this.#source.trace.parentSpanId, `run ${id}`, {
      [A.runMock]: mock,
    });
    this.#openActivity("start", event);
  }

  #openActivity(activity: "start" | "resume" | "expire", event: ShownEvent): void {
    const { step_id: stepId, seq } = event;
    const name = `${activity} ${this.#workflow.id}`;
    this.#open("activity", event, { kind: "activity", seq }, this.#id({ kind: "run" }), name, {
      [A.activity]: activity,
      ...(stepId === undefined ? {} : { [A.stepId]: stepId }),
    });
  }

  #endRun(event: ShownEvent<"run.completed" | "run.failed" | "run.canceled">): void {
    const attributes = { [A.runStatus]: event.type.slice("run.".length) };
    const failure = event.type === "run.failed" ? event.data : null;
    if (event.type === "run.canceled") {
      this.#tell(event, cancelAttributes(event.data));
      if (this.#currentStep !== null) this.#cancelStep(event, this.#currentStep);
    } else {
      this.#tell(event, failure ? { [A.errorType]: failure.code } : {});
    }
    this.spans.close("activity", event, failure, attributes);
    this.spans.close("run", event, failure, attributes);
  }

  #readStep(event: StepEvent, stepId: string): void {
    switch (event.type) {
      case "step.started":
        this.#startStep(event, stepId);
        break;
      case "step.completed":
        this.#endCall(event, stepId, null, this.#source.statusOf(stepId));
        this.#endStep(event, stepId, "completed", null);
        break;
      case "step.failed":
        // Only an expired wait ends without a start or resume.
        if (!this.spans.get("activity")) this.#openActivity("expire", event);
        this.#endCall(event, stepId, event.data, event.data.http_status);
        this.#endStep(event, stepId, "failed", event.data);
        break;
      case "step.retrying": {
        const attributes = retryAttributes(event.data);
        this.spans.addEvent(`step/${stepId}`, event, attributes);
        this.#endCall(event, stepId, event.data, event.data.http_status);
        this.spans.close(`attempt/${stepId}`, event, event.data, attributes);
        break;
      }
      case "step.late":
        this.#readLate(event, stepId);
        break;
      case "ai.request":
        this.#openModelCall(`call/${stepId}`, event, stepId, event.data);
        break;
      case "ai.response":
        this.#readResponse(`call/${stepId}`, event, event.data);
        break;
    }
  }

  #startStep(event: ShownEvent<"step.started">, stepId: string): void {
    const { attempt = 1, data } = event;
    const { type } = data;
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
    if (type === "api_call") this.#openApiCall(event, stepId);
  }

  #endStep(
    event: ShownEvent,
    stepId: string,
    status: "completed" | "failed" | "canceled",
    failure: SpanFailure | null,
  ): void {
    this.spans.close(`attempt/${stepId}`, event, failure);
    this.spans.close(`step/${stepId}`, event, failure, { [A.stepStatus]: status });
    this.#currentStep = null;
  }

  /** A call that a cancel overtook may still be answered; then `step.late` ends its span. */
  #cancelStep(event: ShownEvent<"run.canceled">, stepId: string): void {
    const { under_way: left = [] } = event.data;
    const isStillUnderWay = left.some((name) => name.step_id === stepId);
    if (this.#isApiCall(stepId) && !isStillUnderWay) this.#endCall(event, stepId, null);
    this.#endStep(event, stepId, "canceled", null);
  }

  #endCall(event: ShownEvent, stepId: string, failure: SpanFailure | null, status?: number): void {
    const isAnswered = this.#isApiCall(stepId) && status !== undefined;
    const attributes = isAnswered ? { [A.httpStatus]: status } : {};
    this.spans.close(`call/${stepId}`, event, failure, attributes);
  }

  #isApiCall(stepId: string): boolean {
    return this.#source.steps.get(stepId)?.type === "api_call";
  }

  #openApiCall(event: ShownEvent<"step.started">, stepId: string): void {
    const step = this.#source.steps.get(stepId);
    if (step?.type !== "api_call") return;
    const asked = apiCallAttributes(step, event.attempt ?? 1);
    this.#openCall(`call/${stepId}`, event, stepId, step.config.method, asked);
  }

  #openModelCall(
    key: string,
    event: ShownEvent,
    stepId: string,
    request: ModelRequest,
    identity?: SpanOf,
  ): void {
    const step = this.#source.steps.get(stepId);
    const asked = aiRequestAttributes(step?.type === "ai_generate" ? step : null, request);
    const name = `${GEN_AI_OPERATION} ${request.model ?? request.provider}`;
    this.#openCall(key, event, stepId, name, asked, identity);
  }

  #openCall(
    key: string,
    event: ShownEvent,
    stepId: string,
    name: string,
    asked: Attributes,
    identity?: SpanOf,
  ): void {
    const attempt = event.attempt ?? 1;
    const attributes = { [A.stepId]: stepId, [A.attempt]: attempt, ...asked };
    const parent = this.#id({ kind: "attempt", stepId, attempt });
    const own = identity ?? { kind: "call", stepId, attempt };
    this.#open(key, event, own, parent, name, attributes, "client");
  }

  /** The duration is the reported latency, whenever the request was logged. */
  #readResponse(key: string, event: ShownEvent, response: AiResponse): void {
    const call = this.spans.get(key);
    if (!call) return;
    call.startMs = Math.max(call.startMs, Date.parse(event.at) - response.latency_ms);
    this.spans.note(key, aiResponseAttributes(response));
  }

  /** A response that came too late to count. It was billed, so it has a span. */
  #readLate(event: ShownEvent<"step.late">, stepId: string): void {
    const { response } = event.data;
    if (this.#isApiCall(stepId)) {
      this.#endLateCall(event, stepId);
      return;
    }
    if (!response) return;
    const id = this.#id({ kind: "call", stepId, attempt: event.attempt ?? 1 });
    let key = `call/${stepId}`;
    if (this.spans.get(key)?.spanId !== id) {
      key = `late/${stepId}`;
      const isSent = this.spans.ended.some((span) => span.spanId === id);
      const own = isSent ? ({ kind: "late", seq: event.seq } as const) : undefined;
      this.#openModelCall(key, event, stepId, response, own);
      const call = this.spans.get(key);
      if (call) call.startMs = 0;
    }
    this.#readResponse(key, event, response);
    this.spans.close(key, event, null, { [A.late]: true });
  }

  /** The API call that was running at the cancel, unless its span has already ended. */
  #endLateCall(event: ShownEvent<"step.late">, stepId: string): void {
    const { outcome, output, http_status: failedWith, code = "internal" } = event.data;
    const { message = "The run was canceled during the call." } = event.data;
    const status = isJsonObject(output) ? output["status"] : failedWith;
    const failure = outcome === "completed" ? null : { code, message };
    this.spans.close(`call/${stepId}`, event, failure, {
      [A.late]: true,
      ...(typeof status === "number" ? { [A.httpStatus]: status } : {}),
    });
  }

  /** An event of the run is added to the run's span and to its step's. */
  #tell(event: ShownEvent, attributes: Attributes): void {
    this.spans.addEvent("run", event, attributes);
    if (event.step_id !== undefined)
      this.spans.addEvent(`step/${event.step_id}`, event, attributes);
  }

  #open(
    key: string,
    event: ShownEvent,
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
