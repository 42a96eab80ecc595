/**
 * Events of a run as lines, one each. Owns texts and marks; remembers start times, to show
 * durations.
 */
import type { AiResponse } from "#model/attempt.ts";
import type { EventData, ShownEvent } from "#model/event.ts";
import type { Failure } from "#model/failure.ts";
import { printable } from "../terminal/printable.ts";
import type { Colour, Paint } from "../terminal/terminal.ts";
import { durationText } from "./duration.ts";

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
  switch (event.type) {
    case "run.created":
      return { mark: "•", colour: "bold", text: createdText(event) };
    case "run.started":
      return { mark: "•", colour: "bold", text: "run started" };
    case "run.waiting":
      return { mark: "⏸", colour: "yellow", text: waitingText(event) };
    case "run.resumed":
      return { mark: "▶", colour: "cyan", text: resumedText(event) };
    case "run.completed":
      return { mark: "✓", colour: "green", text: `run completed in ${runTime(event, seen)}` };
    case "run.failed":
      return { mark: "✗", colour: "red", text: `run failed after ${runTime(event, seen)}` };
    case "run.canceled":
      return { mark: "✗", colour: "red", text: canceledText(event.data) };
    case "ai.request":
      return { mark: "·", colour: "dim", text: requestText(event) };
    case "ai.response":
      return { mark: "·", colour: "dim", text: responseText(event.data) };
    default:
      return stepLine(event, seen);
  }
}

type StepEvent = ShownEvent<
  "step.started" | "step.completed" | "step.failed" | "step.retrying" | "step.late"
>;

function stepLine(event: StepEvent, seen: Seen): Line {
  const { attempt = 1, step_id: step = "" } = event;
  const nth = attempt === 1 ? "" : `, attempt ${attempt}`;
  switch (event.type) {
    case "step.started":
      return { mark: "▶", colour: "cyan", text: `${step} started${nth}` };
    case "step.completed": {
      const text = `${step} completed${stepTime("in", event, seen)}${nth}`;
      return { mark: "✓", colour: "green", text };
    }
    case "step.failed": {
      const { next } = event.data;
      const then = next === null ? "" : ` (continues at ${next})`;
      const took = stepTime("after", event, seen);
      const text = `${step} failed${took}${nth}: ${reasonText(event.data)}${then}`;
      return { mark: "✗", colour: "red", text };
    }
    case "step.retrying": {
      const delay = event.data.delay_ms;
      const when = delay === 0 ? "at once" : `in ${durationText(delay)}`;
      const text = `${step} retrying ${when}, after attempt ${attempt}: ${reasonText(event.data)}`;
      return { mark: "↻", colour: "yellow", text };
    }
    case "step.late":
      return { mark: "·", colour: "dim", text: `${step} ${lateText(event.data)}${nth}` };
  }
}

function runTime({ at }: ShownEvent, { runAt }: Seen): string {
  return durationText(Date.parse(at) - runAt);
}

function stepTime(word: string, { at, step_id = "" }: ShownEvent, { stepsAt }: Seen): string {
  const began = stepsAt.get(step_id);
  return began === undefined ? "" : ` ${word} ${durationText(Date.parse(at) - began)}`;
}

function reasonText({ code, message }: Failure): string {
  return `${code}: ${message}`;
}

function lateText({ outcome }: EventData<"step.late">): string {
  switch (outcome) {
    case "outcome_unknown":
      return "was stopped; whether the server processed the call is unknown";
    case "canceled":
      return "was stopped before a response arrived";
    default:
      return "responded too late, which changes nothing";
  }
}

function createdText({ run_id, data }: ShownEvent<"run.created">): string {
  const mock = data.mock ? ", on the mock provider" : "";
  return `${run_id}: ${data.workflow_id} version ${data.workflow_version}${mock}`;
}

function waitingText({ step_id = "", data }: ShownEvent<"run.waiting">): string {
  const what = data.type === "approval" ? "a decision" : "answers";
  const until = data.expires_at === undefined ? "" : ` until ${data.expires_at}`;
  return `${step_id} is waiting for ${what}${until}`;
}

function resumedText({ step_id = "", data }: ShownEvent<"run.resumed">): string {
  if (!data.decision) return `${step_id} answered by ${data.by}`;
  const { by, approved, comment } = data.decision;
  const said = comment === undefined ? "" : `: ${JSON.stringify(comment)}`;
  return `${step_id} ${approved ? "approved" : "rejected"} by ${by}${said}`;
}

function canceledText({ by, reason }: EventData<"run.canceled">): string {
  return `run canceled by ${by}${reason === undefined ? "" : `: ${reason}`}`;
}

function requestText({ step_id = "", data }: ShownEvent<"ai.request">): string {
  const template = `template ${data.template_id} version ${data.template_version}`;
  const model = data.model === undefined ? "" : ` ${data.model}`;
  return `${step_id} asks ${data.provider}${model}, ${template}`;
}

function responseText(response: AiResponse): string {
  const { provider, tokens_prompt: input, tokens_output: output } = response;
  const took = durationText(response.latency_ms);
  if (!response.schema_valid && output === 0) return `${provider} did not respond within ${took}`;
  const fit = response.schema_valid ? "" : "; it does not fit the schema";
  return `${provider} answered in ${took}, ${input} + ${output} tokens${fit}`;
}
