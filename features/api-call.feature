Feature: API Call
  Scenario: A call that succeeds
    Given the API at "/orders/a%2Fb?note=x%20%26%20y" answers
      | 201 | {"id": 7} |
    And the workflow
      """
      id: api_success
      name: API success
      start_step: order
      output: { id: steps.order.output.body.id, status: steps.order.output.status }
      steps:
        - id: order
          type: api_call
          name: Order
          config:
            url: http://fake-api/orders/{{customer}}?note={{note}}
            method: POST
            headers: { X-Customer: "{{customer}}" }
            body: { item: "{{item}}", count: "{{count}}", text: "{{count}} of {{item}}" }
      """
    When I start it with
      """
      {"inputs": {"customer": "a/b", "note": "x & y", "item": "Pen", "count": 3}}
      """
    Then run status "completed"
    And the output is
      """
      {"id": 7, "status": 201}
      """
    And the API at "/orders/a%2Fb?note=x%20%26%20y" got 1 call
    And the call was a "POST" with the body
      """
      {"item": "Pen", "count": 3, "text": "3 of Pen"}
      """
    And the call had the header "x-customer" "a/b"
    And the attempts were "1"

  Scenario: Not available, then available
    Given the API at "/flaky" answers
      | 503 |                |
      | 200 | {"ok": "yes"} |
    And the workflow
      """
      id: api_retry
      name: API retry
      start_step: call
      output: { ok: steps.call.output.body.ok }
      steps:
        - id: call
          type: api_call
          name: Call
          retry: { initial_delay_ms: 10 }
          config: { url: http://fake-api/flaky, method: POST }
      """
    When I start it
    Then run status "completed"
    And the output is
      """
      {"ok": "yes"}
      """
    And the API at "/flaky" got 2 calls
    And all calls had the same Idempotency-Key
    And the attempts were "1, 2"
    And there is 1 event "step.retrying"
    And the steps are
      | step | type     | status    | attempt |
      | call | api_call | completed | 2       |

  Scenario: Every run has an Idempotency-Key of its own
    Given the workflow
      """
      id: api_keys
      name: API keys
      start_step: first
      steps:
        - id: first
          type: api_call
          name: First
          next: second
          config: { url: http://fake-api/keys, method: POST }
        - id: second
          type: api_call
          name: Second
          config: { url: http://fake-api/keys, method: POST }
      """
    When I start it
    And I start it
    Then run status "completed"
    And the API at "/keys" got 4 calls
    And all calls had different Idempotency-Keys

  Scenario: A POST that failed is not repeated
    Given the API at "/broken" answers
      | 500 |
    And the workflow
      """
      id: api_broken
      name: API broken
      start_step: call
      steps:
        - id: call
          type: api_call
          name: Call
          retry: { initial_delay_ms: 10 }
          config: { url: http://fake-api/broken, method: POST }
      """
    When I start it
    Then run status "failed"
    And the run failed at "call" with "http_error"
    And the API at "/broken" got 1 call
    And there is 0 events "step.retrying"

  Scenario: A POST that the API can tell apart is repeated
    Given the API at "/repeatable" answers
      | 500 |
      | 502 |
      | 200 |
    And the workflow
      """
      id: api_repeatable
      name: API repeatable
      start_step: call
      steps:
        - id: call
          type: api_call
          name: Call
          retry: { initial_delay_ms: 10 }
          config: { url: http://fake-api/repeatable, method: POST, idempotent: true }
      """
    When I start it
    Then run status "completed"
    And the API at "/repeatable" got 3 calls
    And all calls had the same Idempotency-Key
    And the attempts were "1, 2, 3"

  Scenario: A GET is given up after its last attempt
    Given the API at "/down" answers
      | 500 |
    And the workflow
      """
      id: api_down
      name: API down
      start_step: call
      steps:
        - id: call
          type: api_call
          name: Call
          retry: { max_attempts: 2, initial_delay_ms: 10 }
          config: { url: http://fake-api/down, method: GET }
      """
    When I start it
    Then run status "failed"
    And the run failed at "call" with "http_error"
    And the API at "/down" got 2 calls

  Scenario: Another status is an answer when the workflow expects it
    Given the API at "/missing" answers
      | 404 | {"found": false} |
    And the workflow
      """
      id: api_expected
      name: API expected
      start_step: call
      output: { status: steps.call.output.status, found: steps.call.output.body.found }
      steps:
        - id: call
          type: api_call
          name: Call
          config: { url: http://fake-api/missing, method: GET, expect_status: [200, 404] }
      """
    When I start it
    Then run status "completed"
    And the output is
      """
      {"status": 404, "found": false}
      """

  Scenario: A failure goes where on_error says
    Given the API at "/refused" answers
      | 403 |
    And the workflow
      """
      id: api_on_error
      name: API on error
      start_step: call
      steps:
        - id: call
          type: api_call
          name: Call
          on_error: repair
          config: { url: http://fake-api/refused, method: GET }
        - id: repair
          type: form
          name: Repair
          config: { fields: [{ key: what, type: text, required: true }] }
      """
    When I start it
    Then run status "waiting"
    And current_step "repair"
    And the context holds
      | runtime.steps.call.error.code | "http_error" |
    And the API at "/refused" got 1 call

  Scenario: What the server said reaches people and the next step
    Given the API at "/refund" answers
      | 422 | {"error": "order already refunded", "order": 7615917337495251231} |
    And the workflow
      """
      id: api_refund
      name: API refund
      start_step: refund
      steps:
        - id: refund
          type: api_call
          name: Refund
          on_error: known
          config: { url: http://fake-api/refund, method: POST }
        - id: known
          type: conditional
          name: Known?
          config:
            when: steps.refund.error.http_status == 422 and steps.refund.error.body.error == "order already refunded"
            then: note
            else: null
        - id: note
          type: api_call
          name: Note
          config:
            url: http://fake-api/notes/{{steps.refund.error.body.order}}
            method: POST
            body_form: { why: "{{steps.refund.error.message}}", tags: [refund, "a&b"] }
      """
    When I start it
    Then run status "completed"
    And the context holds
      | runtime.steps.refund.error.http_status | 422                                                       |
      | runtime.steps.refund.error.message     | "The server answered 422: order already refunded."      |
      | runtime.steps.refund.error.body.order  | "7615917337495251231"                                    |
    And the API at "/notes/7615917337495251231" got 1 call
    And the call had the header "content-type" "application/x-www-form-urlencoded"
    And the call carried "tags=refund&tags=a%26b&why=The%20server%20answered%20422%3A%20order%20already%20refunded."

  @local-copy
  Scenario: A POST that is redirected is not taken for done
    Given the API at "/moved" redirects to "/elsewhere?token=t"
    And the workflow
      """
      id: api_moved
      name: API moved
      start_step: call
      steps:
        - id: call
          type: api_call
          name: Call
          config: { url: http://fake-api/moved, method: POST, body: { amount: 5 } }
      """
    When I start it
    Then run status "failed"
    And the run failed at "call" with "http_error"
    And the API at "/moved" got 1 call
    And the API at "/elsewhere?token=t" got 0 calls

  Scenario: A POST without an answer is not repeated
    Given the API at "/silent" answers
      | hold |
    And the workflow
      """
      id: api_silent
      name: API silent
      start_step: call
      steps:
        - id: call
          type: api_call
          name: Call
          retry: { initial_delay_ms: 10 }
          config: { url: http://fake-api/silent, method: POST, timeout_s: 0.2 }
      """
    When I start it
    Then run status "failed"
    And the run failed at "call" with "outcome_unknown"
    And the API at "/silent" got 1 call

  Scenario: A GET without an answer is repeated
    Given the API at "/slow" answers
      | hold |               |
      | 200  | {"ok": "yes"} |
    And the workflow
      """
      id: api_slow
      name: API slow
      start_step: call
      steps:
        - id: call
          type: api_call
          name: Call
          retry: { initial_delay_ms: 10 }
          config: { url: http://fake-api/slow, method: GET, timeout_s: 0.2 }
      """
    When I start it
    Then run status "completed"
    And the API at "/slow" got 2 calls
    And the attempts were "1, 2"

  @local-copy
  Scenario: A redirect leads to no host that is not allowed
    Given the API at "/away" redirects to "http://127.0.0.1:9/private"
    And the workflow
      """
      id: api_redirect
      name: API redirect
      start_step: call
      steps:
        - id: call
          type: api_call
          name: Call
          config: { url: http://fake-api/away, method: GET }
      """
    When I start it
    Then run status "failed"
    And the run failed at "call" with "egress_refused"
    And the API at "/away" got 1 call

  Scenario: A host that is not allowed is found when the workflow is saved
    Given a YAML that calls "http://127.0.0.1:9/private"
    When I POST it
    Then status 422
    And the problem is "invalid_workflow"
    And the errors point to
      | /steps/0/config/url |

  @local-copy
  Scenario: A connection that a POST lost
    Given the API at "/dropped" answers
      | drop |
    And the workflow
      """
      id: api_dropped
      name: API dropped
      start_step: call
      steps:
        - id: call
          type: api_call
          name: Call
          retry: { initial_delay_ms: 10 }
          config: { url: http://fake-api/dropped, method: POST }
      """
    When I start it
    Then run status "failed"
    And the run failed at "call" with "outcome_unknown"
    And the API at "/dropped" got 1 call
    And there is 0 events "step.retrying"

  @local-copy
  Scenario: A connection that a GET lost
    Given the API at "/dropped-get" answers
      | drop |               |
      | 200  | {"ok": "yes"} |
    And the workflow
      """
      id: api_dropped_get
      name: API dropped GET
      start_step: call
      steps:
        - id: call
          type: api_call
          name: Call
          retry: { initial_delay_ms: 10 }
          config: { url: http://fake-api/dropped-get, method: GET }
      """
    When I start it
    Then run status "completed"
    And the API at "/dropped-get" got 2 calls
    And all calls had the same Idempotency-Key
    And the attempts were "1, 2"
