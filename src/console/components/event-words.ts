/**
 * One line of text for each event. Reads `data` tolerantly: an unknown shape makes a shorter line.
 */
import { isJsonObject, ownProperty } from "#model/json.ts";
import type { Event } from "./api-types.ts";
import { durationWords } from "./time-words.ts";

export function eventWords({ type, data }: Event): string {
  switch (type) {
    case "run.created":
      return `Created from ${text(data, "workflow_id")} version ${text(data, "workflow_version")}`;
    case "run.started":
      return "Started";
    case "run.waiting":
      return text(data, "type") === "approval" ? "Waiting for an approval" : "Waiting for a form";
    case "run.resumed":
      return resumedWords(data);
    case "run.completed":
      return "Completed";
    case "run.failed":
    case "step.failed":
      return `Failed: ${failureWords(data)}`;
    case "run.canceled":
      return `Canceled${text(data, "reason") === "" ? "" : `: ${text(data, "reason")}`}`;
    case "step.started":
      return "Attempt started";
    case "step.completed":
      return text(data, "next") === ""
        ? "Completed, no next step"
        : `Completed, then ${text(data, "next")}`;
    case "step.retrying":
      return `Retries in ${durationWords(count(data, "delay_ms"))}: ${failureWords(data)}`;
    case "step.late":
      return lateWords(data);
    case "ai.request":
      return `Asks ${text(data, "provider")} with ${text(data, "template_id")}`;
    case "ai.response":
      return responseWords(data);
  }
}

function lateWords(data: object): string {
  const response = ownProperty(data, "response");
  const isUnknown = isJsonObject(response) && response["cost_usd"] === null;
  const cost = isUnknown ? "; the model's usage is unknown" : "";
  switch (text(data, "outcome")) {
    case "completed":
      return `Too late: completed, which changes nothing${cost}`;
    case "outcome_unknown":
      return "Stopped: whether the server processed the call is unknown";
    case "canceled":
      return `Stopped before a response arrived${cost}`;
    case "failed":
      return `Too late: ${failureWords(data)}${cost}`;
    default:
      return "A late result, which changes nothing";
  }
}

function resumedWords(data: object): string {
  const decision = ownProperty(data, "decision");
  if (!isJsonObject(decision)) return `Answered by ${text(data, "by")}`;
  const verb = ownProperty(decision, "approved") === true ? "Approved" : "Rejected";
  const comment = text(decision, "comment");
  return `${verb} by ${text(decision, "by")}${comment === "" ? "" : `: ${comment}`}`;
}

function responseWords(data: object): string {
  const tokens = `${count(data, "tokens_prompt")} + ${count(data, "tokens_output")} tokens`;
  const fits = ownProperty(data, "schema_valid") === false ? ", does not fit the schema" : "";
  return `Answer of ${text(data, "model")} after ${durationWords(count(data, "latency_ms"))}, ${tokens}${fits}`;
}

function failureWords(data: object): string {
  return [text(data, "code"), text(data, "message")].filter((part) => part !== "").join(": ");
}

function text(data: object, key: string): string {
  const value = ownProperty(data, key);
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function count(data: object, key: string): number {
  const value = ownProperty(data, key);
  return typeof value === "number" ? value : 0;
}
