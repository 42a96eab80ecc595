Feature: Main Job
  Scenario: From YAML to an approved draft
    Given a valid YAML workflow
    When I POST it to /v1/workflows
    Then status 201
    When I start it
    Then status 202
    And run status "waiting"
    And current_step "collect"
    And the form of wait 1 asks for "topic, audience"
    When I resume it with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then status 200
    And run status "waiting"
    And current_step "approve"
    And the approval of wait 2 is up to "dev-internal@example.com"
    When I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": true, "comment": "Good."}]}
      """
    Then status 200
    And run status "completed"
    And there is no current_step
    And the steps are
      | step     | type        | status    | attempt |
      | collect  | form        | completed | 1       |
      | generate | ai_generate | completed | 1       |
      | approve  | approval    | completed | 1       |
    And the events are
      | type           | step     |
      | run.created    |          |
      | run.started    |          |
      | step.started   | collect  |
      | run.waiting    | collect  |
      | run.resumed    | collect  |
      | step.completed | collect  |
      | step.started   | generate |
      | ai.request     | generate |
      | ai.response    | generate |
      | step.completed | generate |
      | step.started   | approve  |
      | run.waiting    | approve  |
      | run.resumed    | approve  |
      | step.completed | approve  |
      | run.completed  |          |
    And the context holds
      | static.tone                                     | "friendly" |
      | profile                                         | {}         |
      | runtime.inputs.topic                            | "Launch"   |
      | runtime.inputs.audience                         | "SMB"      |
      | runtime.steps.collect.output.topic              | "Launch"   |
      | runtime.steps.approve.output.approved           | true       |
      | runtime.steps.approve.output.decisions.0.by     | "key:dev"  |
      | runtime.steps.approve.output.decisions.0.comment | "Good."   |
    And the output is the draft of the step "generate"

  Scenario: Nothing is lost when the run is forgotten between two requests
    Given a valid YAML workflow
    When I POST it to /v1/workflows
    And I start it
    And the run is evicted
    And I resume it with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    And the run is evicted
    Then run status "waiting"
    And current_step "approve"
    When I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": true}]}
      """
    And the run is evicted
    Then run status "completed"
    And the steps are
      | step     | type        | status    | attempt |
      | collect  | form        | completed | 1       |
      | generate | ai_generate | completed | 1       |
      | approve  | approval    | completed | 1       |

  Scenario: A form that the start answers is not asked again
    When I start "content_draft_flow" with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then status 202
    And run status "waiting"
    And current_step "approval"
    And the approval of wait 1 is up to "dev-internal@example.com"

  Scenario: A form that the start answers in part shows what was given
    When I start "content_draft_flow" with
      """
      {"inputs": {"topic": "Launch"}}
      """
    Then run status "waiting"
    And current_step "form"
    And the form is filled in with
      """
      {"topic": "Launch"}
      """

  Scenario: A form that the start answers wrongly says what is wrong
    When I start "content_draft_flow" with
      """
      {"inputs": {"topic": "Launch", "audience": 7}}
      """
    Then run status "waiting"
    And current_step "form"
    And the form complains about "/inputs/audience"
