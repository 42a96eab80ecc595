/** What schemathesis checks, what it does not and why, and the names that exist. */
import type { Data } from "./data.ts";

interface Exclusion {
  check: string;
  /** Absent: for every operation. */
  operation?: string;
  reason: string;
}

export const EXCLUDED: readonly Exclusion[] = [
  {
    check: "positive_data_acceptance",
    reason:
      "a schema cannot say which ids exist, which definitions are workflows, or that a key was not used before; that valid requests succeed is counted by npm run fuzz",
  },
  {
    check: "negative_data_rejection",
    operation: "validateWorkflow",
    reason: "a definition that is wrong is what it is for: the answer is 200 with what is wrong",
  },
  {
    check: "response_schema_conformance",
    operation: "streamEvents",
    reason:
      "OpenAPI 3.1 cannot describe single events, and its schema of the text is taken for theirs; npm run fuzz checks the text",
  },
  // By the contract a hidden workflow keeps its versions and its runs.
  ...["hideWorkflow", "listWorkflowVersions", "readWorkflowVersion"].map((operation) => ({
    check: "use_after_free",
    operation,
    reason: "versions of a hidden workflow can still be read, by the contract",
  })),
];

const REFUSALS = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "429"];

/** As TOML; strings of JSON are strings of TOML. */
export function configuration({ parameters, ended }: Data): string {
  const everywhere = EXCLUDED.filter(({ operation }) => operation === undefined);
  const single = EXCLUDED.filter(({ operation }) => operation !== undefined);
  return [
    "[checks]",
    // If-Match is looked at before the definition: with a wrong one, both are answered by 412.
    `negative_data_rejection.expected-statuses = ${JSON.stringify(REFUSALS)}`,
    ...everywhere.map(({ check }) => `${check}.enabled = false`),
    "",
    "[parameters]",
    ...Object.entries(parameters).map(([name, values]) => `${name} = ${JSON.stringify(values)}`),
    ...single.flatMap(({ check, operation = "" }) => [
      "",
      "[[operations]]",
      `include-operation-id = ${JSON.stringify(operation)}`,
      `checks.${check}.enabled = false`,
    ]),
    "",
    // The stream of a run that waits has no end, and each request would take its whole time limit.
    "[[operations]]",
    'include-operation-id = "streamEvents"',
    `parameters = { run_id = ${JSON.stringify(ended)} }`,
    "",
  ].join("\n");
}
