Feature: Inference
  Scenario: An answer that fits the schema
    When I ask the model with
      """
      {
        "template_id": "email_v1",
        "variables": {"topic": "Tea"},
        "json_schema": {
          "type": "object",
          "properties": {"subject": {"type": "string"}, "body": {"type": "string"}},
          "required": ["subject", "body"]
        }
      }
      """
    Then status 200
    And the answer holds
      """
      {
        "output": {"subject": "Test Subject", "body": "Hello World"},
        "provider": "mock", "template_id": "email_v1", "template_version": 1, "retry_count": 0
      }
      """

  Scenario: An answer that never fits
    When I ask the model with
      """
      {
        "template_id": "email_v1",
        "variables": {},
        "mock": {"mode": "schema_violation"},
        "json_schema": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
      }
      """
    Then status 422
    And the problem is "ai_schema_violation"
