/** The log of a run, one line for each event, with its data on request. */
import type { ShownEvent } from "#model/event.ts";
import { Details } from "./Details.tsx";
import { eventWords } from "./event-words.ts";
import { JsonView } from "./JsonView.tsx";
import { durationWords, shortTime } from "./time-words.ts";

export function EventLog({ events }: { events: readonly ShownEvent[] }) {
  const begin = Date.parse(events[0]?.at ?? "");
  return (
    <ol className="wo-log">
      {events.map((event) => (
        <li key={event.seq} className="wo-event" data-type={event.type}>
          {Object.keys(event.data).length === 0 ? (
            <p className="wo-event-line">
              <EventLine event={event} begin={begin} />
            </p>
          ) : (
            <Details
              summary={
                <span className="wo-event-line">
                  <EventLine event={event} begin={begin} />
                </span>
              }
            >
              {() => <JsonView value={event.data} />}
            </Details>
          )}
        </li>
      ))}
    </ol>
  );
}

function EventLine({ event, begin }: { event: ShownEvent; begin: number }) {
  const { seq, at, type, step_id: stepId, attempt } = event;
  return (
    <>
      <span className="wo-event-seq">{seq}</span>
      <time className="wo-event-time" dateTime={at} title={shortTime(at)}>
        +{durationWords(Date.parse(at) - begin)}
      </time>
      <code className="wo-event-type">{type}</code>
      <span className="wo-event-words">
        {stepId !== undefined && (
          <span className="wo-event-step">
            {stepId}
            {attempt !== undefined && attempt > 1 && ` #${attempt}`}:{" "}
          </span>
        )}
        {eventWords(event)}
      </span>
    </>
  );
}
