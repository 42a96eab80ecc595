/** One step: its status, duration and result. */
import type { ShownEvent } from "#model/event.ts";
import type { Step } from "./api-types.ts";
import { Details } from "./Details.tsx";
import { eventWords } from "./event-words.ts";
import { JsonView } from "./JsonView.tsx";
import { StatusIcon } from "./StatusIcon.tsx";
import { usageOf, usageWords } from "./step-usage.ts";
import { durationWords, shortTime } from "./time-words.ts";

const TYPE_WORDS: Readonly<Record<Step["type"], string>> = {
  form: "Form",
  ai_generate: "AI",
  conditional: "Condition",
  api_call: "API call",
  approval: "Approval",
};

const STATUS_WORDS: Readonly<Record<Step["status"], string>> = {
  running: "Running",
  waiting: "Waiting",
  completed: "Completed",
  failed: "Failed",
  canceled: "Canceled",
};

export function TimelineStep({ step, events }: { step: Step; events: readonly ShownEvent[] }) {
  const usage = usageOf(events);
  const retries = events.filter(({ type }) => type === "step.retrying");
  return (
    <li className="wo-step" data-status={step.status}>
      <StatusIcon status={step.status} />
      <div className="wo-step-body">
        <StepHead step={step} />
        {step.error && (
          <p className="wo-step-error">
            <code>{step.error.code}</code> {step.error.message}
          </p>
        )}
        {step.error?.http_status !== undefined && (
          <Details
            summary={
              <>
                What the server answered<span className="wo-sr-only"> to {step.step_id}</span>
              </>
            }
          >
            {() => <JsonView value={answerOf(step.error)} />}
          </Details>
        )}
        {retries.length > 0 && (
          <ul className="wo-step-retries">
            {retries.map((event) => (
              <li key={event.seq}>
                Attempt {event.attempt}. {eventWords(event)}
              </li>
            ))}
          </ul>
        )}
        {usage && <p className="wo-step-usage">{usageWords(usage)}</p>}
        {step.output !== undefined && (
          <Details
            summary={
              <>
                Output<span className="wo-sr-only"> of {step.step_id}</span>
              </>
            }
          >
            {() => <JsonView value={step.output} />}
          </Details>
        )}
      </div>
    </li>
  );
}

function StepHead({ step }: { step: Step }) {
  return (
    <div className="wo-step-head">
      <h3 className="wo-step-name">{step.step_id}</h3>
      <span className="wo-step-type">{TYPE_WORDS[step.type]}</span>
      <span className="wo-step-facts">
        {STATUS_WORDS[step.status]}
        {step.attempt > 1 && `, attempt ${step.attempt}`}
        {step.ended_at === null ? " since " : " in "}
        {step.ended_at === null ? (
          <time dateTime={step.started_at}>{shortTime(step.started_at)}</time>
        ) : (
          <span title={shortTime(step.started_at)}>
            {durationWords(Date.parse(step.ended_at) - Date.parse(step.started_at))}
          </span>
        )}
      </span>
    </div>
  );
}

/** Without its label, which is shown above it. */
function answerOf(error: Step["error"]): object {
  const { code: _, message: _words, ...answer } = error ?? { code: "", message: "" };
  return answer;
}
