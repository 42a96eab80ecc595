/** Comparisons that are asked for in a wrong way; nothing is started on either side. */
import { JSON_TYPE, type Row } from "./row.ts";

function dualRun(what: string, body: object, expected: Partial<Row> = {}): Row {
  return {
    what: `a dual run with ${what}`,
    method: "POST",
    path: "/v1/dev/dual-run",
    headers: JSON_TYPE,
    body: JSON.stringify({ workflow_id: "content_draft_flow", ...body }),
    status: 422,
    code: "validation_failed",
    ...expected,
  };
}

export const DUAL_RUNS: Row[] = [
  dualRun("no workflow", { workflow_id: undefined }, { pointers: ["/workflow_id"] }),
  dualRun("an unknown key", { input: {} }, { pointers: ["/input"] }),
  dualRun("a list of inputs", { inputs: [] }, { pointers: ["/inputs"] }),
  dualRun("options of a start", { run_opts: { tags: ["x"] } }, { pointers: ["/run_opts/tags"] }),
  dualRun("an unknown mode", { run_opts: { mock_ai: { mode: "sleep" } } }),
  dualRun(
    "an unknown workflow",
    { workflow_id: "nothing" },
    { status: 404, code: "workflow_not_found" },
  ),
  dualRun(
    "a workflow id of another form",
    { workflow_id: "../content_draft_flow" },
    { status: 404, code: "workflow_not_found" },
  ),
  dualRun(
    "inputs that the workflow does not take",
    { workflow_id: "lead_enrichment", inputs: { company: "Acme", domain: 7, colour: "red" } },
    { code: "invalid_inputs", pointers: ["/inputs/domain", "/inputs/colour"] },
  ),
];
