/** Workflows that the scenarios take for granted, as people would write them. */
import { stringify } from "yaml";
import { VALID_WORKFLOW } from "../fixtures/fixtures.ts";

/** The fixture as a file: form, model, approval; with a constant and an output beside. */
export function validWorkflow(id: string): string {
  const output = { draft: "steps.generate.output.draft" };
  return stringify({ ...VALID_WORKFLOW, id, static: { tone: "friendly" }, output });
}

/** One step that must give subject and body; it asks twice and waits 300 ms for an answer. */
export function mailWorkflow(id: string): string {
  return `id: ${id}
name: Mail
start_step: mail
output: { subject: steps.mail.output.subject, body: steps.mail.output.body }
steps:
  - id: mail
    type: ai_generate
    name: Mail
    retry: { max_attempts: 2, initial_delay_ms: 10 }
    config:
      template_id: email_v1
      variables: [topic]
      timeout_s: 0.3
      json_schema:
        type: object
        properties: { subject: { type: string }, body: { type: string } }
        required: [subject, body]
        additionalProperties: false
`;
}

/** One call of the URL. */
export function callingWorkflow(id: string, url: string): string {
  return `id: ${id}
name: Calling
start_step: call
steps:
  - id: call
    type: api_call
    name: Call
    config: { url: "${url}", method: GET }
`;
}
