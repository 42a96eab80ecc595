Feature: AI Retries
  Scenario: An error that passes is retried, and the retry can be seen
    Given ai_generate expects {subject, body}
    And the provider is in mode "transient_error"
    When executed
    Then status 202
    And run status "completed"
    And the output is
      """
      {"subject": "Test Subject", "body": "Hello World"}
      """
    And the events are
      | type           | step |
      | run.created    |      |
      | run.started    |      |
      | step.started   | mail |
      | ai.request     | mail |
      | ai.response    | mail |
      | step.retrying  | mail |
      | step.started   | mail |
      | ai.request     | mail |
      | ai.response    | mail |
      | step.completed | mail |
      | run.completed  |      |
    And the retry was for "transport" because of "ai_provider_error"
    And every ai.response says who, what, how much and how long
    And the usage counts 2 calls
    And the steps are
      | step | type        | status    | attempt |
      | mail | ai_generate | completed | 2       |

  Scenario: No answer in time
    Given ai_generate expects {subject, body}
    And the provider is in mode "timeout"
    When executed
    Then run status "failed"
    And the run failed at "mail" with "timeout"
    And there are 2 events "ai.request"
    And there are 2 events "ai.response"
    And there is 1 event "step.retrying"
    And the retry was for "transport" because of "timeout"
    And there is 1 event "step.failed"
    And there is 1 event "run.failed"

  Scenario: Each step has a mode of its own
    Given the workflow
      """
      id: ai_modes
      name: AI modes
      start_step: good
      output: { draft: steps.good.output.draft }
      steps:
        - id: good
          type: ai_generate
          name: Good
          next: bad
          config:
            template_id: content_v1
            variables: [topic, audience]
            json_schema: { type: object, properties: { draft: { type: string } }, required: [draft] }
        - id: bad
          type: ai_generate
          name: Bad
          config:
            template_id: content_v1
            variables: [topic, audience]
            json_schema: { type: object, properties: { draft: { type: string } }, required: [draft] }
      """
    When I start it with
      """
      {
        "inputs": {"topic": "Launch", "audience": "SMB"},
        "run_opts": {"mock_ai": {"mode": "success", "steps": {"bad": "schema_violation"}}}
      }
      """
    Then run status "failed"
    And the run failed at "bad" with "ai_schema_violation"
    And the steps are
      | step | type        | status    | attempt |
      | good | ai_generate | completed | 1       |
      | bad  | ai_generate | failed    | 3       |

  Scenario: The same seed, template and variables give the same draft
    When I start "content_draft_flow" with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    And I start "content_draft_flow" with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then both runs have the same output of the step "generate"
