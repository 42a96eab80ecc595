Feature: Resume Tokens
  A token replaces a key, for one answer to one wait.

  Scenario: A form is answered with its token, once
    Given run is waiting on "form"
    And I take the token of the form
    When I resume it with the token and no key
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then status 200
    And the answer tells nothing but how far the run is
    And run status "waiting"
    And current_step "approval"
    When I resume it with the token and no key
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then status 409
    And the problem is "resume_token_used"
    And nothing has changed

  Scenario: An approval is decided with a token, as the approver it is for
    Given run is waiting on "approval"
    And I take the token of "dev-internal@example.com"
    When I resume it with the token and no key
      """
      {"approvals": [{"step_id": "approval", "approved": true}]}
      """
    Then status 200
    And run status "completed"
    And the context holds
      | runtime.steps.approval.output.decisions.0.by | "dev-internal@example.com" |

  Scenario: Ten callers with one token
    Given run is waiting on "form"
    And I take the token of the form
    When I resume it 10 times at once with the token and no key
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then one answer has status 200 and 9 have status 409
    And there is 1 event "run.resumed"

  Scenario: Wrong answers do not use it up
    Given run is waiting on "form"
    And I take the token of the form
    When I resume it with the token and no key
      """
      {"inputs": {"topic": ""}}
      """
    Then status 422
    And the problem is "invalid_inputs"
    And nothing has changed
    When I resume it with the token and no key
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then status 200

  Scenario: Neither a key nor a token
    Given run is waiting on "form"
    When I resume it without a key
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then status 401
    And the problem is "unauthorized"
    And nothing has changed

  Scenario: A token that was changed
    Given run is waiting on "form"
    And I take the token of the form
    And one character of it is another
    When I resume it with the token and no key
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then status 401
    And the problem is "unauthorized"
    And nothing has changed

  Scenario: A token of another run
    Given run is waiting on "form"
    And I take the token of the form
    When I start it
    And I resume it with the token and no key
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then status 401
    And the problem is "unauthorized"
    And nothing has changed

  Scenario: A token of a run that was canceled
    Given run is waiting on "form"
    And I take the token of the form
    When I cancel it
    And I resume it with the token and no key
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then status 409
    And the problem is "run_not_waiting"
    And nothing has changed

  Scenario: A token of a wait that has expired
    Given the workflow
      """
      id: short_wait
      name: Short wait
      start_step: ask
      steps:
        - id: ask
          type: form
          name: Ask
          config: { fields: [{ key: topic, type: string, required: true }], expires_in_s: 0.5 }
      """
    When I start it
    And I take the token of the form
    And the run has the event "step.failed"
    And I resume it with the token and no key
      """
      {"inputs": {"topic": "Launch"}}
      """
    Then status 409
    And the problem is "resume_token_expired"

  Scenario: People see their own token, keys see all, and others none
    Given the workflow
      """
      id: two_signatures
      name: Two signatures
      start_step: sign
      steps:
        - id: sign
          type: approval
          name: Sign
          config: { approvers: [ann@example.com, bob@example.com], quorum: 2 }
      """
    When I start it
    And I look at it
    Then it shows the tokens of "ann@example.com, bob@example.com"
    When I act as "bob@example.com" with the scopes "runs:read approvals:decide"
    And I look at it
    Then it shows the tokens of "bob@example.com"
    When I act as "bob@example.com" with the scopes "runs:read"
    And I look at it
    Then it shows no tokens
