"""Delivers what is published to an SNS topic to e-mail and function subscriptions."""

import importlib
import json
from collections.abc import Mapping
from typing import Any

from local.clock import LocalClock
from local.mails import Outbox
from local.moto_patches.event_delivery import InvokeAsync
from local.moto_patches.lambda_invoke import find_function
from local.moto_patches.patches import Patches
from local.moto_patches.policies import function_admits


def install(patches: Patches, outbox: Outbox, clock: LocalClock, invoke_async: InvokeAsync) -> None:
    """moto sends no e-mail and wants Docker for a function subscription; AWS delivers both.

    The subscription's filter policy is applied and a message of structure `json` is rendered for its protocol. An
    e-mail goes to the outbox, a function is invoked asynchronously if its policy allows sns.amazonaws.com.
    """
    if not patches.begin(__name__):
        return
    subscription = importlib.import_module("moto.sns.models").Subscription

    def publish(self: Any, message: str, message_id: str, **options: Any) -> None:
        if self.protocol not in {"email", "email-json", "lambda"}:
            real_publish(self, message, message_id, **options)
            return
        attributes = options.get("message_attributes") or {}
        if self._filter_policy_matcher is not None and not self._filter_policy_matcher.matches(attributes, message):
            return
        if options.get("message_structure") == "json":
            message = self._parse_message_structure(message, self.protocol)
        subject = options.get("subject") or "AWS Notification Message"
        if self.protocol != "lambda":
            outbox.add(self.endpoint, subject, message, _plain(attributes), clock.now())
        elif _admitted(self):
            invoke_async(self.endpoint, _sns_event(self, subject, message, message_id, clock))

    real_publish = patches.replace(subscription, "publish", publish)


def _admitted(subscription: Any) -> bool:
    statements = find_function(subscription.endpoint).policy.statements
    return function_admits(statements, "sns.amazonaws.com", subscription.topic_arn, subscription.endpoint)


def _sns_event(subscription: Any, subject: str, message: str, message_id: str, clock: LocalClock) -> bytes:
    sns = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": subscription.topic_arn,
        "Subject": subject,
        "Message": message,
        "Timestamp": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    record = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription.arn, "Sns": sns}
    return json.dumps({"Records": [record]}).encode()


def _plain(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {name: str(attribute["Value"]) for name, attribute in attributes.items()}
