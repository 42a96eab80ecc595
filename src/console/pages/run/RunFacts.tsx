/** The facts of a run: id, times, starter, cost. */
import type { ReactNode } from "react";
import type { ShownEvent } from "#model/event.ts";
import type { Run } from "#model/run.ts";
import { Time } from "../../app/Time.tsx";

/** Costs are often fractions of a cent. */
const dollars = new Intl.NumberFormat("en", {
  style: "currency",
  currency: "USD",
  minimumFractionDigits: 2,
  maximumFractionDigits: 6,
});

export function RunFacts({ run, events }: { run: Run; events: readonly ShownEvent[] }) {
  const { usage, tags, idempotency_key: key } = run;
  const by = starterOf(events);
  return (
    <dl className="wo-facts">
      <Fact name="Run">
        <code>{run.id}</code>
      </Fact>
      <Fact name="Workflow">
        <code>{run.workflow_id}</code>, version {run.workflow_version}
      </Fact>
      <Fact name="Started">
        <Time at={run.started_at} />
        {by !== null && ` by ${by}`}
      </Fact>
      {run.ended_at !== undefined && (
        <Fact name="Ended">
          <Time at={run.ended_at} />
        </Fact>
      )}
      {usage && (
        <Fact name="Cost of models">
          {costText(usage)} for {usage.ai_calls} {usage.ai_calls === 1 ? "call" : "calls"},{" "}
          {usage.tokens_prompt + usage.tokens_output} tokens
        </Fact>
      )}
      {run.mock === true && <Fact name="Models">Mocked: made-up answers for testing</Fact>}
      {tags && tags.length > 0 && (
        <Fact name="Tags">
          {tags.map((tag) => (
            <span key={tag} className="wo-tag">
              {tag}
            </span>
          ))}
        </Fact>
      )}
      {key !== undefined && (
        <Fact name="Idempotency key">
          <code>{key}</code>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** The cost of some calls may be unknown, because the price of their model is. */
function costText({ cost_usd, known_cost_usd = 0 }: NonNullable<Run["usage"]>): string {
  if (cost_usd !== null) return dollars.format(cost_usd);
  return known_cost_usd === 0 ? "Unknown" : `More than ${dollars.format(known_cost_usd)}`;
}

/** The starter's name in the log: an e-mail, or the id of a key. */
function starterOf(events: readonly ShownEvent[]): string | null {
  const created = events.find((event) => event.type === "run.created");
  if (!created) return null;
  const { email, id } = created.data.created_by;
  return email ?? id;
}
