Feature: Seed: Support Triage
  Scenario: The seed is in order
    Then nothing is found in the seed workflow "support_triage"

  Scenario: A customer who is served first gets a ticket
    Given the API at "/triage-first/v1/tickets" answers
      | 201 | {"id": "SUP-7"} |
    And the seed workflow "support_triage", whose APIs are at "/triage-first", with
      | urgent_from: 4                        | urgent_from: 6 |
      | [access, billing, bug, how_to, other] | [access]       |
    When I start it
    Then run status "waiting"
    And current_step "request"
    And the form of wait 1 asks for "subject, message, tier"
    When I resume it with
      """
      {"inputs": {"subject": "Login", "message": "Nobody gets in.", "tier": "enterprise"}}
      """
    Then status 200
    And run status "completed"
    And the steps are
      | step          | type        | status    | attempt |
      | request       | form        | completed | 1       |
      | classify      | ai_generate | completed | 1       |
      | urgent        | conditional | completed | 1       |
      | create_ticket | api_call    | completed | 1       |
    And the API at "/triage-first/v1/tickets" got 1 call
    And the call was a "POST" that held
      | title   | "[access] Login"                |
      | summary | = steps.classify.output.summary |
      | text    | "Nobody gets in."               |
      | urgency | = steps.classify.output.urgency |
      | tier    | "enterprise"                    |
    And the output holds
      | category | "access"                        |
      | urgency  | = steps.classify.output.urgency |
      | summary  | = steps.classify.output.summary |
    And the context holds
      | runtime.steps.urgent.output.result         | true    |
      | runtime.steps.create_ticket.output.body.id | "SUP-7" |
    And the run has the tags "support"

  Scenario: What is urgent gets a ticket, and a website may have asked already
    Given the seed workflow "support_triage", whose APIs are at "/triage-urgent", with
      | urgent_from: 4 | urgent_from: 1 |
    When I start it with
      """
      {"inputs": {"subject": "Login", "message": "I cannot get in.", "tier": "free"}}
      """
    Then status 202
    And run status "completed"
    And there are 0 events "run.waiting"
    And the API at "/triage-urgent/v1/tickets" got 1 call
    And the events are
      | type           | step          |
      | run.created    |               |
      | run.started    |               |
      | step.started   | request       |
      | step.completed | request       |
      | step.started   | classify      |
      | ai.request     | classify      |
      | ai.response    | classify      |
      | step.completed | classify      |
      | step.started   | urgent        |
      | step.completed | urgent        |
      | step.started   | create_ticket |
      | step.completed | create_ticket |
      | run.completed  |               |

  Scenario: The ticket system fails for a moment
    Given the API at "/triage-flaky/v1/tickets" answers
      | 500 |                 |
      | 201 | {"id": "SUP-8"} |
    And the seed workflow "support_triage", whose APIs are at "/triage-flaky", with
      | initial_delay_ms: 1000 | initial_delay_ms: 10 |
    When I start it with
      """
      {"inputs": {"subject": "Login", "message": "Nobody gets in.", "tier": "enterprise"}}
      """
    Then run status "completed"
    And the API at "/triage-flaky/v1/tickets" got 2 calls
    And all calls had the same Idempotency-Key
    And the attempts were "1, 2"

  Scenario: The ticket system refuses, and a person makes the ticket
    Given the API at "/triage-refused/v1/tickets" answers
      | 403 |
    And the seed workflow "support_triage", whose APIs are at "/triage-refused"
    When I start it with
      """
      {"inputs": {"subject": "Login", "message": "Nobody gets in.", "tier": "enterprise"}}
      """
    Then run status "waiting"
    And current_step "ticket_by_hand"
    And the context holds
      | runtime.steps.create_ticket.error.code | "http_error" |
    When I resume it with
      """
      {"inputs": {"ticket_number": "12"}}
      """
    Then status 422
    And the errors point to
      | /inputs/ticket_number |
    When I resume it with
      """
      {"inputs": {"ticket_number": "SUP-12"}}
      """
    Then status 200
    And run status "completed"
    And the API at "/triage-refused/v1/tickets" got 1 call
    And the steps are
      | step           | type        | status    | attempt |
      | request        | form        | completed | 1       |
      | classify       | ai_generate | completed | 1       |
      | urgent         | conditional | completed | 1       |
      | create_ticket  | api_call    | failed    | 1       |
      | ticket_by_hand | form        | completed | 1       |

  Scenario: What can wait gets a reply
    Given the seed workflow "support_triage", whose APIs are at "/triage-reply", with
      | urgent_from: 4 | urgent_from: 6 |
    When I start it with
      """
      {"inputs": {"subject": "Colours", "message": "How do I change them?", "tier": "pro"}}
      """
    Then run status "waiting"
    And current_step "approve_reply"
    And the approval of wait 1 needs 1 of "support-lead@example.com"
    When I resume it with
      """
      {"approvals": [{"step_id": "approve_reply", "approved": true}]}
      """
    Then status 200
    And run status "completed"
    And the API at "/triage-reply/v1/tickets" got 0 calls
    And the context holds
      | runtime.steps.urgent.output.result | false |
    And the steps are
      | step          | type        | status    | attempt |
      | request       | form        | completed | 1       |
      | classify      | ai_generate | completed | 1       |
      | urgent        | conditional | completed | 1       |
      | draft_reply   | ai_generate | completed | 1       |
      | approve_reply | approval    | completed | 1       |
    And the output holds
      | category | = steps.classify.output.category |
      | urgency  | = steps.classify.output.urgency  |
      | summary  | = steps.classify.output.summary  |

  Scenario: A reply that is not good enough is written by a person
    Given the seed workflow "support_triage", whose APIs are at "/triage-rewrite", with
      | urgent_from: 4 | urgent_from: 6 |
    When I start it with
      """
      {"inputs": {"subject": "Colours", "message": "How do I change them?", "tier": "free"}}
      """
    And I resume it with
      """
      {"approvals": [{"step_id": "approve_reply", "approved": false}]}
      """
    Then status 200
    And run status "waiting"
    And current_step "write_reply"
    When I resume it with
      """
      {"inputs": {"reply": "Open the settings and choose Colours."}}
      """
    Then status 200
    And run status "completed"
    And the context holds
      | runtime.steps.approve_reply.output.approved | false                                   |
      | runtime.steps.write_reply.output.reply      | "Open the settings and choose Colours." |

  Scenario: A model that does not answer as it has to fails the run
    Given the seed workflow "support_triage"
    When I start it with
      """
      {
        "inputs": {"subject": "Login", "message": "Nobody gets in.", "tier": "enterprise"},
        "run_opts": {"mock_ai": {"steps": {"classify": "schema_violation"}}}
      }
      """
    Then run status "failed"
    And the run failed at "classify" with "ai_schema_violation"
    And there are 3 events "ai.response"
