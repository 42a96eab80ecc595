Feature: Seed: Incident Summary
  Scenario: The seed is in order
    Then nothing is found in the seed workflow "incident_summary"

  Scenario: The record is fetched, summed up and approved
    Given the API at "/incident-found/v1/incidents/INC-101" answers
      | 200 | {"title": "Mail is late", "log": [{"at": "2026-11-20T08:00:00Z", "text": "Queue grows"}]} |
    And the seed workflow "incident_summary", whose APIs are at "/incident-found"
    When I start it with
      """
      {"inputs": {"incident_id": "INC-101"}}
      """
    Then run status "waiting"
    And current_step "review"
    And the approval of wait 1 is up to "incident-lead@example.com"
    And the API at "/incident-found/v1/incidents/INC-101" got 1 call
    When I resume it with
      """
      {"approvals": [{"step_id": "review", "approved": true}]}
      """
    Then status 200
    And run status "completed"
    And the steps are
      | step           | type        | status    | attempt |
      | fetch_incident | api_call    | completed | 1       |
      | summarise      | ai_generate | completed | 1       |
      | review         | approval    | completed | 1       |
    And the context holds
      | runtime.steps.fetch_incident.output.body.title | "Mail is late" |
    And the output holds
      | incident_id       | "INC-101"                         |
      | title             | = steps.summarise.output.title    |
      | summary           | = steps.summarise.output.summary  |
      | timeline          | = steps.summarise.output.timeline |
      | corrected_summary | ""                                |

  Scenario: A record that is not there is typed in
    Given the API at "/incident-missing/v1/incidents/INC-102" answers
      | 404 |
    And the seed workflow "incident_summary", whose APIs are at "/incident-missing"
    When I start it with
      """
      {"inputs": {"incident_id": "INC-102"}}
      """
    Then run status "waiting"
    And current_step "describe"
    And the form of wait 1 asks for "title, severity, what_happened"
    And the context holds
      | runtime.steps.fetch_incident.error.code | "http_error" |
    When I resume it with
      """
      {"inputs": {"title": "Mail is late", "severity": "sev4", "what_happened": "Do not know."}}
      """
    Then status 422
    And the errors point to
      | /inputs/severity      |
      | /inputs/what_happened |
    When I resume it with
      """
      {
        "inputs": {
          "title": "Mail is late", "severity": "sev2",
          "what_happened": "At 8:00 the queue grew, at 9:30 it was empty again."
        }
      }
      """
    Then status 200
    And run status "waiting"
    And current_step "review"
    When I resume it with
      """
      {"approvals": [{"step_id": "review", "approved": true}]}
      """
    Then run status "completed"
    And the steps are
      | step           | type        | status    | attempt |
      | fetch_incident | api_call    | failed    | 1       |
      | describe       | form        | completed | 1       |
      | summarise      | ai_generate | completed | 1       |
      | review         | approval    | completed | 1       |
    And the output holds
      | incident_id       | "INC-102"                         |
      | title             | = steps.summarise.output.title    |
      | summary           | = steps.summarise.output.summary  |
      | timeline          | = steps.summarise.output.timeline |
      | corrected_summary | ""                                |

  Scenario: The incident system is down, and stays down
    Given the API at "/incident-down/v1/incidents/INC-103" answers
      | 503 |
    And the seed workflow "incident_summary", whose APIs are at "/incident-down", with
      | initial_delay_ms: 500 | initial_delay_ms: 10 |
    When I start it with
      """
      {"inputs": {"incident_id": "INC-103"}}
      """
    Then run status "waiting"
    And current_step "describe"
    And the API at "/incident-down/v1/incidents/INC-103" got 3 calls

  Scenario: The lead writes what is right
    Given the seed workflow "incident_summary", whose APIs are at "/incident-wrong"
    When I start it with
      """
      {"inputs": {"incident_id": "INC-104"}}
      """
    And I resume it with
      """
      {"approvals": [{"step_id": "review", "approved": false}]}
      """
    Then status 422
    And the problem is "comment_required"
    When I resume it with
      """
      {"approvals": [{"step_id": "review", "approved": false, "comment": "The cause is wrong."}]}
      """
    Then status 200
    And run status "waiting"
    And current_step "correct"
    When I resume it with
      """
      {"inputs": {"corrected_summary": "A certificate had run out."}}
      """
    Then status 200
    And run status "completed"
    And the output holds
      | incident_id       | "INC-104"                         |
      | title             | = steps.summarise.output.title    |
      | summary           | = steps.summarise.output.summary  |
      | timeline          | = steps.summarise.output.timeline |
      | corrected_summary | "A certificate had run out."      |

  Scenario: A model that does not answer as it has to fails the run
    Given the seed workflow "incident_summary", whose APIs are at "/incident-model"
    When I start it with
      """
      {"inputs": {"incident_id": "INC-105"}, "run_opts": {"mock_ai": {"mode": "schema_violation"}}}
      """
    Then run status "failed"
    And the run failed at "summarise" with "ai_schema_violation"

  Scenario Outline: A start with <what>
    When I try to start "incident_summary" with
      """
      <body>
      """
    Then status 422
    And the errors point to
      | /inputs/incident_id |
    And no run was created

    Examples:
      | what              | body                                    |
      | no number         | {}                                      |
      | a number like any | {"inputs": {"incident_id": "../admin"}} |
