Feature: Conditional
  Scenario Outline: <amount> goes to <step>
    Given the workflow
      """
      id: conditional_<amount>
      name: Conditional
      start_step: ask
      steps:
        - id: ask
          type: form
          name: Ask
          next: decide
          config: { fields: [{ key: amount, type: number, required: true }] }
        - id: decide
          type: conditional
          name: Decide
          config: { when: "amount > 100", then: manager, else: clerk }
        - id: manager
          type: approval
          name: Manager
          config: { approvers: [manager@example.com] }
        - id: clerk
          type: approval
          name: Clerk
          config: { approvers: [clerk@example.com] }
      """
    When I start it
    And I resume it with
      """
      {"inputs": {"amount": <amount>}}
      """
    Then run status "waiting"
    And current_step "<step>"
    And the context holds
      | runtime.steps.decide.output.result | <result> |
    And the steps are
      | step   | type        | status    | attempt |
      | ask    | form        | completed | 1       |
      | decide | conditional | completed | 1       |
      | <step> | approval    | waiting   | 1       |

    Examples:
      | amount | step    | result |
      | 101    | manager | true   |
      | 100    | clerk   | false  |

  Scenario: The end of one branch is the end of the run
    Given the workflow
      """
      id: conditional_end
      name: Conditional end
      start_step: decide
      steps:
        - id: decide
          type: conditional
          name: Decide
          config: { when: "'urgent' in labels", then: ask, else: null }
        - id: ask
          type: form
          name: Ask
          config: { fields: [{ key: topic, type: string, required: true }] }
      """
    When I start it with
      """
      {"inputs": {"labels": ["later", "small"]}}
      """
    Then run status "completed"

  Scenario: An expression that cannot be evaluated
    Given the workflow
      """
      id: conditional_error
      name: Conditional error
      start_step: decide
      steps:
        - id: decide
          type: conditional
          name: Decide
          config: { when: "amount / 0 > 1", then: ask, else: null }
        - id: ask
          type: form
          name: Ask
          config: { fields: [{ key: topic, type: string, required: true }] }
      """
    When I start it with
      """
      {"inputs": {"amount": 1}}
      """
    Then run status "failed"
    And the run failed at "decide" with "expression_error"
