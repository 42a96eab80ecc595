/** One line of text for each event. */
import type { AiResponse } from "#model/attempt.ts";
import type { EventData, ShownEvent } from "#model/event.ts";
import { durationWords } from "./time-words.ts";

export function eventWords({ type, data }: ShownEvent): string {
  switch (type) {
    case "run.created":
      return `Created from ${data.workflow_id} version ${data.workflow_version}`;
    case "run.started":
      return "Started";
    case "run.waiting":
      return data.type === "approval" ? "Waiting for an approval" : "Waiting for a form";
    case "run.resumed":
      return resumedWords(data);
    case "run.completed":
      return "Completed";
    case "run.failed":
    case "step.failed":
      return `Failed: ${failureWords(data)}`;
    case "run.canceled":
      return `Canceled${behindColon(data.reason)}`;
    case "step.started":
      return "Attempt started";
    case "step.completed":
      return data.next === null ? "Completed, no next step" : `Completed, then ${data.next}`;
    case "step.retrying":
      return `Retries in ${durationWords(data.delay_ms)}: ${failureWords(data)}`;
    case "step.late":
      return lateWords(data);
    case "ai.request":
      return `Asks ${data.provider} with ${data.template_id}`;
    case "ai.response":
      return responseWords(data);
  }
}

function lateWords(data: EventData<"step.late">): string {
  const cost = data.response?.cost_usd === null ? "; the model's usage is unknown" : "";
  switch (data.outcome) {
    case "completed":
      return `Too late: completed, which changes nothing${cost}`;
    case "outcome_unknown":
      return "Stopped: whether the server processed the call is unknown";
    case "canceled":
      return `Stopped before a response arrived${cost}`;
    case "failed":
      return `Too late: ${failureWords(data)}${cost}`;
  }
}

function resumedWords({ by, decision }: EventData<"run.resumed">): string {
  if (!decision) return `Answered by ${by}`;
  const verb = decision.approved ? "Approved" : "Rejected";
  return `${verb} by ${decision.by}${behindColon(decision.comment)}`;
}

function responseWords(response: AiResponse): string {
  const tokens = `${response.tokens_prompt} + ${response.tokens_output} tokens`;
  const fits = response.schema_valid ? "" : ", does not fit the schema";
  return `Answer of ${response.model} after ${durationWords(response.latency_ms)}, ${tokens}${fits}`;
}

function failureWords({ code = "", message = "" }: { code?: string; message?: string }): string {
  return [code, message].filter((part) => part !== "").join(": ");
}

function behindColon(text = ""): string {
  return text === "" ? "" : `: ${text}`;
}
