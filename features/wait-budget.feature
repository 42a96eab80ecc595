Feature: Wait Budget
  Scenario: Respond before the run settles
    Given the API at "/budget-async" answers
      | hold |
    And the workflow
      """
      id: budget_async
      name: Budget async
      start_step: call
      output: { status: steps.call.output.status }
      steps:
        - id: call
          type: api_call
          name: Call
          config: { url: http://fake-api/budget-async, method: GET }
      """
    And the header "Prefer: respond-async"
    When I start it
    Then status 202
    And run status "running"
    And current_step "call"
    And the applied preference is "respond-async"
    When the API at "/budget-async" has got 1 call
    And the API at "/budget-async" answers what it held
    Then the run completes anyway
    And the output is
      """
      {"status": 200}
      """

  Scenario: Wait no longer than asked
    Given the API at "/budget-wait" answers
      | hold |
    And the workflow
      """
      id: budget_wait
      name: Budget wait
      start_step: call
      steps:
        - id: call
          type: api_call
          name: Call
          config: { url: http://fake-api/budget-wait, method: GET }
      """
    And the header "Prefer: wait=1"
    When I start it
    Then status 202
    And run status "running"
    And the applied preference is "wait=1"
    And the answer took between 900 and 5000 ms
    When the API at "/budget-wait" answers what it held
    Then the run completes anyway

  Scenario: A resume that does not wait
    Given the API at "/budget-resume" answers
      | hold |
    And the workflow
      """
      id: budget_resume
      name: Budget resume
      start_step: ask
      steps:
        - id: ask
          type: form
          name: Ask
          next: call
          config: { fields: [{ key: topic, type: string, required: true }] }
        - id: call
          type: api_call
          name: Call
          config: { url: http://fake-api/budget-resume, method: GET }
      """
    When I start it
    Given the header "Prefer: respond-async"
    When I resume it with
      """
      {"inputs": {"topic": "Launch"}}
      """
    Then status 200
    And run status "running"
    And current_step "call"
    When the API at "/budget-resume" has got 1 call
    And the API at "/budget-resume" answers what it held
    Then the run completes anyway
