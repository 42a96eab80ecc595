import { assert, constantFrom, double, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  fnv1a64,
  formatTraceparent,
  isTraceSampled,
  parseTraceparent,
  type SamplerName,
  spanIdOf,
  traceOfRun,
} from "#telemetry/trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const ZEROS = "0".repeat(32);

describe("a traceparent", () => {
  test.each<[string, string, boolean]>([
    ["sampled", `00-${TRACE}-${SPAN}-01`, true],
    ["not sampled", `00-${TRACE}-${SPAN}-00`, false],
    ["with flags that we do not know", `00-${TRACE}-${SPAN}-fe`, false],
    ["with a random trace id", `00-${TRACE}-${SPAN}-03`, true],
    ["of a later version", `01-${TRACE}-${SPAN}-01`, true],
    ["of a later version with more to it", `cc-${TRACE}-${SPAN}-01-what-comes-next`, true],
    ["with blanks around it", ` 00-${TRACE}-${SPAN}-01\t`, true],
  ])("%s is taken", (_what, header, isSampled) => {
    expect(parseTraceparent(header)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled });
  });

  test.each([
    ["that is absent", undefined],
    ["that is empty", ""],
    ["in capitals", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ["without a trace", `00-${ZEROS}-${SPAN}-01`],
    ["without a span", `00-${TRACE}-${ZEROS.slice(16)}-01`],
    ["of the version that does not exist", `ff-${TRACE}-${SPAN}-01`],
    ["of version 00 with more to it", `00-${TRACE}-${SPAN}-01-x`],
    ["with a short trace id", `00-${TRACE.slice(1)}-${SPAN}-01`],
    ["with one digit of flags", `00-${TRACE}-${SPAN}-1`],
    ["with a letter that is no digit", `00-${TRACE.replace("4", "g")}-${SPAN}-01`],
    ["that came twice", `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
  ])("%s is passed over", (_what, header) => {
    expect(parseTraceparent(header)).toBeNull();
  });

  test("that is written can be read", () => {
    const parent = { traceId: TRACE, spanId: SPAN, isSampled: true };
    expect(formatTraceparent(parent)).toBe(`00-${TRACE}-${SPAN}-01`);
    expect(formatTraceparent({ ...parent, isSampled: false })).toBe(`00-${TRACE}-${SPAN}-00`);
  });
});

describe("the ids of a run", () => {
  test("are those of the caller's trace when there is one", () => {
    expect(traceOfRun("run_a", `00-${TRACE}-${SPAN}-01`)).toEqual({
      traceId: TRACE,
      parentSpanId: SPAN,
    });
  });

  // The hash is that of http://www.isthe.com/chongo/tech/comp/fnv/ (test vectors of FNV-1a, 64 bits).
  test.each([
    ["", "cbf29ce484222325"],
    ["a", "af63dc4c8601ec8c"],
    ["foobar", "85944171f73967e8"],
    ["chongo was here!\n", "46810940eff5f915"],
  ])("are made by FNV-1a: %j", (text, hash) => {
    expect(fnv1a64(text)).toBe(hash);
  });

  test("stay the same for ever: spans that were sent are found by them", () => {
    expect(traceOfRun("run_a", undefined).traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(traceOfRun("run_a", undefined)).toEqual(traceOfRun("run_a", "not one"));
    expect(traceOfRun("run_a", undefined).traceId).not.toBe(traceOfRun("run_b", undefined).traceId);
  });

  test("differ for every span of every run", () => {
    const ids = ["run_a", "run_b"].flatMap((run) => [
      spanIdOf(run, { kind: "run" }),
      spanIdOf(run, { kind: "activity", seq: 1 }),
      spanIdOf(run, { kind: "late", seq: 1 }),
      spanIdOf(run, { kind: "step", stepId: "call" }),
      spanIdOf(run, { kind: "attempt", stepId: "call", attempt: 1 }),
      spanIdOf(run, { kind: "attempt", stepId: "call", attempt: 2 }),
      spanIdOf(run, { kind: "call", stepId: "call", attempt: 1 }),
      spanIdOf(run, { kind: "call", stepId: "call", attempt: 2 }),
    ]);
    expect(new Set(ids).size).toBe(16);
  });
});

describe("sampling", () => {
  const parent = (isSampled: boolean) => ({ traceId: TRACE, spanId: SPAN, isSampled });

  test.each<[SamplerName, boolean | null, boolean]>([
    ["always_on", null, true],
    ["always_on", false, true],
    ["always_off", null, false],
    ["always_off", true, false],
    ["parentbased_always_on", null, true],
    ["parentbased_always_on", false, false],
    ["parentbased_always_on", true, true],
    ["parentbased_always_off", null, false],
    ["parentbased_always_off", true, true],
    ["parentbased_traceidratio", true, true],
    ["parentbased_traceidratio", false, false],
  ])("by %s, caller's flag %s: %s", (sampler, flag, expected) => {
    const caller = flag === null ? null : parent(flag);
    expect(isTraceSampled(sampler, 0.5, TRACE, caller)).toBe(expected);
  });

  test.each([
    [0, ZEROS, false],
    [0.5, `${ZEROS.slice(13)}7ffffffffffff`, true],
    [0.5, `${ZEROS.slice(13)}8000000000000`, false],
    [1, "f".repeat(32), true],
  ])("by ratio %d takes the lower part of the trace ids: %s %s", (ratio, traceId, expected) => {
    expect(isTraceSampled("traceidratio", ratio, traceId, null)).toBe(expected);
    expect(isTraceSampled("parentbased_traceidratio", ratio, traceId, null)).toBe(expected);
  });

  test("by a ratio takes about that part of the runs", () => {
    const runs = Array.from({ length: 2_000 }, (_, index) => `run_${index}`);
    const sampled = runs.filter((run) =>
      isTraceSampled("traceidratio", 0.25, traceOfRun(run, undefined).traceId, null),
    );
    expect(sampled.length).toBeGreaterThan(400);
    expect(sampled.length).toBeLessThan(600);
  });

  test("that takes a trace takes it at any higher ratio too", () => {
    assert(
      property(
        string({
          unit: constantFrom(..."0123456789abcdef".split("")),
          minLength: 32,
          maxLength: 32,
        }),
        double({ min: 0, max: 1, noNaN: true }),
        double({ min: 0, max: 1, noNaN: true }),
        (traceId, one, other) => {
          const [low, high] = [Math.min(one, other), Math.max(one, other)];
          const taken = isTraceSampled("traceidratio", low, traceId, null);
          return !taken || isTraceSampled("traceidratio", high, traceId, null);
        },
      ),
    );
  });
});
