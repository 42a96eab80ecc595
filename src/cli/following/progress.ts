/**
 * Events of a run as lines, one each. Owns texts and marks; remembers start times, to show
 * durations.
 */
import type { History } from "#model/run.ts";
import { printable } from "../terminal/printable.ts";
import type { Colour, Paint } from "../terminal/terminal.ts";
import { durationText } from "./duration.ts";

export type ShownEvent = History["events"][number];

interface Line {
  mark: string;
  colour: Colour;
  text: string;
}

interface Seen {
  runAt: number;
  stepsAt: Map<string, number>;
}

/** Returns the line of each event of one run; call it with all of them, in order. */
export function createProgress(paint: Paint): (event: ShownEvent) => string {
  const seen: Seen = { runAt: Number.NaN, stepsAt: new Map() };
  return (event) => {
    const at = Date.parse(event.at);
    if (Number.isNaN(seen.runAt)) seen.runAt = at;
    if (event.type === "step.started") seen.stepsAt.set(event.step_id ?? "", at);
    const { mark, colour, text } = lineOf(event, seen);
    const since = `+${((at - seen.runAt) / 1000).toFixed(1)}s`.padStart(8);
    return `${paint("dim", since)} ${paint(colour, mark)} ${printable(text)}`;
  };
}

function lineOf(event: ShownEvent, seen: Seen): Line {
  const { type } = event;
  if (type.startsWith("run.")) return runLine(event, seen);
  if (type.startsWith("ai.")) return { mark: "·", colour: "dim", text: aiText(event) };
  return stepLine(event, seen);
}

function runLine(event: ShownEvent, seen: Seen): Line {
  const { type, at, data } = event;
  const took = durationText(Date.parse(at) - seen.runAt);
  switch (type) {
    case "run.created":
      return { mark: "•", colour: "bold", text: createdText(event) };
    case "run.waiting":
      return { mark: "⏸", colour: "yellow", text: waitingText(event) };
    case "run.resumed":
      return { mark: "▶", colour: "cyan", text: resumedText(event) };
    case "run.completed":
      return { mark: "✓", colour: "green", text: `run completed in ${took}` };
    case "run.failed":
      return { mark: "✗", colour: "red", text: `run failed after ${took}` };
    case "run.canceled": {
      const reason = data["reason"] === undefined ? "" : `: ${word(data["reason"])}`;
      return { mark: "✗", colour: "red", text: `run canceled by ${word(data["by"])}${reason}` };
    }
    default:
      return { mark: "•", colour: "bold", text: type.replace(".", " ") };
  }
}

function stepLine(event: ShownEvent, seen: Seen): Line {
  const { type, at, data, attempt = 1 } = event;
  const step = event.step_id ?? "";
  const nth = attempt === 1 ? "" : `, attempt ${attempt}`;
  const began = seen.stepsAt.get(step);
  const took = began === undefined ? null : durationText(Date.parse(at) - began);
  const reason = `${word(data["code"])}: ${word(data["message"])}`;
  switch (type) {
    case "step.started":
      return { mark: "▶", colour: "cyan", text: `${step} started${nth}` };
    case "step.completed":
      return {
        mark: "✓",
        colour: "green",
        text: `${step} completed${took === null ? "" : ` in ${took}`}${nth}`,
      };
    case "step.failed": {
      const then = typeof data["next"] === "string" ? ` (continues at ${data["next"]})` : "";
      return {
        mark: "✗",
        colour: "red",
        text: `${step} failed${took === null ? "" : ` after ${took}`}${nth}: ${reason}${then}`,
      };
    }
    case "step.retrying": {
      const delay = Number(data["delay_ms"]);
      const when = delay === 0 ? "at once" : `in ${durationText(delay)}`;
      const text = `${step} retrying ${when}, after attempt ${attempt}: ${reason}`;
      return { mark: "↻", colour: "yellow", text };
    }
    case "step.late":
      return { mark: "·", colour: "dim", text: `${step} ${lateText(data)}${nth}` };
    default:
      return { mark: "•", colour: "dim", text: `${step} ${type.replace(/^step\./, "")}${nth}` };
  }
}

function lateText({ outcome }: ShownEvent["data"]): string {
  switch (outcome) {
    case "outcome_unknown":
      return "was stopped; whether the server processed the call is unknown";
    case "canceled":
      return "was stopped before a response arrived";
    default:
      return "responded too late, which changes nothing";
  }
}

function createdText({ run_id, data }: ShownEvent): string {
  const mock = data["mock"] === true ? ", on the mock provider" : "";
  const version = word(data["workflow_version"]);
  return `${run_id}: ${word(data["workflow_id"])} version ${version}${mock}`;
}

function waitingText({ step_id = "", data }: ShownEvent): string {
  const what = data["type"] === "approval" ? "a decision" : "answers";
  const until = data["expires_at"] === undefined ? "" : ` until ${word(data["expires_at"])}`;
  return `${step_id} is waiting for ${what}${until}`;
}

function resumedText({ step_id = "", data }: ShownEvent): string {
  const { decision } = data;
  if (typeof decision !== "object" || decision === null) {
    return `${step_id} answered by ${word(data["by"])}`;
  }
  const { by, approved, comment } = decision as Record<string, unknown>;
  const said = comment === undefined ? "" : `: ${JSON.stringify(comment)}`;
  return `${step_id} ${approved === true ? "approved" : "rejected"} by ${word(by)}${said}`;
}

function aiText({ type, step_id = "", data }: ShownEvent): string {
  if (type === "ai.request") {
    const template = `template ${word(data["template_id"])} version ${word(data["template_version"])}`;
    const model = data["model"] === undefined ? "" : ` ${word(data["model"])}`;
    return `${step_id} asks ${word(data["provider"])}${model}, ${template}`;
  }
  const took = durationText(Number(data["latency_ms"]));
  if (data["schema_valid"] === false && data["tokens_output"] === 0) {
    return `${word(data["provider"])} did not respond within ${took}`;
  }
  const tokens = `${word(data["tokens_prompt"])} + ${word(data["tokens_output"])} tokens`;
  const fit = data["schema_valid"] === false ? "; it does not fit the schema" : "";
  return `${word(data["provider"])} answered in ${took}, ${tokens}${fit}`;
}

function word(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
