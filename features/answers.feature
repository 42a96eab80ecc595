Feature: Answers that are missing, null or empty
  What is not said leaves what is known; null says that there is nothing; empty text is a text.

  Background:
    Given the workflow
      """
      id: contact_again
      name: Contact again
      start_step: ask
      output: { note: note, budget: inputs.budget }
      steps:
        - id: ask
          type: form
          name: Ask
          next: again
          config:
            fields:
              - { key: topic, type: string, required: true }
              - { key: note, type: text, required: false, default: usual }
              - { key: budget, type: number, required: false }
              - { key: pin, type: string, required: false, sensitive: true }
        - id: again
          type: form
          name: Ask again
          config:
            fields:
              - { key: topic, type: string, required: true }
              - { key: audience, type: string, required: true }
              - { key: note, type: text, required: false, default: usual }
              - { key: budget, type: number, required: false }
              - { key: pin, type: string, required: false, sensitive: true }
      """

  Scenario: What is missing keeps what is known
    When I start it with
      """
      { "inputs": { "note": "old text" } }
      """
    And I resume it with
      """
      { "inputs": { "topic": "Launch" } }
      """
    Then the context holds
      | runtime.inputs.note           | "old text" |
      | runtime.steps.ask.output.note | "old text" |

  Scenario: Null replaces what is known, and no default comes back
    When I start it with
      """
      { "inputs": { "note": "old text", "budget": 5 } }
      """
    And I resume it with
      """
      { "inputs": { "topic": "Launch", "note": null, "budget": null } }
      """
    And I resume it with
      """
      { "inputs": { "audience": "SMB" } }
      """
    Then the output is
      """
      { "note": null, "budget": null }
      """

  Scenario: What is emptied on the page is null, and what was empty is left alone
    Given I start it with
      """
      { "inputs": { "note": "old text" } }
      """
    And I take the token of the form
    When I send the page with
      | topic  | Launch |
      | note   |        |
      | budget |        |
    Then status 200
    And the run comes to wait at "again"
    And the context holds
      | runtime.inputs | {"note": null, "topic": "Launch"} |

  Scenario: White space is no answer where one is required, and "" is none for a number
    Given I start it with
      """
      { "inputs": {} }
      """
    When I resume it with
      """
      { "inputs": { "topic": "  ", "budget": "" } }
      """
    Then status 422
    And the problem is "invalid_inputs"
    And nothing has changed

  Scenario: A sensitive answer is kept unseen, and its mask is refused
    Given I start it with
      """
      { "inputs": { "pin": "s3cr3t" } }
      """
    And I take the token of the form
    When I open the link
    Then the page says "This was answered before."
    When I resume it with
      """
      { "inputs": { "topic": "Launch", "pin": "[SENSITIVE]" } }
      """
    Then status 422
    And the problem is "masked_value"
    And nothing has changed

  Scenario: Numbers as people write them, or words on how to write them
    Given I start it with
      """
      { "inputs": {} }
      """
    And I take the token of the form
    When I send the page with
      | topic  | Launch |
      | budget | 1,5    |
    Then status 422
    And the page says "with a decimal point"
    When I send the page with
      | topic  | Launch   |
      | budget | −1.5e3   |
    Then status 200
    And the run comes to wait at "again"
    And the context holds
      | runtime.inputs.budget | -1500 |
