/** Workflows that the scenarios take for granted, as people would write them. */

/** Form, model, approval. */
export function validWorkflow(id: string): string {
  return `id: ${id}
name: Content Draft Flow
start_step: collect
static: { tone: friendly }
output: { draft: steps.generate.output.draft }
steps:
  - id: collect
    type: form
    name: Brief
    next: generate
    config:
      fields:
        - { key: topic, type: string, required: true }
        - { key: audience, type: string, required: true }
  - id: generate
    type: ai_generate
    name: Generate Draft
    next: approve
    config:
      template_id: content_v1
      variables: [topic, audience]
      json_schema:
        type: object
        properties: { draft: { type: string } }
        required: [draft]
  - id: approve
    type: approval
    name: Approve
    config:
      approvers: [dev-internal@example.com]
`;
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
