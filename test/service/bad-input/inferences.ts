/** Questions to a model that are readable but wrong, and answers that do not come. */
import { JSON_TYPE, type Row } from "./row.ts";

const QUESTION = {
  template_id: "email_v1",
  variables: { topic: "Launch" },
  json_schema: { type: "object", required: ["subject", "body"] },
  mock: true,
};

function infer(what: string, over: object, expected: Partial<Row> = {}): Row {
  return {
    what: `an inference with ${what}`,
    method: "POST",
    path: "/v1/ai/infer",
    headers: JSON_TYPE,
    body: JSON.stringify({ ...QUESTION, ...over }),
    status: 422,
    code: "validation_failed",
    ...expected,
  };
}

export const INFERENCES: Row[] = [
  infer("no template", { template_id: undefined }, { pointers: ["/template_id"] }),
  infer("no schema", { json_schema: undefined }, { pointers: ["/json_schema"] }),
  infer("a list of variables", { variables: [] }, { pointers: ["/variables"] }),
  infer("an unknown provider", { provider: "oracle" }, { pointers: ["/provider"] }),
  infer("an unknown key", { temperatur: 1 }, { pointers: ["/temperatur"] }),
  infer("an unknown mode", { mock: { mode: "sleep" } }),
  infer(
    "a schema that is none",
    { json_schema: { type: "objekt" } },
    {
      pointers: ["/json_schema/type"],
    },
  ),
  infer(
    "a remote reference",
    { json_schema: { $ref: "https://example.com/x.json" } },
    {
      pointers: ["/json_schema/$ref"],
    },
  ),
  infer(
    "an unknown template",
    { template_id: "nothing_v1" },
    {
      status: 404,
      code: "template_not_found",
    },
  ),
  infer(
    "a template id of another form",
    { template_id: "../email_v1" },
    {
      status: 404,
      code: "template_not_found",
    },
  ),
  infer(
    "an answer that never fits",
    { mock: { mode: "schema_violation" } },
    {
      code: "ai_schema_violation",
    },
  ),
  infer(
    "a schema that the mock cannot satisfy",
    { json_schema: { allOf: [false] } },
    {
      code: "mock_unsatisfiable",
    },
  ),
];
