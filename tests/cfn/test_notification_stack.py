"""The topic is encrypted with a key that its publishers may use, and nobody is subscribed unasked."""

from __future__ import annotations

from typing import Any

from tests.support.templates import load_template

stack = load_template("notification-stack.yaml")


def key_statement(service: str) -> dict[str, Any]:
    """What the key's policy allows a service."""
    (statement,) = [
        statement
        for statement in stack.properties("NotificationKey")["KeyPolicy"]["Statement"]
        if statement["Principal"] == {"Service": service}
    ]
    result: dict[str, Any] = statement
    return result


def test_the_topic_uses_a_key_of_our_own_that_rotates() -> None:
    topic = stack.properties("ExecutionNotificationsTopic")

    assert topic["KmsMasterKeyId"] == "${NotificationKey.Arn}"
    assert stack.properties("NotificationKey")["EnableKeyRotation"] is True


def test_alarms_of_this_account_only_may_use_the_key_and_the_topic() -> None:
    ours = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    (topic_statement,) = [
        statement
        for statement in stack.properties("ExecutionNotificationsTopicPolicy")["PolicyDocument"]["Statement"]
        if "Service" in statement["Principal"]
    ]

    assert key_statement("cloudwatch.amazonaws.com")["Condition"] == ours
    assert topic_statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert topic_statement["Condition"] == ours


def test_events_may_use_the_key_without_a_condition_because_they_name_no_source_to_it() -> None:
    assert "Condition" not in key_statement("events.amazonaws.com")


def test_an_address_is_subscribed_only_when_it_is_given() -> None:
    asked = load_template("notification-stack.yaml", NotificationEmail="operators@example.org")

    assert not stack.creates("EmailSubscription")
    assert asked.creates("EmailSubscription")
    assert asked.properties("EmailSubscription")["Endpoint"] == "operators@example.org"
