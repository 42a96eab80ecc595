Feature: Seed: Vendor Onboarding
  Scenario: The seed is in order
    Then nothing is found in the seed workflow "vendor_onboarding"

  Scenario: A supplier is described, approved and registered
    Given the API at "/vendor-fine/v1/suppliers" answers
      | 201 | {"id": 4711} |
    And the seed workflow "vendor_onboarding", whose APIs are at "/vendor-fine"
    When I start it
    Then run status "waiting"
    And current_step "vendor"
    When I resume it with
      """
      {
        "inputs": {
          "company": "A", "contact": "sales", "website": "http://acme.example", "country": "XX",
          "vat_id": "12", "contract_start": "2027-02-29", "yearly_volume": 0.5,
          "personal_data": "no"
        }
      }
      """
    Then status 422
    And the errors point to
      | /inputs/company        |
      | /inputs/contact        |
      | /inputs/website        |
      | /inputs/country        |
      | /inputs/vat_id         |
      | /inputs/contract_start |
      | /inputs/yearly_volume  |
      | /inputs/personal_data  |
    And nothing has changed
    When I resume it with
      """
      {
        "inputs": {
          "company": "Acme", "contact": "sales@acme.example", "website": "https://acme.example",
          "country": "DE", "vat_id": "DE123456789", "contract_start": "2027-03-01",
          "yearly_volume": 25000, "personal_data": false
        }
      }
      """
    Then status 200
    And run status "waiting"
    And current_step "approve"
    And the approval of wait 2 needs 1 of "buyer-one@example.com, buyer-two@example.com"
    When I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": true}]}
      """
    Then status 200
    And run status "completed"
    And the steps are
      | step          | type        | status    | attempt |
      | vendor        | form        | completed | 1       |
      | privacy_check | conditional | completed | 1       |
      | approve       | approval    | completed | 1       |
      | register      | api_call    | completed | 1       |
    And the API at "/vendor-fine/v1/suppliers" got 1 call
    And the call was a "POST" with the body
      """
      {
        "name": "Acme",
        "contact": {"email": "sales@acme.example", "website": "https://acme.example"},
        "country": "DE",
        "vat_id": "DE123456789",
        "starts_on": "2027-03-01",
        "yearly_volume": 25000,
        "personal_data": false
      }
      """
    And the context holds
      | runtime.inputs.agreement_signed | false |
    And the output is
      """
      {"company": "Acme", "supplier_id": 4711}
      """

  Scenario Outline: Personal data, <agreement>
    Given the seed workflow "vendor_onboarding", whose APIs are at "/vendor-privacy-<step>"
    When I start it with
      """
      {
        "inputs": {
          "company": "Acme", "contact": "sales@acme.example", "website": "https://acme.example",
          "country": "DE", "contract_start": "2027-03-01", "yearly_volume": 25000,
          "personal_data": true, "agreement_signed": <signed>
        }
      }
      """
    Then run status "waiting"
    And current_step "<step>"

    Examples:
      | agreement                    | signed | step    |
      | with an agreement            | true   | approve |
      | but it has no signature yet | false  | privacy |

  Scenario: Data protection agrees, then a buyer
    Given the seed workflow "vendor_onboarding", whose APIs are at "/vendor-agreed"
    When I start it with
      """
      {
        "inputs": {
          "company": "Acme", "contact": "sales@acme.example", "website": "https://acme.example",
          "country": "DE", "contract_start": "2027-03-01", "yearly_volume": 0,
          "personal_data": true
        }
      }
      """
    And I resume it with
      """
      {"approvals": [{"step_id": "privacy", "approved": true}]}
      """
    Then run status "waiting"
    And current_step "approve"
    When I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": true}]}
      """
    Then run status "completed"
    And the steps are
      | step          | type        | status    | attempt |
      | vendor        | form        | completed | 1       |
      | privacy_check | conditional | completed | 1       |
      | privacy       | approval    | completed | 1       |
      | approve       | approval    | completed | 1       |
      | register      | api_call    | completed | 1       |
    And the API at "/vendor-agreed/v1/suppliers" got 1 call
    And the call was a "POST" with the body
      """
      {
        "name": "Acme",
        "contact": {"email": "sales@acme.example", "website": "https://acme.example"},
        "country": "DE",
        "vat_id": "",
        "starts_on": "2027-03-01",
        "yearly_volume": 0,
        "personal_data": true
      }
      """

  Scenario: Data protection does not agree
    Given the seed workflow "vendor_onboarding", whose APIs are at "/vendor-not-agreed"
    When I start it with
      """
      {
        "inputs": {
          "company": "Acme", "contact": "sales@acme.example", "website": "https://acme.example",
          "country": "DE", "contract_start": "2027-03-01", "yearly_volume": 25000,
          "personal_data": true
        }
      }
      """
    And I resume it with
      """
      {"approvals": [{"step_id": "privacy", "approved": false, "comment": "Not in that country."}]}
      """
    Then status 200
    And run status "failed"
    And the run failed at "privacy" with "approval_rejected"
    And the API at "/vendor-not-agreed/v1/suppliers" got 0 calls

  Scenario: A buyer does not agree
    Given the seed workflow "vendor_onboarding", whose APIs are at "/vendor-rejected"
    When I start it with
      """
      {
        "inputs": {
          "company": "Acme", "contact": "sales@acme.example", "website": "https://acme.example",
          "country": "DE", "contract_start": "2027-03-01", "yearly_volume": 25000,
          "personal_data": false
        }
      }
      """
    And I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": false, "comment": "Too expensive."}]}
      """
    Then run status "waiting"
    And current_step "approve"
    When I act with another key
    And I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": false, "comment": "Too expensive."}]}
      """
    Then status 200
    And run status "failed"
    And the run failed at "approve" with "approval_rejected"
    And the API at "/vendor-rejected/v1/suppliers" got 0 calls

  Scenario: There is no decision in time, and the head of purchasing approves
    Given the API at "/vendor-late/v1/suppliers" answers
      | 200 | {"id": 4712} |
    And the seed workflow "vendor_onboarding", whose APIs are at "/vendor-late", with
      | expires_in_s: 259200 | expires_in_s: 0.2 |
    When I start it with
      """
      {
        "inputs": {
          "company": "Acme", "contact": "sales@acme.example", "website": "https://acme.example",
          "country": "DE", "contract_start": "2027-03-01", "yearly_volume": 25000,
          "personal_data": false
        }
      }
      """
    And there is no answer until the run is at "escalate"
    Then run status "waiting"
    And current_step "escalate"
    And the approval of wait 2 is up to "head-of-purchasing@example.com"
    When I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": true}]}
      """
    Then status 409
    And the problem is "wrong_step"
    When I resume it with
      """
      {"approvals": [{"step_id": "escalate", "approved": true}]}
      """
    Then status 200
    And run status "completed"
    And the events are
      | type           | step          |
      | run.created    |               |
      | run.started    |               |
      | step.started   | vendor        |
      | step.completed | vendor        |
      | step.started   | privacy_check |
      | step.completed | privacy_check |
      | step.started   | approve       |
      | run.waiting    | approve       |
      | step.failed    | approve       |
      | step.started   | escalate      |
      | run.waiting    | escalate      |
      | run.resumed    | escalate      |
      | step.completed | escalate      |
      | step.started   | register      |
      | step.completed | register      |
      | run.completed  |               |
    And the context holds
      | runtime.steps.approve.error.code       | "wait_expired" |
      | runtime.steps.escalate.output.approved | true           |
    And the output is
      """
      {"company": "Acme", "supplier_id": 4712}
      """

  Scenario: There is no decision in time, and the head of purchasing rejects
    Given the seed workflow "vendor_onboarding", whose APIs are at "/vendor-late-no", with
      | expires_in_s: 259200 | expires_in_s: 0.2 |
    When I start it with
      """
      {
        "inputs": {
          "company": "Acme", "contact": "sales@acme.example", "website": "https://acme.example",
          "country": "DE", "contract_start": "2027-03-01", "yearly_volume": 25000,
          "personal_data": false
        }
      }
      """
    And there is no answer until the run is at "escalate"
    And I resume it with
      """
      {"approvals": [{"step_id": "escalate", "approved": false, "comment": "We have one."}]}
      """
    Then status 200
    And run status "failed"
    And the run failed at "escalate" with "approval_rejected"
    And the API at "/vendor-late-no/v1/suppliers" got 0 calls

  Scenario: There is no decision at all
    Given the seed workflow "vendor_onboarding", whose APIs are at "/vendor-silence", with
      | expires_in_s: 259200 | expires_in_s: 0.2 |
      | expires_in_s: 172800 | expires_in_s: 0.2 |
    When I start it with
      """
      {
        "inputs": {
          "company": "Acme", "contact": "sales@acme.example", "website": "https://acme.example",
          "country": "DE", "contract_start": "2027-03-01", "yearly_volume": 25000,
          "personal_data": false
        }
      }
      """
    And there is no answer until the run has ended
    Then run status "failed"
    And the run failed at "escalate" with "wait_expired"
    And the API at "/vendor-silence/v1/suppliers" got 0 calls

  Scenario: The ERP refuses
    Given the API at "/vendor-refused/v1/suppliers" answers
      | 409 |
    And the seed workflow "vendor_onboarding", whose APIs are at "/vendor-refused"
    When I start it with
      """
      {
        "inputs": {
          "company": "Acme", "contact": "sales@acme.example", "website": "https://acme.example",
          "country": "DE", "contract_start": "2027-03-01", "yearly_volume": 25000,
          "personal_data": false
        }
      }
      """
    And I resume it with
      """
      {"approvals": [{"step_id": "approve", "approved": true}]}
      """
    Then status 200
    And run status "failed"
    And the run failed at "register" with "http_error"
    And the API at "/vendor-refused/v1/suppliers" got 1 call
