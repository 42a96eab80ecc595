/** What crosses between the Worker and the meter of a principal. Plain JSON. */

/** Requests in a window and in the one before; windows are numbered from 1970. */
export interface WindowCounts {
  window: number;
  current: number;
  previous: number;
}

/** Requests that one isolate has let pass and not reported before. */
export interface CountedRequests {
  /** Name of the rate limit. */
  policy: string;
  /** The number of the window in which they were. */
  window: number;
  count: number;
}

export interface TokenReservation {
  /** The day, UTC: `2026-11-28`. */
  day: string;
  tokens: number;
  /** What a day may take. */
  dailyTokens: number;
}

/** `spent`: tokens of the day by now, those that are reserved included. */
export type ReservationResult = { ok: true; spent: number } | { ok: false; spent: number };

export interface MeterRpc {
  /** Adds requests, and returns what all isolates have reported. */
  count(requests: CountedRequests): Promise<WindowCounts>;
  /** Takes tokens from the day's share before they are used; false: it has not enough left. */
  reserve(reservation: TokenReservation): Promise<ReservationResult>;
  /** Corrects a reservation by what the call took: more, or fewer (negative). */
  correct(day: string, tokens: number): Promise<void>;
}
