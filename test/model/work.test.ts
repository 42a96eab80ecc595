import { describe, expect, it } from "vitest";
import { TooCostly, Work } from "#model/work.ts";

describe("a budget of work", () => {
  it("pays until it is spent, to the last unit, and says what ran out", () => {
    const work = new Work(10);
    work.spend(4, "masks");
    work.spend(6, "patterns");
    expect(work.spent).toBe(10);
    expect(() => work.spend(1, "mock")).toThrow(new TooCostly("mock"));
    expect(() => work.spend(1, "mock")).toThrow("it ran out on making a mock answer");
  });

  it("refuses what costs more than is left, at once", () => {
    expect(() => new Work(10).spend(10.5, "answers")).toThrow(TooCostly);
  });

  it("keeps the last half from what could be left out", () => {
    const work = new Work(10);
    expect([work.afford(5), work.afford(0.1), work.spent]).toEqual([true, false, 5]);
    work.spend(5, "schema");
    expect(work.spent).toBe(10);
  });
});
