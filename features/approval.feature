Feature: Approval
  Scenario: A rejection goes where on_reject says
    Given the workflow
      """
      id: on_reject
      name: On reject
      start_step: decide
      output: { why: steps.decide.output.decisions }
      steps:
        - id: decide
          type: approval
          name: Decide
          next: publish
          config: { approvers: [ann@example.com], on_reject: rework, require_comment_on_reject: true }
        - id: publish
          type: form
          name: Publish
          config: { fields: [{ key: at, type: date, required: true }] }
        - id: rework
          type: form
          name: Rework
          config: { fields: [{ key: text, type: text, required: true }] }
      """
    When I start it
    And I resume it with
      """
      {"approvals": [{"step_id": "decide", "approved": false}]}
      """
    Then status 422
    And the problem is "comment_required"
    And nothing has changed
    When I resume it with
      """
      {"approvals": [{"step_id": "decide", "approved": false, "comment": "Too long"}]}
      """
    Then run status "waiting"
    And current_step "rework"

  Scenario: Two of three have to approve
    Given the workflow
      """
      id: quorum
      name: Quorum
      start_step: decide
      steps:
        - id: decide
          type: approval
          name: Decide
          config: { approvers: [ann@example.com, bob@example.com, eve@example.com], quorum: 2 }
      """
    When I start it
    And I resume it with
      """
      {"approvals": [{"step_id": "decide", "approved": true}]}
      """
    Then status 200
    And run status "waiting"
    And the approval of wait 1 has 1 decision
    When I resume it with
      """
      {"approvals": [{"step_id": "decide", "approved": true}]}
      """
    Then status 409
    And the problem is "already_decided"
    And nothing has changed
    When I act with another key
    And I resume it with
      """
      {"approvals": [{"step_id": "decide", "approved": true}]}
      """
    Then status 200
    And run status "completed"
