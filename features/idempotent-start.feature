Feature: Idempotent Start
  Scenario: The same key with another body
    When I start "content_draft_flow" with
      """
      {"inputs": {"topic": "Launch"}, "run_opts": {"idempotency_key": "other-body"}}
      """
    Then status 202
    When I try to start "content_draft_flow" with
      """
      {"inputs": {"topic": "Party"}, "run_opts": {"idempotency_key": "other-body"}}
      """
    Then status 422
    And the problem is "idempotency_key_reused"
    And nothing has changed
    And only one run has the key "other-body"

  Scenario: Header and body name different keys
    Given the header "Idempotency-Key: in-the-header"
    When I try to start "content_draft_flow" with
      """
      {"run_opts": {"idempotency_key": "in-the-body"}}
      """
    Then status 422
    And the problem is "idempotency_key_mismatch"
    And no run was created

  Scenario: Header and body name the same key
    Given the header "Idempotency-Key: in-both"
    When I start "content_draft_flow" with
      """
      {"run_opts": {"idempotency_key": "in-both"}}
      """
    Then status 202
    And the run has the key "in-both"

  Scenario: The key of the header and the key of the body are the same key
    When I start "content_draft_flow" with
      """
      {"run_opts": {"idempotency_key": "either-place"}}
      """
    Given the header "Idempotency-Key: either-place"
    When I start "content_draft_flow" with
      """
      {}
      """
    Then status 202
    And it is a replay
    And both return same run_id

  Scenario: Many starts with one key at the same moment
    When I start "content_draft_flow" 8 times at once with
      """
      {"run_opts": {"idempotency_key": "at-once"}}
      """
    Then all answers have status 202 and the same run_id
    And only one run has the key "at-once"

  Scenario: A replay returns the present state of the run
    When I start "content_draft_flow" with
      """
      {"run_opts": {"idempotency_key": "present-state"}}
      """
    And I resume it with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    And I start "content_draft_flow" with
      """
      {"run_opts": {"idempotency_key": "present-state"}}
      """
    Then status 202
    And it is a replay
    And run status "waiting"
    And current_step "approval"

  Scenario: Two callers may use the same key
    When I start "content_draft_flow" with
      """
      {"run_opts": {"idempotency_key": "shared"}}
      """
    And I act with another key
    And I start "content_draft_flow" with
      """
      {"run_opts": {"idempotency_key": "shared"}}
      """
    Then status 202
    And it is not a replay
    And both return different run_ids

  Scenario: A refused start uses up no key
    When I try to start "not_yet_there" with
      """
      {"run_opts": {"idempotency_key": "refused-first"}}
      """
    Then status 404
    And no run was created
    Given the workflow
      """
      id: not_yet_there
      name: Not yet there
      start_step: ask
      steps:
        - id: ask
          type: form
          name: Ask
          config: { fields: [{ key: topic, type: string, required: true }] }
      """
    When I start it with
      """
      {"inputs": {}, "run_opts": {"idempotency_key": "refused-first", "tags": ["later"]}}
      """
    Then status 202
    And run status "waiting"
    And it is not a replay
