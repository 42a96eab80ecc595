Feature: Seed: Document Review
  Scenario: The seed is in order
    Then nothing is found in the seed workflow "document_review"

  Scenario: A text without faults is approved
    Given the seed workflow "document_review", with
      | maxItems: 20 | maxItems: 0 |
    When I start it
    Then run status "waiting"
    And current_step "submit"
    And the form of wait 1 asks for "title, document, checks"
    When I resume it with
      """
      {"inputs": {"title": "Launch", "document": "Too short.", "checks": ["facts", "style"]}}
      """
    Then status 422
    And the errors point to
      | /inputs/document |
      | /inputs/checks   |
    When I resume it with
      """
      {
        "inputs": {
          "title": "Launch", "document": "On Monday we open our second shop.",
          "checks": ["language", "facts"]
        }
      }
      """
    Then status 200
    And run status "waiting"
    And current_step "approve"
    And the approval of wait 2 is up to "editor@example.com"
    When I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": true}]}
      """
    Then status 200
    And run status "completed"
    And the steps are
      | step    | type        | status    | attempt |
      | submit  | form        | completed | 1       |
      | review  | ai_generate | completed | 1       |
      | clean   | conditional | completed | 1       |
      | approve | approval    | completed | 1       |
    And the output is
      """
      {"title": "Launch", "document": "On Monday we open our second shop.", "findings": []}
      """

  Scenario: Faults that are not serious leave it to the editor
    Given the seed workflow "document_review", with
      | serious: [high] | serious: [] |
    When I start it with
      """
      {
        "inputs": {
          "title": "Launch", "document": "On Monday we open our second shop.", "checks": ["facts"]
        }
      }
      """
    Then run status "waiting"
    And current_step "approve"
    When I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": true}]}
      """
    Then run status "completed"
    And the steps are
      | step    | type        | status    | attempt |
      | submit  | form        | completed | 1       |
      | review  | ai_generate | completed | 1       |
      | clean   | conditional | completed | 1       |
      | serious | conditional | completed | 1       |
      | approve | approval    | completed | 1       |
    And the context holds
      | runtime.steps.clean.output.result   | false |
      | runtime.steps.serious.output.result | false |
    And the output holds
      | title    | "Launch"                             |
      | document | "On Monday we open our second shop." |
      | findings | = steps.review.output.findings       |

  Scenario: Serious faults are corrected first
    Given the seed workflow "document_review", with
      | severity: { enum: [low, medium, high] } | severity: { enum: [high] } |
    When I start it with
      """
      {
        "inputs": {
          "title": "Launch", "document": "We are the best shop in the world.", "checks": ["facts"]
        }
      }
      """
    Then run status "waiting"
    And current_step "correct"
    And the form of wait 1 asks for "document, changes"
    And the form is filled in with
      """
      {"document": "We are the best shop in the world."}
      """
    When I resume it with
      """
      {"inputs": {"document": "On Monday we open our second shop.", "changes": "Only facts now."}}
      """
    Then status 200
    And run status "waiting"
    And current_step "approve_correction"
    When I resume it with
      """
      {"approvals": [{"step_id": "approve_correction", "approved": true}]}
      """
    Then status 200
    And run status "completed"
    And the steps are
      | step               | type        | status    | attempt |
      | submit             | form        | completed | 1       |
      | review             | ai_generate | completed | 1       |
      | clean              | conditional | completed | 1       |
      | serious            | conditional | completed | 1       |
      | correct            | form        | completed | 1       |
      | approve_correction | approval    | completed | 1       |
    And the context holds
      | runtime.steps.submit.output.document            | "We are the best shop in the world." |
      | runtime.steps.review.output.findings.0.severity | "high"                               |
    And the output holds
      | title    | "Launch"                             |
      | document | "On Monday we open our second shop." |
      | findings | = steps.review.output.findings       |

  Scenario: What the editor rejects is corrected too
    Given the seed workflow "document_review", with
      | serious: [high] | serious: [] |
    When I start it with
      """
      {
        "inputs": {
          "title": "Launch", "document": "We are the best shop in the world.", "checks": ["facts"]
        }
      }
      """
    And I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": false, "comment": "Says who?"}]}
      """
    Then status 200
    And run status "waiting"
    And current_step "correct"
    When I resume it with
      """
      {"inputs": {"document": "On Monday we open our second shop.", "changes": "Only facts now."}}
      """
    And I resume it with
      """
      {"approvals": [{"step_id": "approve_correction", "approved": true}]}
      """
    Then run status "completed"
    And the context holds
      | runtime.steps.approve.output.approved            | false       |
      | runtime.steps.approve.output.decisions.0.comment | "Says who?" |

  Scenario: A correction that is rejected fails the run
    Given the seed workflow "document_review", with
      | serious: [high] | serious: [low, medium, high] |
    When I start it with
      """
      {
        "inputs": {
          "title": "Launch", "document": "We are the best shop in the world.", "checks": ["facts"]
        }
      }
      """
    And I resume it with
      """
      {"inputs": {"document": "We really are the best shop.", "changes": "Nothing much."}}
      """
    Then run status "waiting"
    And current_step "approve_correction"
    When I resume it with
      """
      {"approvals": [{"step_id": "approve_correction", "approved": false, "comment": "No."}]}
      """
    Then status 200
    And run status "failed"
    And the run failed at "approve_correction" with "approval_rejected"

  Scenario: A model that does not answer as it has to fails the run
    Given the seed workflow "document_review"
    When I start it with
      """
      {
        "inputs": {
          "title": "Launch", "document": "On Monday we open our second shop.", "checks": ["facts"]
        },
        "run_opts": {"mock_ai": {"mode": "schema_violation"}}
      }
      """
    Then run status "failed"
    And the run failed at "review" with "ai_schema_violation"
