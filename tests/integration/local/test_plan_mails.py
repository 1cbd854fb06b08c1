"""Mails of plans at SNS as the local system plays it: who gets which, and what AWS refuses."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from data_management.plan_mails import PlanMails
from local.system import LocalSystem
from shared.aws.ports import SubscribedOtherwiseError
from shared.aws.sns import SnsGateway
from shared.aws.subscriptions import SubscriptionsGateway
from shared.clock import VirtualClock
from shared.models.recovery_plan import RecoveryPlan
from shared.observability import observe
from shared.stores.mail_subscriptions import MailSubscriptions
from shared.stores.memory_table import MemoryTable
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.schemas import RECOVERY_PLANS
from tests.support.configuration import NOW, plan, wave

TOPIC = "aws-drs-orchestration-execution-notifications-dev"
EVERYTHING, OPS, DBA = "everything@example.com", "operators@example.com", "dba@example.com"


class Mailing:
    """Plans, their mails, and a topic of its own with a subscriber of everything."""

    def __init__(self, system: LocalSystem) -> None:
        self.system, self.client = system, system.client("sns")
        self.topic: str = self.client.create_topic(Name=TOPIC)["TopicArn"]
        self.client.subscribe(TopicArn=self.topic, Protocol="email", Endpoint=EVERYTHING)
        self.gateway = SubscriptionsGateway(lambda: self.client, self.topic)
        table = MemoryTable(RECOVERY_PLANS)
        self.plans = RecoveryPlanStore(table)
        self.mails = PlanMails(
            MailSubscriptions(table), self.gateway, self.plans, VirtualClock(NOW), observe("test", "CRITICAL")
        )

    def save(self, plan_id: str, address: str | None) -> None:
        """Store a plan as create and update do."""
        changed = plan(wave(0, "group"), plan_id=plan_id, plan_name=plan_id, notification_email=address)
        before = self.stored(plan_id)
        with self.mails.saving(changed, before):
            if before is None:
                self.plans.put_new(changed)
            else:
                self.plans.put(changed, before.version)

    def stored(self, plan_id: str) -> RecoveryPlan | None:
        """The plan, if there is one."""
        return next(iter(self.plans.get_many([plan_id])), None)

    def receivers(self, plan_id: str) -> list[str]:
        """Who gets a mail of the plan."""
        count = len(self.system.mails)
        attributes = {"recoveryPlanId": plan_id, "eventType": "start"}
        SnsGateway(self.client, self.topic).publish("[DRS] plan - start", "words", attributes)
        return sorted(mail.to for mail in self.system.mails[count:])

    def attributes(self, arn: str) -> dict[str, Any]:
        """What SNS says of a subscription."""
        return dict(self.client.get_subscription_attributes(SubscriptionArn=arn)["Attributes"])


@pytest.fixture
def mailing(system: LocalSystem) -> Iterator[Mailing]:
    made = Mailing(system)
    yield made
    made.client.delete_topic(TopicArn=made.topic)


def test_two_plans_that_share_an_address_get_exactly_their_mails(mailing: Mailing) -> None:
    mailing.save("a", OPS)
    mailing.save("b", OPS)
    mailing.save("c", DBA)

    assert mailing.receivers("a") == mailing.receivers("b") == [EVERYTHING, OPS]
    assert mailing.receivers("c") == [DBA, EVERYTHING]
    assert mailing.receivers("of nobody") == [EVERYTHING]


def test_a_change_moves_the_mails_and_a_deletion_ends_them(mailing: Mailing) -> None:
    mailing.save("a", OPS)
    mailing.save("b", OPS)

    mailing.save("a", DBA)

    assert (mailing.receivers("a"), mailing.receivers("b")) == ([DBA, EVERYTHING], [EVERYTHING, OPS])
    deleted = mailing.plans.get("b")
    mailing.mails.deleted(deleted)
    assert mailing.receivers("b") == [EVERYTHING]
    listed = mailing.client.list_subscriptions_by_topic(TopicArn=mailing.topic)["Subscriptions"]
    assert sorted(each["Endpoint"] for each in listed) == [DBA, EVERYTHING]


def test_the_stacks_own_subscriber_still_gets_every_mail(mailing: Mailing) -> None:
    mailing.save("a", EVERYTHING)
    mailing.save("b", OPS)
    mailing.save("a", OPS)

    assert mailing.receivers("a") == mailing.receivers("b") == [EVERYTHING, OPS]


def test_who_unsubscribed_is_subscribed_anew_by_the_next_plan(mailing: Mailing) -> None:
    mailing.save("a", OPS)
    [ours] = [
        each["SubscriptionArn"]
        for each in mailing.client.list_subscriptions_by_topic(TopicArn=mailing.topic)["Subscriptions"]
        if each["Endpoint"] == OPS
    ]
    mailing.client.unsubscribe(SubscriptionArn=ours)

    mailing.save("b", OPS)

    assert mailing.receivers("b") == [EVERYTHING, OPS]


def test_a_second_subscription_with_another_filter_is_refused_and_changes_nothing(mailing: Mailing) -> None:
    arn = mailing.gateway.subscribe(OPS, ["a"])

    with pytest.raises(SubscribedOtherwiseError):
        mailing.gateway.subscribe(OPS, ["b"])

    assert json.loads(mailing.attributes(arn)["FilterPolicy"]) == {"recoveryPlanId": ["a"]}
    assert mailing.gateway.subscribe(OPS, ["a"]) == arn
    assert mailing.gateway.existing(OPS).arn == arn
    assert mailing.gateway.existing(OPS).plan_ids == frozenset("a")


def test_a_subscription_without_a_filter_is_told_as_such(mailing: Mailing) -> None:
    with pytest.raises(SubscribedOtherwiseError):
        mailing.gateway.subscribe(EVERYTHING, ["a"])

    assert mailing.gateway.existing(EVERYTHING).plan_ids is None
