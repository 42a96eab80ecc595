/** What a page says of an answer that came too late. */
import { describe, expect, test } from "vitest";
import { ownAddress } from "#console/client/own-address.ts";
import type { RunNow } from "#console/client/use-run.ts";
import { overtakenWords } from "#console/pages/run/overtaken.ts";
import type { ShownEvent } from "#model/event.ts";
import { runEvent } from "../support/run-event.ts";
import { signWithSecret } from "../support/tokens.ts";

const AT = "2026-11-22T09:30:00.000Z";
const ID = "run_n5zq3tq4wq2i5l7k3c2h6xw4ya";

function now(status: RunNow["run"]["status"], ...events: ShownEvent[]): RunNow {
  return {
    run: {
      id: ID,
      workflow_id: "w",
      workflow_version: 1,
      status,
      current_step: null,
      started_at: AT,
      updated_at: AT,
    },
    history: {
      run_id: ID,
      steps: [],
      events,
    },
  };
}

const resumed = (by: string, wait_number = 1) => runEvent("run.resumed", { by, wait_number });
const expired = runEvent("step.failed", { code: "wait_expired" });

describe("an answer that was not taken", () => {
  test.each<[what: string, code: string, after: RunNow, title: string]>([
    [
      "a second decision",
      "already_decided",
      now("waiting", resumed("ann@example.com")),
      "You have decided already",
    ],
    [
      "after another person",
      "run_not_waiting",
      now("completed", resumed("bob@example.com")),
      "Someone else answered first",
    ],
    [
      "after a key",
      "stale_wait",
      now("waiting", resumed("key:dev")),
      "Someone else answered first",
    ],
    [
      "after oneself in another window",
      "run_not_waiting",
      now("completed", resumed("ann@example.com")),
      "You have answered already",
    ],
    ["after a cancel", "run_not_waiting", now("canceled"), "The run was canceled"],
    ["after the time", "run_not_waiting", now("failed", expired), "The time to answer has expired"],
    [
      "after another wait was answered",
      "stale_wait",
      now("waiting", resumed("key:dev", 2)),
      "The run has moved on",
    ],
  ])("%s", (_what, code, after, title) => {
    expect(overtakenWords({ code, detail: "So it is." }, after, 1, "ann@example.com").title).toBe(
      title,
    );
  });
});

describe("the reader's own address", () => {
  test.each<[credentials: string, address: string | null]>([
    [signWithSecret("x", { sub: "a", email: "Ann@Example.com" }), "ann@example.com"],
    [signWithSecret("x", { sub: "a" }), null],
    ["wo_abcdefghij_klmnopqrstuvwxyz234567abcdefgh", null],
    ["a.b.c", null],
    ["a.MTI.c", null],
  ])("of %s", (credentials, address) => {
    expect(ownAddress(credentials)).toBe(address);
  });
});
