/** Readers on a log in memory, which is durable when the test says so. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { LIMITS } from "#model/limits.ts";
import type { EventStream } from "../../support/event-stream.ts";
import { event, MemoryLog, sized } from "../support/live-log.ts";

afterEach(() => vi.restoreAllMocks());

describe("a reader", () => {
  test("first learns when to connect again", async () => {
    const stream = new MemoryLog().open();
    await stream.read();
    expect(stream).toMatchObject({ retryMs: 2_000, events: [] });
  });

  test("gets what the log has, and then each event as it happens", async () => {
    const memory = new MemoryLog();
    memory.add(event(1), event(2));
    const { stream, next } = await memory.openLive();
    memory.add(event(3));
    await next;
    expect(stream.seqs).toEqual([1, 2, 3]);
  });

  test("is fed from memory: only the catching up reads the log", async () => {
    const memory = new MemoryLog();
    memory.add(event(1));
    const { stream } = await memory.openLive();
    const readsBefore = memory.reads;
    for (let seq = 2; seq <= 50; seq++) memory.add(event(seq));
    await stream.until(({ seqs }) => seqs.includes(50));
    expect(memory.reads).toBe(readsBefore);
  });

  test("gets nothing that is not durable, neither live nor from the log", async () => {
    const memory = new MemoryLog();
    memory.add(event(1));
    const { stream, next } = await memory.openLive();
    const makeDurable = memory.holdStorage();
    memory.add(event(2));
    const late = memory.open();
    await late.read();
    const lateNext = late.read();
    await scheduler.wait(20);
    expect([stream.seqs, late.seqs]).toEqual([[1], []]);
    makeDurable();
    await Promise.all([next, lateNext]);
    expect([stream.seqs, late.seqs]).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  test("who comes between a commit and its feeding gets the event once", async () => {
    const memory = new MemoryLog();
    await memory.openLive();
    const makeDurable = memory.holdStorage();
    memory.add(event(1), event(2));
    const stream = memory.open();
    await stream.read();
    const next = stream.read();
    makeDurable();
    await next;
    memory.add(event(3, "run.completed"));
    expect((await stream.rest()).seqs).toEqual([1, 2, 3]);
  });

  test("who asks for later events than there are waits for them", async () => {
    const memory = new MemoryLog();
    memory.add(event(1));
    const stream = memory.open(3);
    await stream.read();
    const next = stream.read();
    memory.add(event(2), event(3));
    memory.add(event(4));
    await next;
    expect(stream.seqs).toEqual([4]);
  });

  test.each([
    ["before it has read anything", 0],
    ["after it has read what there was", 2],
  ])("whose run ends below what it asked for is ended, %s", async (_when, reads) => {
    const memory = new MemoryLog();
    const stream = memory.open(99);
    await stream.read();
    const next = reads > 0 ? stream.read() : Promise.resolve(true);
    await scheduler.wait(1);
    memory.add(event(1, "run.canceled"));
    await next;
    expect((await stream.rest()).seqs).toEqual([]);
  });

  test("gets a log that is longer than a batch, in order, while the run goes on", async () => {
    const memory = new MemoryLog();
    for (let seq = 1; seq <= 40; seq++) memory.add(sized(seq, 10_000));
    const stream = memory.open();
    for (let seq = 41; seq <= 60; seq++) {
      await stream.read();
      memory.add(sized(seq, 10_000));
    }
    memory.add(event(61, "run.completed"));
    await stream.rest();
    expect(stream.seqs).toEqual(Array.from({ length: 61 }, (_, index) => index + 1));
  });

  test("is ended after the event that ends the run, regardless of what comes later", async () => {
    const memory = new MemoryLog();
    const { stream, next } = await memory.openLive();
    memory.add(event(1), event(2, "run.canceled"), event(3, "step.late"));
    await next;
    expect((await stream.rest()).seqs).toEqual([1, 2]);
    expect((await memory.open(0, true).rest()).seqs).toEqual([1, 2]);
  });

  test.each([
    [1, 200],
    [2, 204],
    [3, 204],
    [99, 204],
  ])("of an ended run who has event %i is answered %i", (after, status) => {
    const memory = new MemoryLog();
    memory.add(event(1), event(2, "run.failed"), event(3, "step.late"));
    expect(memory.live.respond({ reader: "a", afterSeq: after, isComplete: true }).status).toBe(
      status,
    );
  });

  test("who does not keep up is ended, and finds the rest in the log", async () => {
    const memory = new MemoryLog({ backlogBytes: 30_000 });
    memory.add(event(1));
    const { stream, next } = await memory.openLive();
    for (let seq = 2; seq <= 6; seq++) {
      memory.add(sized(seq, 10_001));
      await next;
    }
    await stream.rest();
    expect(stream.seqs).toEqual([1, 2]);
    memory.add(event(7, "run.completed"));
    expect((await memory.open(2).rest()).seqs).toEqual([3, 4, 5, 6, 7]);
  });

  test.each([
    ["may have 1 MiB before it", 65_536, 18],
    ["may not have more", 65_537, 1],
  ])("%s when more comes", async (_what, bytes, received) => {
    const memory = new MemoryLog();
    const { stream, next } = await memory.openLive();
    memory.add(sized(1, 200));
    await next;
    for (let seq = 2; seq <= 17; seq++) memory.add(sized(seq, bytes));
    await scheduler.wait(1);
    memory.add(event(18, "run.completed"));
    await scheduler.wait(1);
    await stream.rest();
    expect(LIMITS.streamBacklogBytes).toBe(16 * 65_536);
    expect(stream.events).toHaveLength(received);
  });

  test("takes one large commit, however large", async () => {
    const memory = new MemoryLog({ backlogBytes: 1_000 });
    const { stream, next } = await memory.openLive();
    memory.add(...Array.from({ length: 50 }, (_, index) => sized(index + 1, 10_000)));
    await next;
    await stream.until(({ seqs }) => seqs.includes(50));
    memory.add(event(51, "run.completed"));
    expect((await stream.rest()).seqs).toHaveLength(51);
  });

  test("hears a keep-alive while nothing happens, and one only if it does not listen", async () => {
    const memory = new MemoryLog({ keepAliveMs: 10 });
    const { stream, next } = await memory.openLive();
    await next;
    await stream.until(({ keepAlives }) => keepAlives >= 3);
    const heard = stream.keepAlives;
    void stream.read();
    await scheduler.wait(100);
    await stream.read();
    memory.add(event(1, "run.completed"));
    await stream.rest();
    expect(stream.keepAlives).toBeLessThanOrEqual(heard + 3);
    expect(stream.seqs).toEqual([1]);
  });

  test("gets what happens in quick succession together, a moment later", async () => {
    const memory = new MemoryLog({ gatherMs: 100 });
    const { stream, next } = await memory.openLive();
    memory.add(event(1));
    await next;
    for (let seq = 2; seq <= 10; seq++) {
      memory.add(event(seq));
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    }
    await stream.read();
    expect(stream.seqs).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test("is ended after its time, and takes up again where it was", async () => {
    const memory = new MemoryLog({ keepAliveMs: 10, longestMs: 35 });
    memory.add(event(1));
    const stream = await memory.open().rest();
    expect(stream.seqs).toEqual([1]);
    memory.add(event(2, "run.completed"));
    expect((await memory.open(1).rest()).seqs).toEqual([2]);
  });

  test("who does not read at all is given up after its time too", async () => {
    const memory = new MemoryLog({ keepAliveMs: 10, longestMs: 35, readers: 1 });
    const clear = vi.spyOn(globalThis, "clearInterval");
    memory.open();
    expect(memory.live.respond({ reader: "a", afterSeq: 0, isComplete: false }).status).toBe(503);
    await scheduler.wait(60);
    expect(clear).toHaveBeenCalledOnce();
    expect(memory.live.respond({ reader: "a", afterSeq: 0, isComplete: false }).status).toBe(200);
  });

  test.each([
    ["it leaves", async (_memory: MemoryLog, stream: EventStream) => stream.cancel()],
    [
      "the run ends",
      async (memory: MemoryLog) => {
        memory.add(event(1, "run.completed"));
        await scheduler.wait(1);
      },
    ],
  ])("leaves no timer behind when %s", async (_when, leave) => {
    const set = vi.spyOn(globalThis, "setInterval");
    const clear = vi.spyOn(globalThis, "clearInterval");
    const memory = new MemoryLog();
    const { stream } = await memory.openLive();
    const other = await memory.openLive();
    expect(set).toHaveBeenCalledOnce();
    const timer: unknown = set.mock.results[0]?.value;
    await leave(memory, stream);
    await leave(memory, other.stream);
    // Of this timer only: the end of a stream of another test may come while this one runs.
    const cleared = clear.mock.calls.filter(([one]) => one === timer);
    expect(cleared).toHaveLength(1);
  });

  test("is ended when the storage fails, and the defect is reported", async () => {
    const memory = new MemoryLog();
    const { stream, next } = await memory.openLive();
    memory.breakStorage();
    memory.add(event(1));
    await next;
    expect((await stream.rest()).seqs).toEqual([]);
    expect(memory.defects.map(String)).toEqual(["Error: the disk is gone"]);
  });

  test("whose log cannot be read gets an error, and the defect is reported", async () => {
    const memory = new MemoryLog();
    memory.breakStorage();
    const stream = memory.open();
    await stream.read();
    await expect(stream.read()).rejects.toThrow("the disk is gone");
    expect(memory.defects.map(String)).toEqual(["Error: the disk is gone"]);
  });
});
