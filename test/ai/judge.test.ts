import { describe, expect, it } from "vitest";
import { judgeAnswer } from "#ai/judge.ts";
import { Work } from "#model/work.ts";

const SCHEMA = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };

describe("the readings of one answer", () => {
  const text = `${'{"m":1} '.repeat(50)}{"n":1}`;
  const judge = (units: number) => judgeAnswer({ text }, SCHEMA, new Work(units));

  it("have one budget together, beyond which the answer is too large to check", () => {
    const ample = new Work(1_000_000);
    judgeAnswer({ text }, SCHEMA, ample);
    // More than what is lost where fractions are added up.
    const whole = judge(ample.spent + 0.1);
    expect(JSON.stringify(whole)).not.toContain("work_limit");
    const short = judge(ample.spent - 0.1);
    expect(short).toMatchObject({
      fits: false,
      misfit: { violations: [{ keyword: "work_limit" }] },
    });
  });
});
