import { describe, expect, test } from "vitest";
import { routeOf, runPath, runsPath, startPath } from "#console/app/routes.ts";

describe("an address of the console", () => {
  test.each([
    ["/", "", { page: "waiting" }],
    ["/runs", "", { page: "runs", status: "", workflowId: "" }],
    ["/runs", "?status=failed", { page: "runs", status: "failed", workflowId: "" }],
    ["/runs", "?workflow_id=a&status=", { page: "runs", status: "", workflowId: "a" }],
    ["/runs/run_abc", "", { page: "run", id: "run_abc" }],
    ["/start", "", { page: "start", workflowId: "" }],
    ["/start", "?workflow_id=a", { page: "start", workflowId: "a" }],
    ["/check", "?x=1", { page: "check" }],
    ["/runs/", "", { page: "unknown" }],
    ["/runs/a/b", "", { page: "unknown" }],
    ["/nothing", "", { page: "unknown" }],
  ])("%s%s", (path, search, route) => {
    expect(routeOf(path, search)).toEqual(route);
  });

  test("is the one that links lead to", () => {
    expect(runPath("run_abc")).toBe("/runs/run_abc");
    expect(runPath("../start")).toBe("/runs/..%2Fstart");
    expect(runsPath({ status: "", workflowId: "" })).toBe("/runs");
    expect(runsPath({ status: "failed", workflowId: "a" })).toBe(
      "/runs?status=failed&workflow_id=a",
    );
    expect(startPath("a")).toBe("/start?workflow_id=a");
  });
});
