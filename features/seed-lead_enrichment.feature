Feature: Seed: Lead Enrichment
  Scenario: The seed is in order
    Then nothing is found in the seed workflow "lead_enrichment"

  Scenario: A good lead becomes an opportunity
    Given the API at "/lead-good/v1/companies?domain=acme.example" answers
      | 200 | {"name": "Acme", "employees": 120} |
    And the seed workflow "lead_enrichment", whose APIs are at "/lead-good", with
      | good_score: 60 | good_score: 0 |
    When I start it with
      """
      {
        "inputs": {"company": "Acme", "domain": "acme.example", "source": "event"},
        "run_opts": {"tags": ["spring"]}
      }
      """
    Then status 202
    And run status "completed"
    And the steps are
      | step               | type        | status    | attempt |
      | enrich             | api_call    | completed | 1       |
      | score              | ai_generate | completed | 1       |
      | good_lead          | conditional | completed | 1       |
      | create_opportunity | api_call    | completed | 1       |
    And the API at "/lead-good/v1/companies?domain=acme.example" got 1 call
    And the API at "/lead-good/v1/opportunities/acme.example" got 1 call
    And the call was a "PUT" that held
      | company | "Acme"                      |
      | source  | "event"                     |
      | score   | = steps.score.output.score  |
      | note    | = steps.score.output.reason |
    And the output holds
      | company | "Acme"                      |
      | score   | = steps.score.output.score  |
      | reason  | = steps.score.output.reason |
    And the run has the tags "sales, leads, spring"

  Scenario: A weak lead goes no further
    Given the seed workflow "lead_enrichment", whose APIs are at "/lead-weak", with
      | good_score: 60 | good_score: 101 |
    When I start it with
      """
      {"inputs": {"company": "Acme", "domain": "acme.example"}}
      """
    Then run status "completed"
    And the context holds
      | runtime.inputs.source                 | "website" |
      | runtime.steps.good_lead.output.result | false     |
    And the steps are
      | step      | type        | status    | attempt |
      | enrich    | api_call    | completed | 1       |
      | score     | ai_generate | completed | 1       |
      | good_lead | conditional | completed | 1       |
    And the API at "/lead-weak/v1/opportunities/acme.example" got 0 calls
    And the output holds
      | company | "Acme"                      |
      | score   | = steps.score.output.score  |
      | reason  | = steps.score.output.reason |

  Scenario: An unknown company is guessed from its name
    Given the API at "/lead-unknown/v1/companies?domain=acme.example" answers
      | 404 |
    And the seed workflow "lead_enrichment", whose APIs are at "/lead-unknown", with
      | good_score: 60 | good_score: 0 |
    When I start it with
      """
      {"inputs": {"company": "Acme", "domain": "acme.example"}}
      """
    Then run status "completed"
    And the events are
      | type           | step               |
      | run.created    |                    |
      | run.started    |                    |
      | step.started   | enrich             |
      | step.failed    | enrich             |
      | step.started   | guess              |
      | ai.request     | guess              |
      | ai.response    | guess              |
      | step.completed | guess              |
      | step.started   | score              |
      | ai.request     | score              |
      | ai.response    | score              |
      | step.completed | score              |
      | step.started   | good_lead          |
      | step.completed | good_lead          |
      | step.started   | create_opportunity |
      | step.completed | create_opportunity |
      | run.completed  |                    |
    And the usage counts 2 calls

  Scenario: A data service that is busy for a moment is asked again
    Given the API at "/lead-busy/v1/companies?domain=acme.example" answers
      | 429 |                    |
      | 500 |                    |
      | 200 | {"employees": 120} |
    And the seed workflow "lead_enrichment", whose APIs are at "/lead-busy", with
      | initial_delay_ms: 1000 | initial_delay_ms: 10 |
    When I start it with
      """
      {"inputs": {"company": "Acme", "domain": "acme.example"}}
      """
    Then run status "completed"
    And the API at "/lead-busy/v1/companies?domain=acme.example" got 3 calls
    And the attempts were "1, 2, 3"
    And the context holds
      | runtime.steps.enrich.output.body.employees | 120 |

  Scenario: A data service that stays away is given up after four attempts
    Given the API at "/lead-away/v1/companies?domain=acme.example" answers
      | 500 |
    And the seed workflow "lead_enrichment", whose APIs are at "/lead-away", with
      | initial_delay_ms: 1000 | initial_delay_ms: 10 |
      | good_score: 60         | good_score: 101      |
    When I start it with
      """
      {"inputs": {"company": "Acme", "domain": "acme.example"}}
      """
    Then run status "completed"
    And the API at "/lead-away/v1/companies?domain=acme.example" got 4 calls
    And the steps are
      | step      | type        | status    | attempt |
      | enrich    | api_call    | failed    | 4       |
      | guess     | ai_generate | completed | 1       |
      | score     | ai_generate | completed | 1       |
      | good_lead | conditional | completed | 1       |

  Scenario: A model that cannot guess fails the run
    Given the API at "/lead-nothing/v1/companies?domain=acme.example" answers
      | 404 |
    And the seed workflow "lead_enrichment", whose APIs are at "/lead-nothing"
    When I start it with
      """
      {
        "inputs": {"company": "Acme", "domain": "acme.example"},
        "run_opts": {"mock_ai": {"steps": {"guess": "schema_violation"}}}
      }
      """
    Then run status "failed"
    And the run failed at "guess" with "ai_schema_violation"

  Scenario: The CRM refuses
    Given the API at "/lead-refused/v1/opportunities/acme.example" answers
      | 409 |
    And the seed workflow "lead_enrichment", whose APIs are at "/lead-refused", with
      | good_score: 60 | good_score: 0 |
    When I start it with
      """
      {"inputs": {"company": "Acme", "domain": "acme.example"}}
      """
    Then run status "failed"
    And the run failed at "create_opportunity" with "http_error"

  Scenario: A start without what it has to bring
    When I try to start "lead_enrichment" with
      """
      {"inputs": {"company": "Acme", "domain": "https://acme.example/", "source": "radio"}}
      """
    Then status 422
    And the errors point to
      | /inputs/domain |
      | /inputs/source |
    And no run was created
