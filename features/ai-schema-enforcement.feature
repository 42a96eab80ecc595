Feature: AI Schema Enforcement
  Scenario: AI returns invalid
    Given ai_generate expects {subject, body}
    And provider returns only body
    When executed
    Then retried up to 2
    And if still invalid run fails
