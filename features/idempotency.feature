Feature: Idempotency
  Scenario: Replay with same key
    When I POST /v1/executions with key=abc123 twice
    Then both return same run_id
    And only one run created
