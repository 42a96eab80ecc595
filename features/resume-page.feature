Feature: The Page behind a Resume Link
  For people who have a link and nothing else: no key, and no scripts in their browser.

  Scenario: A form is filled in
    Given run is waiting on "form"
    And I take the token of the form
    When I open the link
    Then the page is "Brief"
    And nothing has changed
    When I send the page with
      | topic    | Launch |
      | audience | SMB    |
    Then status 200
    And the page is "Thank you"
    And the run comes to wait at "approval"
    When I send the page with
      | topic    | Launch |
      | audience | SMB    |
    Then status 409
    And the page is "This link has been used"
    And nothing has changed

  Scenario: What is wrong is said, and what was right is kept
    Given run is waiting on "form"
    And I take the token of the form
    When I send the page with
      | topic | <b>Launch</b> |
    Then status 422
    And the page is "Brief"
    And the page says '"Who is it for?" is required.'
    And the page says "&lt;b&gt;Launch&lt;/b&gt;"
    And nothing has changed

  Scenario: An approval is decided
    Given run is waiting on "approval"
    And I take the token of "dev-internal@example.com"
    When I open the link
    Then the page is "Approve the draft"
    And the page says "Draft about Launch for SMB."
    And nothing has changed
    When I decide on the page with "approve"
    Then the page is "You have approved it"
    And the run comes to its end

  Scenario: Programs that look at a link before people do
    Given run is waiting on "approval"
    And I take the token of "dev-internal@example.com"
    When the link is looked at 10 times by GET and HEAD
    Then nothing has changed

  Scenario: A link that is not needed any more
    Given run is waiting on "form"
    And I take the token of the form
    When I cancel it
    And I open the link
    Then status 409
    And the page is "This is no longer needed"

  Scenario: A link that was cut off
    Given run is waiting on "form"
    And I take the token of the form
    And its end is missing
    When I open the link
    Then status 404
    And the page is "This link is not valid"
