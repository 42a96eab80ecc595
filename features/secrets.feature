Feature: Secrets
  Scenario: A call with a secret
    Given the secret "API_TOKEN" is "t0ken-of-the-api"
    And the API at "/secret" answers
      | 200 | {"seen": "t0ken-of-the-api", "id": 7} |
    And the workflow
      """
      id: secret_call
      name: Secret call
      start_step: call
      output: { seen: steps.call.output.body.seen, id: steps.call.output.body.id }
      steps:
        - id: call
          type: api_call
          name: Call
          config:
            url: http://fake-api/secret
            method: POST
            headers: { Authorization: "Bearer {{secrets.API_TOKEN}}" }
            body: { token: "{{secrets.API_TOKEN}}" }
      """
    When I start it
    Then run status "completed"
    And the API at "/secret" got 1 call
    And the call had the header "authorization" "Bearer t0ken-of-the-api"
    And the call was a "POST" with the body
      """
      {"token": "t0ken-of-the-api"}
      """
    And the output is
      """
      {"seen": "[REDACTED]", "id": 7}
      """
    And nothing that can be read holds "t0ken-of-the-api"

  Scenario: A secret that is not there
    Given the workflow
      """
      id: secret_missing
      name: Secret missing
      start_step: call
      steps:
        - id: call
          type: api_call
          name: Call
          config:
            url: http://fake-api/never
            method: GET
            headers: { Authorization: "Bearer {{secrets.NOBODY_STORED_THIS}}" }
      """
    When I start it
    Then run status "failed"
    And the run failed at "call" with "secret_missing"
    And the API at "/never" got 0 calls

  Scenario: A secret that was changed while the run waited
    Given the secret "CHANGED_TOKEN" is "the-first-one"
    And the workflow
      """
      id: secret_changed
      name: Secret changed
      start_step: ask
      steps:
        - id: ask
          type: form
          name: Ask
          next: call
          config: { fields: [{ key: topic, type: string, required: true }] }
        - id: call
          type: api_call
          name: Call
          config:
            url: http://fake-api/changed
            method: GET
            headers: { X-Token: "{{secrets.CHANGED_TOKEN}}" }
      """
    When I start it
    And the secret "CHANGED_TOKEN" is "the-second-one"
    And I resume it with
      """
      {"inputs": {"topic": "Launch"}}
      """
    Then run status "completed"
    And the API at "/changed" got 1 call
    And the call had the header "x-token" "the-second-one"
    And the secret "CHANGED_TOKEN" has version 2
