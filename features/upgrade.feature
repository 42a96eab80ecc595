Feature: Upgrading from format 0.1
  Scenario: A workflow of format 0.1 is refused with the command that upgrades it
    Given a YAML of format 0.1
    When I POST it
    Then status 422
    And the only error names "workflow upgrade --from 0.1 --to 0.2 --in FILE --out FILE"

  Scenario: What the command makes of it goes into service and runs to its end
    Given a YAML of format 0.1
    When I upgrade it with the command that the service names
    And I POST it
    Then status 201
    When I start it
    Then run status "waiting"
    And current_step "collect"
    When I resume it with
      """
      { "inputs": { "topic": "Launch" } }
      """
    Then run status "waiting"
    And current_step "approve"

  Scenario: A workflow of a later major version is refused by name
    Given a valid YAML workflow
    When I say that its schema_version is "1.0.0"
    And I POST it
    Then status 422
    And the only error names "1.0.0"

  Scenario: A workflow of a later minor version is read as far as it is known
    Given a valid YAML workflow
    When I say that its schema_version is "0.9.0"
    And I validate it
    Then status 200
    And the only finding is the warning "schema_version_newer"
