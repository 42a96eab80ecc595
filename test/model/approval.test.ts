import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ApprovalTally, type Decision, tallyApproval } from "#model/approval.ts";

const AT = "2026-11-22T16:38:01.123Z";

/** `+ann` approves, `-key:1` rejects; names without a colon are people at example.com. */
function decisions(...written: string[]): Decision[] {
  return written.map((text) => {
    const name = text.slice(1);
    const by = name.startsWith("key:") ? name : `${name}@example.com`;
    return { by, approved: text.startsWith("+"), at: AT };
  });
}

function people(...names: string[]): string[] {
  return names.map((name) => `${name}@example.com`);
}

describe("an approval", () => {
  it.each<[string, string[], number, string[], ApprovalTally]>([
    // quorum of one
    ["is open without a decision", ["ann"], 1, [], "open"],
    ["is approved by its only approver", ["ann"], 1, ["+ann"], "approved"],
    ["is rejected by its only approver", ["ann"], 1, ["-ann"], "rejected"],
    ["is approved by the first of two", ["ann", "bo"], 1, ["+bo"], "approved"],
    ["stays open when one of two rejects", ["ann", "bo"], 1, ["-ann"], "open"],
    ["is approved by the second after a rejection", ["ann", "bo"], 1, ["-ann", "+bo"], "approved"],
    ["is rejected when both reject", ["ann", "bo"], 1, ["-ann", "-bo"], "rejected"],
    // larger quorums
    ["waits for the second of a quorum of two", ["ann", "bo"], 2, ["+ann"], "open"],
    ["is approved by two", ["ann", "bo"], 2, ["+ann", "+bo"], "approved"],
    ["is rejected at once when one of two needed rejects", ["ann", "bo"], 2, ["-ann"], "rejected"],
    [
      "is open when one of three rejects and two are needed",
      ["ann", "bo", "cy"],
      2,
      ["-ann"],
      "open",
    ],
    [
      "is rejected when two of three reject and two are needed",
      ["ann", "bo", "cy"],
      2,
      ["-ann", "-bo"],
      "rejected",
    ],
    [
      "is rejected after an approval too",
      ["ann", "bo", "cy"],
      2,
      ["+ann", "-bo", "-cy"],
      "rejected",
    ],
    ["is approved by two of three", ["ann", "bo", "cy"], 2, ["-ann", "+bo", "+cy"], "approved"],
    // the same person again
    ["counts no one twice", ["ann", "bo"], 2, ["+ann", "+ann"], "open"],
    ["keeps the first decision of a person", ["ann", "bo"], 1, ["-ann", "+ann"], "open"],
    ["counts no rejection twice", ["ann", "bo", "cy"], 2, ["-ann", "-ann"], "open"],
    // people who are not listed
    ["does not count people who are not listed", ["ann"], 1, ["+eve"], "open"],
    ["is not rejected by people who are not listed", ["ann"], 1, ["-eve"], "open"],
    // keys
    ["is approved by a key", ["ann"], 1, ["+key:1"], "approved"],
    ["is approved by a person and a key", ["ann", "bo"], 2, ["+ann", "+key:1"], "approved"],
    ["is approved by two keys", ["ann", "bo"], 2, ["+key:1", "+key:2"], "approved"],
    ["counts no key twice", ["ann", "bo"], 2, ["+key:1", "+key:1"], "open"],
    ["is rejected by a key in place of its only approver", ["ann"], 1, ["-key:1"], "rejected"],
    ["stays open when a key rejects in place of one of two", ["ann", "bo"], 1, ["-key:1"], "open"],
    [
      "is rejected by two keys in place of both",
      ["ann", "bo"],
      1,
      ["-key:1", "-key:2"],
      "rejected",
    ],
    ["counts no key's rejection twice", ["ann", "bo"], 1, ["-key:1", "-key:1"], "open"],
    [
      "is still approved by a person after a key rejected",
      ["ann", "bo"],
      1,
      ["-key:1", "+ann"],
      "approved",
    ],
    ["is rejected by a key and a person", ["ann", "bo"], 1, ["-key:1", "-ann"], "rejected"],
    ["is rejected by a key when all two are needed", ["ann", "bo"], 2, ["-key:1"], "rejected"],
    ["is saved by a key that approved before", ["ann", "bo"], 2, ["+key:2", "-key:1"], "open"],
    ["lets no key's rejection undo approvals", ["ann", "bo"], 2, ["+ann", "+key:2"], "approved"],
    // order
    [
      "stays approved regardless of what follows",
      ["ann", "bo"],
      1,
      ["+ann", "-bo", "-key:1"],
      "approved",
    ],
    ["stays rejected when a key approves later", ["ann"], 1, ["-ann", "+key:1"], "rejected"],
  ])("%s", (_, approvers, quorum, made, tally) => {
    expect(tallyApproval({ approvers: people(...approvers), quorum }, decisions(...made))).toBe(
      tally,
    );
  });

  it("compares listed addresses without regard to case, and lists no one twice", () => {
    const config = { approvers: ["Ann@Example.com", "ann@example.com"], quorum: 1 };
    expect(tallyApproval(config, decisions("-ann"))).toBe("rejected");
    expect(tallyApproval(config, decisions("+ann"))).toBe("approved");
  });
});

const deciders = fc.constantFrom("ann", "bo", "cy", "di", "eve", "key:1", "key:2", "key:3");
const made = fc.array(
  fc.tuple(fc.constantFrom("+", "-"), deciders).map(([sign, name]) => sign + name),
  { maxLength: 10 },
);
const config = fc
  .uniqueArray(fc.constantFrom("ann", "bo", "cy", "di"), { minLength: 1 })
  .chain((approvers) =>
    fc.record({
      approvers: fc.constant(people(...approvers)),
      quorum: fc.integer({ min: 1, max: approvers.length }),
    }),
  );

describe("for every approval", () => {
  it("what is settled stays settled, regardless of what is decided later", () => {
    fc.assert(
      fc.property(config, made, made, (approval, before, after) => {
        const tally = tallyApproval(approval, decisions(...before));
        fc.pre(tally !== "open");
        expect(tallyApproval(approval, decisions(...before, ...after))).toBe(tally);
      }),
    );
  });

  it("an approval has as many approving deciders as its quorum", () => {
    fc.assert(
      fc.property(config, made, (approval, all) => {
        fc.pre(tallyApproval(approval, decisions(...all)) === "approved");
        const approving = new Set(all.filter((one) => one.startsWith("+")));
        expect(approving.size).toBeGreaterThanOrEqual(approval.quorum);
      }),
    );
  });

  it("an open one can still be approved by the listed people who have not decided, or by keys", () => {
    fc.assert(
      fc.property(config, made, (approval, all) => {
        fc.pre(tallyApproval(approval, decisions(...all)) === "open");
        const rest = ["+ann", "+bo", "+cy", "+di", "+key:7", "+key:8", "+key:9", "+key:10"];
        expect(tallyApproval(approval, decisions(...all, ...rest))).toBe("approved");
      }),
    );
  });

  it("when all listed people have decided and no key, it is settled", () => {
    fc.assert(
      fc.property(
        config,
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        (approval, votes) => {
          const all = approval.approvers.map((by, index) => ({
            by,
            approved: votes[index] === true,
            at: AT,
          }));
          const approvals = all.filter(({ approved }) => approved).length;
          expect(tallyApproval(approval, all)).toBe(
            approvals >= approval.quorum ? "approved" : "rejected",
          );
        },
      ),
    );
  });

  it("the order of people alone does not matter once all have decided", () => {
    fc.assert(
      fc.property(
        config.chain((approval) =>
          fc.tuple(
            fc.constant(approval),
            fc.shuffledSubarray(approval.approvers, { minLength: approval.approvers.length }),
          ),
        ),
        ([approval, order]) => {
          const vote = (by: string): Decision => ({ by, approved: by < "c", at: AT });
          expect(tallyApproval(approval, order.map(vote))).toBe(
            tallyApproval(approval, approval.approvers.map(vote)),
          );
        },
      ),
    );
  });
});
