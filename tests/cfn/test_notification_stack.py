"""The topic is encrypted with a key that its publishers may use, and nobody is subscribed unasked."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.cfn.test_master_template import walked
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


def test_the_key_goes_with_the_one_topic_that_it_encrypts_and_can_be_called_back_for_a_month() -> None:
    of_master = walked("full", Environment="prod").context.properties
    (key,) = {it["KmsMasterKeyId"] for _, it in of_master.items() if "TopicName" in it}

    uses = re.compile(rf'"K(ms|MS)\w*Key\w*": "{re.escape(key)}"')
    encrypted = {where for where, it in of_master.items() if uses.search(json.dumps(it, default=str))}
    assert encrypted == {("notification-stack.yaml", "ExecutionNotificationsTopic")}
    assert "DeletionPolicy" not in stack.resources["ExecutionNotificationsTopic"], "else it would need its key"
    assert stack.resources["NotificationKey"]["DeletionPolicy"] == "Delete"
    assert stack.properties("NotificationKey")["PendingWindowInDays"] == 30
