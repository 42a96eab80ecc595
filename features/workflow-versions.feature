Feature: Workflow Versions
  Scenario: The same definition again changes nothing
    Given a valid YAML workflow
    When I POST it to /v1/workflows
    Then status 201
    And version 1
    When I POST it
    Then status 200
    And version 1
    When I PUT it
    Then status 200
    And version 1
    And the versions are "1"

  Scenario: Another definition under the same id
    Given a valid YAML workflow
    When I POST it
    And I change its name to "Another name"
    And I POST it
    Then status 409
    And the problem is "workflow_exists"
    And the versions are "1"
    When I PUT it
    Then status 200
    And version 2
    And the versions are "2, 1"

  Scenario: A run keeps the version it started with
    Given a valid YAML workflow
    When I POST it
    And I start it
    And I change its approver to "boss@example.com"
    And I PUT it
    Then version 2
    When I resume it with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then the run has version 1
    And the approval of wait 2 is up to "dev-internal@example.com"
    When I start it with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then the run has version 2
    And the approval of wait 1 is up to "boss@example.com"
    When I start it with
      """
      {"workflow_version": 1, "inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then the run has version 1

  Scenario: A hidden workflow starts no runs, and nothing of it is lost
    Given a valid YAML workflow
    When I POST it
    And I start it
    And I DELETE it
    Then status 204
    When I GET it
    Then status 404
    And the problem is "workflow_not_found"
    When I DELETE it
    Then status 404
    When I try to start it
    Then status 404
    And the problem is "workflow_not_found"
    And the versions are "1"
    And version 1 can still be read
    When I resume it with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then status 200
    And run status "waiting"
    And current_step "approve"
    When I POST it
    Then status 201
    And version 2
    And the versions are "2, 1"

  Scenario: Someone else changed it first
    Given a valid YAML workflow
    When I POST it
    And I remember its ETag
    And I change its name to "First"
    And I PUT it if the ETag still matches
    Then status 200
    And version 2
    When I change its name to "Second"
    And I PUT it if the ETag still matches
    Then status 412
    And the problem is "precondition_failed"
    And the versions are "2, 1"

  Scenario: The order of a JSON Schema is part of the definition
    Given a YAML workflow
      """
      name: Reason first
      start_step: judge
      steps:
        - id: judge
          type: ai_generate
          name: Judge
          config:
            template_id: content_v1
            variables: [topic, audience]
            json_schema:
              type: object
              properties:
                steps: { type: string }
                final_answer: { type: string }
              required: [steps, final_answer]
      """
    When I POST it
    Then status 201
    And the properties of the schema are "steps, final_answer"
    Given its properties are in another order
    When I POST it
    Then status 409
    When I PUT it
    Then version 2
    And the properties of the schema are "final_answer, steps"
