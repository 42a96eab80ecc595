/** The client of the live stream: every event once, in order, however the network behaves. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { MAIN_JOB } from "../../features/fixtures/fixtures.ts";
import type { Api } from "#console/client/api.ts";
import { createParser, followEvents, type StreamState } from "#console/client/event-stream.ts";

const EVENTS = MAIN_JOB.completed.history.events;

function frame(seq: number): string {
  const event = EVENTS[seq - 1];
  return `id: ${seq}\nevent: ${event?.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

describe("the parser", () => {
  test("takes text that is cut anywhere", () => {
    const text = `retry: 2000\n\n${frame(1)}: keep-alive\n\n${frame(2)}`;
    for (let cut = 0; cut <= text.length; cut += 1) {
      const parse = createParser();
      const events = [...parse(text.slice(0, cut)), ...parse(text.slice(cut))];
      expect(events.map(({ seq }) => seq)).toEqual([1, 2]);
    }
  });

  test("keeps what has not come to its end", () => {
    const parse = createParser();
    expect(parse(frame(1).slice(0, -1))).toEqual([]);
    expect(parse("\n")).toEqual([EVENTS[0]]);
  });
});

/** What one connection returns: a status, or text after which it breaks off. */
type Connection = number | string | Error;

interface Followed {
  seqs: number[];
  states: StreamState[];
  /** `Last-Event-ID` of each connection. */
  asked: number[];
  /** Between one connection and the next. */
  pausesMs: number[];
}

async function follow(connections: Connection[]): Promise<Followed> {
  const followed: Followed = { seqs: [], states: [], asked: [], pausesMs: [] };
  let endedAt = Date.now();
  const openEvents: Api["openEvents"] = async (_id, seq) => {
    if (followed.asked.length > 0) followed.pausesMs.push(Date.now() - endedAt);
    endedAt = Date.now();
    const connection = connections[followed.asked.length] ?? 204;
    followed.asked.push(seq);
    if (connection instanceof Error) throw connection;
    if (typeof connection === "string") return new Response(connection);
    return new Response(null, { status: connection });
  };
  const listener = {
    onEvents: (events: readonly { seq: number }[]) =>
      followed.seqs.push(...events.map(({ seq }) => seq)),
    onState: (state: StreamState) => followed.states.push(state),
  };
  const api = { openEvents } as unknown as Api;
  const done = followEvents(api, "run_a", 0, listener, new AbortController().signal);
  await vi.runAllTimersAsync();
  await done;
  return followed;
}

describe("following a run", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  test("connects again where it was cut off, and returns no event twice", async () => {
    const followed = await follow([
      frame(1) + frame(2) + frame(3).slice(0, 20),
      frame(2) + frame(3),
      204,
    ]);
    expect(followed.asked).toEqual([0, 2, 3]);
    expect(followed.seqs).toEqual([1, 2, 3]);
    expect(followed.states).toEqual([
      "connecting",
      "live",
      "reconnecting",
      "live",
      "reconnecting",
      "ended",
    ]);
  });

  test("waits longer each time that nothing comes, up to half a minute", async () => {
    const nothing: Connection[] = Array.from({ length: 7 }, () => new Error("offline"));
    const { pausesMs, states } = await follow(nothing);
    expect(pausesMs).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(states.filter((state) => state === "live")).toEqual([]);
  });

  test("waits little again once something has come", async () => {
    const { pausesMs } = await follow([503, 503, frame(1), 503]);
    expect(pausesMs).toEqual([1_000, 2_000, 1_000, 2_000]);
  });

  test("does not ask again once the run has ended", async () => {
    const { asked, states } = await follow([frame(14) + frame(15)]);
    expect(asked).toEqual([0]);
    expect(states).toEqual(["connecting", "live", "ended"]);
  });

  test.each([401, 403, 404])("stops at %i", async (status) => {
    const { asked, states } = await follow([frame(1), status]);
    expect(asked).toEqual([0, 1]);
    expect(states.at(-1)).toBe("refused");
  });

  test("stops when the page is hidden", async () => {
    const stop = new AbortController();
    const states: StreamState[] = [];
    let connections = 0;
    const openEvents: Api["openEvents"] = async () => {
      connections += 1;
      if (connections === 2) stop.abort();
      throw new Error("offline");
    };
    const listener = { onEvents: () => {}, onState: (state: StreamState) => states.push(state) };
    const api = { openEvents } as unknown as Api;
    const done = followEvents(api, "run_a", 0, listener, stop.signal);
    await vi.runAllTimersAsync();
    await done;
    expect([connections, states]).toEqual([2, ["connecting", "reconnecting"]]);
  });
});
