Feature: Dual run
  Scenario: The main job does the same on both sides
    When I compare
      """
      {
        "workflow_id": "content_draft_flow",
        "inputs": {"topic": "Launch", "audience": "SMB"},
        "run_opts": {"mock_ai": true}
      }
      """
    Then status 200
    And both sides match
    And the answer holds
      """
      {
        "normalization": {
          "ordering": "stable", "whitespace": "trim+single-space", "numeric_tolerance": 0.000001
        }
      }
      """
    And the new run has the status "completed"

  Scenario: A model that never fits fails on both sides
    When I compare
      """
      {
        "workflow_id": "content_draft_flow",
        "inputs": {"topic": "Launch", "audience": "SMB"},
        "run_opts": {"mock_ai": {"steps": {"generate": "schema_violation"}}}
      }
      """
    Then both sides match
    And the new run has the status "failed"

  Scenario: A form that the inputs do not answer
    When I compare
      """
      {"workflow_id": "content_draft_flow", "inputs": {"topic": "Launch"}}
      """
    Then both sides match
    And the new run has the status "canceled"

  Scenario: A quorum is approved by one person after the other
    Given the API at "/compared/v1/transfers" answers
      | 201 | {"id": "T-9"} |
    And the seed workflow "expense_approval", whose APIs are at "/compared"
    When I compare it with
      """
      {
        "employee": "dora@example.com", "purpose": "Laptop", "amount": 1200,
        "iban": "CH9300762011623852957", "receipt": "https://files.example.com/9.pdf"
      }
      """
    Then both sides match
    And the new run has the status "completed"
    And the API at "/compared/v1/transfers" got 1 call

  Scenario: Inputs that the start refuses
    When I compare
      """
      {"workflow_id": "lead_enrichment", "inputs": {"company": "Acme"}}
      """
    Then status 422
    And the problem is "invalid_inputs"
    And the errors point to
      | /inputs/domain |

  Scenario: It takes the scope admin
    When I act with another key
    And I compare
      """
      {"workflow_id": "content_draft_flow"}
      """
    Then status 403
    And the problem is "insufficient_scope"
