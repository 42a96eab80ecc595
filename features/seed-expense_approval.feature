Feature: Seed: Expense Approval
  Scenario: The seed is in order
    Then nothing is found in the seed workflow "expense_approval"

  Scenario: A small expense is paid without approval, and its IBAN is kept to itself
    Given the API at "/expense-small/v1/transfers" answers
      | 201 | {"id": "T-1", "to": "DE89370400440532013000"} |
    And the seed workflow "expense_approval", whose APIs are at "/expense-small"
    When I start it with
      """
      {"inputs": {"employee": "dora@example.com", "purpose": "Train to Bern", "amount": 500}}
      """
    Then run status "waiting"
    And current_step "bank_details"
    And the form of wait 1 asks for "iban, receipt"
    When I resume it with
      """
      {"inputs": {"iban": "DE89 3704", "receipt": "receipt.pdf"}}
      """
    Then status 422
    And the errors point to
      | /inputs/iban    |
      | /inputs/receipt |
    When I resume it with
      """
      {"inputs": {"iban": "DE89370400440532013000", "receipt": "https://files.example.com/1.pdf"}}
      """
    Then status 200
    And run status "completed"
    And the steps are
      | step           | type        | status    | attempt |
      | bank_details   | form        | completed | 1       |
      | needs_approval | conditional | completed | 1       |
      | pay            | api_call    | completed | 1       |
    And the API at "/expense-small/v1/transfers" got 1 call
    And the call was a "POST" with the body
      """
      {
        "iban": "DE89370400440532013000",
        "amount": 500,
        "currency": "EUR",
        "reference": "Expense: Train to Bern"
      }
      """
    And the run shows "DE89370400440532013000" nowhere
    And the context holds
      | runtime.inputs.iban              | "[SENSITIVE]" |
      | runtime.steps.pay.output.body.to | "[SENSITIVE]" |
    And the output is
      """
      {"employee": "dora@example.com", "amount": 500, "explanation": "", "transfer_id": "T-1"}
      """

  Scenario: Two of three managers approve a large expense
    Given the API at "/expense-large/v1/transfers" answers
      | 201 | {"id": "T-2"} |
    And the seed workflow "expense_approval", whose APIs are at "/expense-large"
    When I start it with
      """
      {
        "inputs": {
          "employee": "dora@example.com", "purpose": "Laptop", "amount": 500.01,
          "iban": "CH9300762011623852957", "receipt": "https://files.example.com/2.pdf"
        }
      }
      """
    Then run status "waiting"
    And current_step "approve"
    And the approval of wait 1 needs 2 of "anna.manager@example.com, ben.manager@example.com, chloe.manager@example.com"
    When I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": true}]}
      """
    Then status 200
    And run status "waiting"
    And the API at "/expense-large/v1/transfers" got 0 calls
    When I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": true}]}
      """
    Then status 409
    And the problem is "already_decided"
    When I act with another key
    And I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": true}]}
      """
    Then status 200
    And run status "completed"
    And the API at "/expense-large/v1/transfers" got 1 call
    And the events are
      | type           | step           |
      | run.created    |                |
      | run.started    |                |
      | step.started   | bank_details   |
      | step.completed | bank_details   |
      | step.started   | needs_approval |
      | step.completed | needs_approval |
      | step.started   | approve        |
      | run.waiting    | approve        |
      | run.resumed    | approve        |
      | run.waiting    | approve        |
      | run.resumed    | approve        |
      | step.completed | approve        |
      | step.started   | pay            |
      | step.completed | pay            |
      | run.completed  |                |
    And the output is
      """
      {"employee": "dora@example.com", "amount": 500.01, "explanation": "", "transfer_id": "T-2"}
      """

  Scenario: A rejected expense is explained, and then approved
    Given the API at "/expense-explained/v1/transfers" answers
      | 201 | {"id": "T-3"} |
    And the seed workflow "expense_approval", whose APIs are at "/expense-explained"
    When I start it with
      """
      {
        "inputs": {
          "employee": "dora@example.com", "purpose": "Dinner", "amount": 640,
          "iban": "CH9300762011623852957", "receipt": "https://files.example.com/3.pdf"
        }
      }
      """
    And I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": false}]}
      """
    Then status 422
    And the problem is "comment_required"
    And nothing has changed
    When I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": false, "comment": "Too much."}]}
      """
    Then status 200
    And run status "waiting"
    And current_step "approve"
    When I act with another key
    And I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": false, "comment": "For a dinner?"}]}
      """
    Then status 200
    And run status "waiting"
    And current_step "explain"
    And the form of wait 2 asks for "explanation"
    When I resume it with
      """
      {"inputs": {"explanation": "Sixteen guests of the customer were there."}}
      """
    Then run status "waiting"
    And current_step "second_look"
    And the approval of wait 3 is up to "head-of-finance@example.com"
    When I resume it with
      """
      {"approvals": [{"step_id": "second_look", "approved": true}]}
      """
    Then status 200
    And run status "completed"
    And the steps are
      | step           | type        | status    | attempt |
      | bank_details   | form        | completed | 1       |
      | needs_approval | conditional | completed | 1       |
      | approve        | approval    | completed | 1       |
      | explain        | form        | completed | 1       |
      | second_look    | approval    | completed | 1       |
      | pay            | api_call    | completed | 1       |
    And the context holds
      | runtime.steps.approve.output.approved            | false           |
      | runtime.steps.approve.output.decisions.0.comment | "Too much."     |
      | runtime.steps.approve.output.decisions.1.comment | "For a dinner?" |
    And the output is
      """
      {
        "employee": "dora@example.com",
        "amount": 640,
        "explanation": "Sixteen guests of the customer were there.",
        "transfer_id": "T-3"
      }
      """

  Scenario: A rejected expense is explained, and rejected for good
    Given the seed workflow "expense_approval", whose APIs are at "/expense-rejected"
    When I start it with
      """
      {
        "inputs": {
          "employee": "dora@example.com", "purpose": "Dinner", "amount": 640,
          "iban": "CH9300762011623852957", "receipt": "https://files.example.com/3.pdf"
        }
      }
      """
    And I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": false, "comment": "Too much."}]}
      """
    And I act with another key
    And I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": false, "comment": "Too much."}]}
      """
    And I resume it with
      """
      {"inputs": {"explanation": "It was a very good dinner indeed."}}
      """
    And I resume it with
      """
      {"approvals": [{"step_id": "second_look", "approved": false, "comment": "No."}]}
      """
    Then status 200
    And run status "failed"
    And the run failed at "second_look" with "approval_rejected"
    And the API at "/expense-rejected/v1/transfers" got 0 calls

  Scenario: The payment service refuses
    Given the API at "/expense-refused/v1/transfers" answers
      | 422 |
    And the seed workflow "expense_approval", whose APIs are at "/expense-refused"
    When I start it with
      """
      {
        "inputs": {
          "employee": "dora@example.com", "purpose": "Pens", "amount": 12,
          "iban": "CH9300762011623852957", "receipt": "https://files.example.com/4.pdf"
        }
      }
      """
    Then run status "failed"
    And the run failed at "pay" with "http_error"
    And the API at "/expense-refused/v1/transfers" got 1 call

  Scenario: A start without what it has to bring
    When I try to start "expense_approval" with
      """
      {"inputs": {"employee": "dora", "amount": 0, "cost_centre": 7}}
      """
    Then status 422
    And the errors point to
      | /inputs/employee    |
      | /inputs/purpose     |
      | /inputs/amount      |
      | /inputs/cost_centre |
    And no run was created
