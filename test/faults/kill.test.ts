/**
 * kill -9 of everything that `npm start` starts: what was acknowledged is there, and goes on. What
 * becomes of effects, keys, rows and receivers is the trial's (`trial.test.ts`).
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { historySchema } from "#model/run.ts";
import { LocalCopy } from "../support/local-copy.ts";

let copy: LocalCopy;

beforeAll(async () => {
  copy = await LocalCopy.create([]);
  await copy.start();
});

afterAll(() => copy.dispose());

async function killAndRestart(): Promise<void> {
  await copy.kill();
  await copy.start();
}

describe("kill -9 of the whole process group", () => {
  test("while a run waits loses nothing, and the run completes", async () => {
    const started = await copy.run("POST", "/v1/executions", { workflow_id: "content_draft_flow" });
    const path = `/v1/executions/${started.id}`;
    await killAndRestart();

    expect(await copy.run("GET", path)).toEqual(started);
    const inputs = { topic: "Launch", audience: "SMB" };
    const drafted = await copy.run("POST", `${path}/resume`, { inputs });
    expect(drafted.current_step).toBe("approval");
    await killAndRestart();

    expect(await copy.run("GET", path)).toEqual(drafted);
    const approvals = [{ step_id: "approval", approved: true }];
    const ended = await copy.run("POST", `${path}/resume`, { approvals });
    expect(ended.status).toBe("completed");

    const { events } = historySchema.parse(
      await (await copy.call("GET", `${path}/history`)).json(),
    );
    const completed = events.filter((event) => event.type === "step.completed");
    expect(completed.map((event) => event.step_id)).toEqual(["form", "generate", "approval"]);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  });
});
