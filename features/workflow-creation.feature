Feature: Workflow Creation
  Scenario: Create valid workflow
    Given a valid YAML workflow
    When I POST it to /v1/workflows
    Then status 201
    And body includes id, version

  Scenario: Reject invalid workflow
    Given a YAML missing start_step
    When I POST it
    Then status 422
    And error mentions "start_step"
