Feature: Resume
  Scenario: A run that is not waiting
    Given run is waiting on "approval"
    And I resume it with
      """
      {"approvals": [{"step_id": "approval", "approved": true}]}
      """
    Then run status "completed"
    When I resume it with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then status 409
    And the problem is "run_not_waiting"
    And nothing has changed

  Scenario: Approvals for another step
    Given run is waiting on "approval"
    When I resume it with
      """
      {"approvals": [{"step_id": "form", "approved": true}]}
      """
    Then status 409
    And the problem is "wrong_step"
    And nothing has changed

  Scenario: Approvals where a form waits
    Given run is waiting on "form"
    When I resume it with
      """
      {"approvals": [{"step_id": "form", "approved": true}]}
      """
    Then status 409
    And the problem is "wrong_wait_type"
    And nothing has changed

  Scenario: Inputs where an approval waits
    Given run is waiting on "approval"
    When I resume it with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then status 409
    And the problem is "wrong_wait_type"
    And nothing has changed

  Scenario: A late double submit never answers the next form
    Given the workflow
      """
      id: two_forms
      name: Two forms
      start_step: first
      steps:
        - id: first
          type: form
          name: First
          next: second
          config: { fields: [{ key: sure, type: boolean, required: true }] }
        - id: second
          type: form
          name: Second
          config: { fields: [{ key: really, type: boolean, required: true }] }
      """
    When I start it
    And I resume it with
      """
      {"inputs": {"sure": true}, "wait_number": 1}
      """
    Then run status "waiting"
    And current_step "second"
    When I resume it with
      """
      {"inputs": {"sure": true}, "wait_number": 1}
      """
    Then status 409
    And the problem is "stale_wait"
    And nothing has changed
    When I resume it with
      """
      {"inputs": {"really": false}, "wait_number": 2}
      """
    Then status 200
    And run status "completed"

  Scenario: A form is asked although an earlier one had a field of the same name
    Given the workflow
      """
      id: same_field
      name: Same field
      start_step: draft
      steps:
        - id: draft
          type: form
          name: Draft
          next: review
          config: { fields: [{ key: comment, type: text, required: true }] }
        - id: review
          type: form
          name: Review
          config: { fields: [{ key: comment, type: text, required: true }] }
      """
    When I start it
    And I resume it with
      """
      {"inputs": {"comment": "From the author"}}
      """
    Then run status "waiting"
    And current_step "review"

  Scenario: Wrong inputs
    Given the workflow
      """
      id: wrong_inputs
      name: Wrong inputs
      start_step: ask
      steps:
        - id: ask
          type: form
          name: Ask
          config:
            fields:
              - { key: name, type: string, required: true }
              - { key: age, type: integer, required: true, min: 18 }
              - { key: mail, type: email, required: true }
              - { key: size, type: select, required: true, options: [S, M, L] }
              - { key: code, type: string, required: false, pattern: "[A-Z]{3}" }
              - { key: note, type: text, required: false }
      """
    When I start it
    And I resume it with
      """
      {"inputs": {"age": 17, "mail": "nobody", "size": "XL", "code": "abc", "note": "fine", "extra": 1}}
      """
    Then status 422
    And the problem is "invalid_inputs"
    And the errors point to
      | /inputs/name  |
      | /inputs/age   |
      | /inputs/mail  |
      | /inputs/size  |
      | /inputs/code  |
      | /inputs/extra |
    And nothing has changed
    And run status "waiting"
    And the form of wait 1 asks for "name, age, mail, size, code, note"
    When I resume it with
      """
      {"inputs": {"name": "Ann", "age": 18, "mail": "ann@example.com", "size": "M", "code": "ABC"}}
      """
    Then status 200
    And run status "completed"

  Scenario Outline: <what>
    Given run is waiting on "form"
    When I resume it with
      """
      <body>
      """
    Then status 422
    And the problem is "validation_failed"
    And nothing has changed

    Examples:
      | what                            | body                                                                      |
      | Neither inputs nor approvals    | {}                                                                        |
      | Only a wait number              | {"wait_number": 1}                                                        |
      | Both inputs and approvals       | {"inputs": {"a": 1}, "approvals": [{"step_id": "form", "approved": true}]} |
      | Approvals without any | {"approvals": []}                                                         |
      | A misspelt key                  | {"input": {"topic": "Launch"}}                                            |

  Scenario: Two people answer the same form at the same moment
    Given run is waiting on "form"
    When I resume it 5 times at once with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}, "wait_number": 1}
      """
    Then one answer has status 200 and 4 have status 409
    And there is 1 event "run.resumed"
