/** What people were told holds: acknowledged is done once, refused is not done. */
import type { RunEvent } from "#model/event.ts";
import type { Told } from "../people.ts";
import type { EndedRun } from "./ended.ts";

export function toldLaw({ id, events, people, view }: EndedRun): string[] {
  const { told, endedAs } = people.ledger;
  const broken = told.flatMap((one) => {
    if (one.kind === "start") return one.outcome === "refused" ? [`${id}: start refused`] : [];
    const times = events.filter((event) => isOf(event, one)).length;
    const isHeld =
      one.outcome === "acknowledged"
        ? times === 1
        : one.outcome === "refused"
          ? times === 0
          : times <= 1;
    return isHeld ? [] : [`${id}: ${one.kind} by ${one.by} is ${one.outcome}, recorded ${times}×`];
  });
  if (endedAs !== null && view.status !== endedAs) {
    broken.push(`${id}: ended as ${endedAs}, is ${view.status}`);
  }
  return broken;
}

function isOf(event: RunEvent, { kind, by }: Told): boolean {
  if (kind === "cancel") return event.type === "run.canceled" && event.data.by === by;
  if (event.type !== "run.resumed") return false;
  const { decision } = event.data;
  return decision ? `${decision.by} ${decision.comment}` === by : event.data.by === by;
}
