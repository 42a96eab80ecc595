Feature: Stream of Events
  Scenario: The stream of a run that has ended returns its events, and ends
    When I start "content_draft_flow" with
      """
      {"inputs": {"topic": "Launch", "audience": "SMB"}}
      """
    And I cancel it
    And I follow its events after 7 to the end
    Then status 200
    And the stream has the events
      """
      8 step.completed
      9 step.started
      10 run.waiting
      11 run.canceled
      """

  Scenario: A reader who has everything learns that nothing will come
    When I start "content_draft_flow" with
      """
      {}
      """
    And I cancel it
    And I follow its events after 5 to the end
    Then status 204
