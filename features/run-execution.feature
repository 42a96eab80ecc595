Feature: Run Execution
  Scenario: Start to waiting on form
    When I POST /v1/executions
    Then status 202
    And run status "waiting"
    And current_step "form"

  Scenario: Resume with inputs to approval
    Given run is waiting on "form"
    When I POST /v1/executions/{run}/resume with inputs
    Then run status "waiting"
    And current_step "approval"
