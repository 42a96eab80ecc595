/** The steps of a run in order, and its log. */
import { type ComponentProps, useId } from "react";
import { classNames } from "./class-names.ts";
import type { ShownEvent } from "#model/event.ts";
import type { Step } from "./api-types.ts";
import { Details } from "./Details.tsx";
import { EventLog } from "./EventLog.tsx";
import { TimelineStep } from "./TimelineStep.tsx";

export interface RunTimelineProps extends Omit<ComponentProps<"section">, "children"> {
  /** In the order of the history: by start. */
  steps: readonly Step[];
  /** The whole log; with it, attempts and usage are shown too. */
  events?: readonly ShownEvent[] | undefined;
}

const NONE: readonly ShownEvent[] = [];

export function RunTimeline({ steps, events = NONE, className, ...rest }: RunTimelineProps) {
  const id = useId();
  const byStep = Map.groupBy(events, ({ step_id: stepId }) => stepId);
  return (
    <section {...rest} className={classNames("wo-timeline", className)} aria-labelledby={id}>
      <h2 className="wo-title" id={id}>
        Steps
      </h2>
      {steps.length === 0 ? (
        <p className="wo-empty">No step has started yet.</p>
      ) : (
        <ol className="wo-steps">
          {steps.map((step) => (
            <TimelineStep key={step.id} step={step} events={byStep.get(step.step_id) ?? NONE} />
          ))}
        </ol>
      )}
      {events.length > 0 && (
        <Details
          className="wo-log-details"
          summary={`Log: ${events.length} ${events.length === 1 ? "event" : "events"}`}
        >
          {() => <EventLog events={events} />}
        </Details>
      )}
    </section>
  );
}
