Feature: Cancel
  Scenario: Cancel a run that waits
    Given run is waiting on "form"
    When I cancel it with
      """
      {"reason": "Not needed"}
      """
    Then status 200
    And run status "canceled"
    And there is no current_step
    And it waits for nothing
    And the last event is "run.canceled"
    When I resume it with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then status 409
    And the problem is "run_not_waiting"
    And nothing has changed

  Scenario: Cancel again
    Given run is waiting on "form"
    When I cancel it
    And I cancel it again
    Then status 200
    And both cancels have the same answer
    And the last event is "run.canceled"
    And there is 1 event "run.canceled"

  Scenario: Cancel after completed
    Given run is waiting on "approval"
    When I resume it with
      """
      {"approvals": [{"step_id": "approval", "approved": true}]}
      """
    Then run status "completed"
    When I cancel it
    Then status 409
    And the problem is "run_already_ended"
    And nothing has changed

  Scenario: Cancel after failed
    Given run is waiting on "approval"
    When I resume it with
      """
      {"approvals": [{"step_id": "approval", "approved": false}]}
      """
    Then run status "failed"
    And the run failed at "approval" with "approval_rejected"
    When I cancel it
    Then status 409
    And the problem is "run_already_ended"
    And nothing has changed

  Scenario: After cancel no step starts
    Given the API at "/fence-slow" answers
      | hold |
    And the workflow
      """
      id: cancel_fence
      name: Cancel fence
      start_step: slow
      steps:
        - id: slow
          type: api_call
          name: Slow
          next: second
          config: { url: http://fake-api/fence-slow, method: GET }
        - id: second
          type: api_call
          name: Second
          config: { url: http://fake-api/fence-second, method: GET }
      """
    And the header "Prefer: respond-async"
    When I start it
    Then run status "running"
    And current_step "slow"
    When the API at "/fence-slow" has got 1 call
    And I cancel it
    Then run status "canceled"
    When the API at "/fence-slow" answers what it held
    And the run is evicted
    Then run status "canceled"
    And the API at "/fence-second" got 0 calls
    And nothing but "step.late" follows "run.canceled"

  Scenario: After cancel no retry is made
    Given the API at "/fence-retry" answers
      | 503 |
    And the workflow
      """
      id: cancel_retry
      name: Cancel retry
      start_step: call
      steps:
        - id: call
          type: api_call
          name: Call
          retry: { initial_delay_ms: 300, jitter: false }
          config: { url: http://fake-api/fence-retry, method: GET }
      """
    And the header "Prefer: respond-async"
    When I start it
    And the API at "/fence-retry" has got 1 call
    And the run has the event "step.retrying"
    And I cancel it
    # Twice as long as the retry would have waited: that it does not come has no other sign.
    And 600 ms pass
    Then run status "canceled"
    And the API at "/fence-retry" got 1 call
    And the last event is "run.canceled"

  Scenario: What was under way at the cancel is recorded
    Given the API at "/fence-late" answers
      | hold |
    And the workflow
      """
      id: cancel_late
      name: Cancel late
      start_step: pay
      steps:
        - id: pay
          type: api_call
          name: Pay
          config: { url: http://fake-api/fence-late, method: POST }
      """
    And the header "Prefer: respond-async"
    When I start it
    And the API at "/fence-late" has got 1 call
    And I cancel it
    Then run status "canceled"
    When the API at "/fence-late" answers what it held
    And the run has the event "step.late"
    Then the last event is "step.late"
    And nothing but "step.late" follows "run.canceled"
    And there is 1 event "step.late"
    And run status "canceled"
    And the API at "/fence-late" got 1 call
