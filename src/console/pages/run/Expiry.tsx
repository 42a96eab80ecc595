import { Time } from "../../app/Time.tsx";

/** Until when a wait can be answered; nothing when it does not expire. */
export function Expiry({ at }: { at: string | undefined }) {
  if (at === undefined) return null;
  return (
    <p className="wo-muted wo-small">
      Can be answered until <Time at={at} />.
    </p>
  );
}
