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

  Scenario: A wrapper pasted as a JSON Schema is refused
    Given a YAML workflow
      """
      name: Wrapped
      start_step: judge
      inputs:
        - { key: topic, type: string, required: true }
        - { key: audience, type: string, required: true }
      steps:
        - id: judge
          type: ai_generate
          name: Judge
          config:
            template_id: content_v1
            variables: [topic, audience]
            json_schema:
              name: answer
              strict: true
              schema: { type: object, properties: { score: { type: integer } }, required: [score] }
      """
    When I POST it
    Then status 422
    And the errors point to
      | /steps/0/config/json_schema |

  Scenario: A misspelt keyword is stored with a warning
    Given a YAML workflow
      """
      name: Misspelt
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
              properties: { title: { type: string, maxlength: 60 } }
              required: [title]
      """
    When I POST it
    Then status 201
    And a warning suggests "maxLength"
