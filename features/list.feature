Feature: List of Runs
  Scenario: A run is found by its tag and status
    Given a valid YAML workflow
    When I POST it to /v1/workflows
    And I start it with
      """
      {"run_opts": {"tags": ["found-by-tag"]}}
      """
    And I list the runs with "tag=found-by-tag" until it is among them
    Then status 200
    And the list has 1 run, all "waiting"
    When I cancel it
    And I list the runs with "tag=found-by-tag&status=canceled" until it is among them
    Then the list has 1 run, all "canceled"
