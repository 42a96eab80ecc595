Feature: People with Tokens
  Scenario: A listed person decides under their own name
    When I start "content_draft_flow" with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    And I act as "Dev-Internal@example.com" with the scopes "runs:read approvals:decide"
    And I resume it with
      """
      {"approvals": [{"step_id": "approval", "approved": true}]}
      """
    Then status 200
    And the context holds
      | runtime.steps.approval.output.decisions.0.by | "dev-internal@example.com" |

  Scenario: Someone who is not listed may not decide
    When I start "content_draft_flow" with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    And I act as "eve@example.com" with the scopes "runs:read approvals:decide"
    And I resume it with
      """
      {"approvals": [{"step_id": "approval", "approved": true}]}
      """
    Then status 403
    And the problem is "not_an_approver"
    And nothing has changed

  Scenario: The person who started a run cannot approve it
    When I act as "dev-internal@example.com" with the scopes "runs:read runs:write approvals:decide"
    And I start "content_draft_flow" with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    And I resume it with
      """
      {"approvals": [{"step_id": "approval", "approved": true}]}
      """
    Then status 403
    And the problem is "self_approval"

  Scenario: A token that has expired opens nothing
    When I start "content_draft_flow" with
      """
      {}
      """
    And I act with a token that has expired
    And I look at it
    Then status 401
    And the problem is "unauthorized"
