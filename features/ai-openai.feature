Feature: AI on a real provider
  The service asks a server that speaks Chat Completions, and answers as the model server does.

  @openai
  Scenario: A draft, with its cost
    Given the model answers
      """
      {"draft": "Tea for SMBs"}
      """
    And I start "content_draft_flow" with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then the run comes to wait at "approval"
    And the output of the step "generate" is
      """
      {"draft": "Tea for SMBs"}
      """
    And the model was asked 1 time
    And every call was in strict mode
    And the run and the step "generate" took 1 call and cost 0.000165 USD

  @openai
  Scenario: A model whose answer does not fit gets the errors
    Given the model answers
      """
      {"text": "Tea for SMBs"}
      """
    And then it answers
      """
      {"draft": "Tea for SMBs"}
      """
    When I start "content_draft_flow" with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then the run comes to wait at "approval"
    And the retry was for "schema" because of "ai_schema_violation"
    And the last message to the model says
      """
      Your last answer was not accepted:
      - The answer lacks the required property "draft".
      - /text is not allowed here.
      Answer again, with one JSON value that fits and nothing else.
      """
    And the run and the step "generate" took 2 calls and cost 0.00033 USD

  @openai
  Scenario: An answer among thinking and words is read without another call
    Given the model says
      """
      <think>A draft with words around it.</think>
      Here it is: {"draft": "Tea for SMBs"}
      """
    When I start "content_draft_flow" with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then the run comes to wait at "approval"
    And the output of the step "generate" is
      """
      {"draft": "Tea for SMBs"}
      """
    And the model was asked 1 time

  @openai
  Scenario: Too many requests pass, and the wait that was asked for is kept
    Given the model server answers 429 with Retry-After 1
    And then it answers
      """
      {"draft": "Tea for SMBs"}
      """
    When I start "content_draft_flow" with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then the run comes to wait at "approval"
    And the retry was for "transport" because of "ai_rate_limited"
    And the retry waited at least 1000 ms
    And the run and the step "generate" took 2 calls and cost 0.000165 USD

  @openai
  Scenario: A model that refuses
    Given the model refuses
    When I start "content_draft_flow" with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then the run comes to its end
    And the run failed at "generate" with "ai_refused"
    And the error says "The model refused to answer."
    And there is 0 events "step.retrying"
    And the model was asked 1 time

  @local-copy
  Scenario: A connection that is lost is made again, and what it cost is not known
    Given the model server drops the connection
    And then it answers
      """
      {"draft": "Tea for SMBs"}
      """
    When I start "content_draft_flow" with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    Then the run comes to wait at "approval"
    And the retry was for "transport" because of "ai_provider_error"
    And the cost of the run is not known beyond 0.000165 USD
