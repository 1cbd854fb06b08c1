"""`examples/eventbridge/rules.yaml` deployed beside the product: each rule sees events, and calls what it says."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from local.api.definition import Apis
from local.cloudformation.deploy import Stack
from local.moto_patches.event_delivery import deliver_to_function, event_of, find_bus, payload_of, publish
from local.stacks import CREATORS, StackContext
from local.system import LocalSystem
from shared.models.execution import TERMINAL_STATUSES
from tests.e2e.accounts import APPLICATION, APPLICATION_ACCOUNT, DATABASE, STAGING_ACCOUNTS
from tests.e2e.examples.conftest import EXAMPLES, document, left
from tests.e2e.hub import Hub, Part, Wave
from tests.e2e.waiting import eventually

TEMPLATE: Final = EXAMPLES / "eventbridge" / "rules.yaml"


@dataclass(frozen=True)
class Rules:
    """The deployed rules, and what they act upon."""

    hub: Hub
    plan_id: str
    group_id: str

    def see(self, name: str, **detail: Any) -> str:
        """Put an event of examples/eventbridge/events on the bus; answers its id."""
        event = document(f"eventbridge/events/{name}.json")
        event["detail"] = {**event["detail"], **detail}
        publish(find_bus(f"arn:aws:events:{event['region']}:{event['account']}:event-bus/default"), event)
        return str(event["id"])

    def strike(self, name: str, times: int = 1) -> None:
        """Let the clock strike for a rule; the event is delivered so many times."""
        place = self.hub.system.hub
        bus = find_bus(f"arn:aws:events:{place.region}:{place.account}:event-bus/default")
        rule = bus.rules[f"aws-drs-orchestration-{name}-dev"]
        event = event_of(
            "aws.events", "Scheduled Event", place.account, place.region, datetime(2026, 2, 1, 6, tzinfo=UTC)
        )
        for _ in range(times):
            for target in rule.targets:
                deliver_to_function(target["Arn"], rule.arn, payload_of(target, event), self._invoke)

    def _invoke(self, arn: str, payload: bytes) -> None:
        self.hub.system.client("lambda").invoke(FunctionName=arn, Payload=payload, InvocationType="Event")

    def started(self, reason: str) -> dict[str, Any]:
        """The one execution of the plan that was started for that reason."""
        (found,) = eventually(lambda: self._started(reason), f"an execution should be started for {reason}")
        return found

    def _started(self, reason: str) -> list[dict[str, Any]]:
        found = self.hub.every("list_executions", planId=self.plan_id)
        return [seen for one in found if (seen := self.hub.execution(one["executionId"]))["reason"] == reason]


@pytest.fixture(scope="module")
def rules(hub: Hub, system: LocalSystem) -> Iterator[Rules]:
    """All eight, for a plan whose one wave has a gate; they go again, for the clock strikes for other stories too."""
    (server,) = hub.drs.protect(DATABASE, "called-by-events")
    plan_id = hub.plan(Wave([Part(DATABASE, [server])], pause=True))
    (group_id,) = hub.ask("get_recovery_plan", planId=plan_id)["waves"][0]["protectionGroupIds"]
    context = StackContext(lambda service, place: system.client(service, place.account, place.region), _none, Apis())
    known = {"PlanId": plan_id, "GroupId": group_id, "TargetAccountId": APPLICATION_ACCOUNT}
    Stack(TEMPLATE, system.hub, known, CREATORS, context).deploy()
    yield Rules(hub, plan_id, group_id)
    events = system.client("events")
    for rule in RULES:
        name = f"aws-drs-orchestration-{rule}-dev"
        events.remove_targets(Rule=name, Ids=["operation"])
        events.delete_rule(Name=name)


def _none(_name: str, _dead_letters: str | None) -> None:
    raise AssertionError("the template has no function")


RULES: Final = (
    "monthly-drill",
    "nightly-launch-settings",
    "tag-sync-twice-a-day",
    "staging-sync",
    "primary-site-down",
    "after-release",
    "change-approved",
    "change-withdrawn",
)


@pytest.mark.requirement("PRD-27")
def test_there_are_eight_rules(rules: Rules) -> None:
    listed = {rule["Name"] for rule in rules.hub.system.client("events").list_rules()["Rules"]}

    assert {f"aws-drs-orchestration-{rule}-dev" for rule in RULES} <= listed
    assert TEMPLATE.read_text(encoding="utf-8").count("Type: AWS::Events::Rule") == len(RULES) == 8


@pytest.mark.requirement("PRD-27")
def test_the_month_starts_one_drill_however_often_its_event_comes_and_a_change_approves_it(rules: Rules) -> None:
    rules.strike("monthly-drill", times=2)
    drill = rules.started("monthly drill of 2026-02-01T06:00:00Z")
    assert (drill["executionType"], drill["status"] in TERMINAL_STATUSES) == ("DRILL", False), drill["status"]
    rules.hub.until(drill["executionId"], lambda seen: bool(seen["gates"]), "it should wait at its gate")

    rules.see("change-approved", executionId=drill["executionId"], waveNumber=0)

    ended = rules.hub.ended(drill["executionId"])
    assert ended["status"] == "COMPLETED", ended["statusReason"]
    said = [event["message"] for event in rules.hub.events(drill["executionId"])]
    assert any("change CHG-2041" in message for message in said), said
    assert len(list(rules.hub.every("list_executions", planId=rules.plan_id))) == 1
    rules.hub.ask("terminate_instances", executionId=drill["executionId"])
    eventually(lambda: left(rules.hub, drill["executionId"]) == set(), "its instances should be gone")


@pytest.mark.requirement("PRD-27")
def test_a_release_starts_a_drill_and_a_change_that_is_withdrawn_cancels_it(rules: Rules) -> None:
    rules.see("release", state="FAILED")
    rules.see("release", pipeline="somebody-elses")
    rules.see("release")
    drill = rules.started("release 12345678-1234-5678-abcd-12345678abcd of billing-release")
    assert drill["executionType"] == "DRILL"

    rules.see("change-withdrawn", executionId=drill["executionId"])

    assert rules.hub.ended(drill["executionId"])["status"] == "CANCELLED"


@pytest.mark.requirement("PRD-27")
def test_an_alarm_begins_a_recovery_that_waits_for_a_person(rules: Rules) -> None:
    rules.see("alarm", state={"value": "OK"})
    rules.see("alarm", alarmName="disk-is-full")
    rules.see("alarm")

    recovery = rules.started("alarm primary-site-down at 2026-01-29T02:47:18Z")

    assert recovery["executionType"] == "RECOVERY"
    waiting = rules.hub.until(recovery["executionId"], lambda seen: bool(seen["gates"]), "it should wait at its gate")
    assert rules.hub.drs.jobs_of(recovery["executionId"]) == []
    rules.hub.ask("cancel_execution", executionId=waiting["executionId"])
    rules.hub.ended(waiting["executionId"])


def test_a_change_of_something_else_approves_nothing(rules: Rules) -> None:
    pattern = _patterns(rules)["change-approved"]
    event = document("eventbridge/events/change-approved.json")

    assert pattern.matches_event(event)
    for wrong in ({"executionId": "order-17"}, {"waveNumber": "first"}):
        other = copy.deepcopy(event)
        other["detail"] |= wrong
        assert not pattern.matches_event(other), wrong


def _patterns(rules: Rules) -> dict[str, Any]:
    place = rules.hub.system.hub
    bus = find_bus(f"arn:aws:events:{place.region}:{place.account}:event-bus/default")
    return {name: bus.rules[f"aws-drs-orchestration-{name}-dev"].event_pattern for name in RULES}


@pytest.mark.requirement("PRD-27")
def test_the_night_brings_a_group_to_its_launch_settings(rules: Rules) -> None:
    rules.strike("nightly-launch-settings")

    def applied() -> bool:
        status = rules.hub.ask("get_launch_config_status", groupId=rules.group_id)
        return "nightly rule" in str(status)

    eventually(applied, "the settings should be applied by the rule")


@pytest.mark.requirement("PRD-27")
def test_tags_are_synchronised_by_the_clock(rules: Rules) -> None:
    rules.strike("tag-sync-twice-a-day")

    eventually(lambda: "rule of twice a day" in str(rules.hub.ask("get_tag_sync_status")), "tags should be copied")


@pytest.mark.requirement("PRD-27")
def test_staging_accounts_are_synchronised_by_the_clock(rules: Rules) -> None:
    hub, (staging, external_id) = rules.hub, next(iter(STAGING_ACCOUNTS.items()))
    which = {"accountId": APPLICATION_ACCOUNT, "stagingAccountId": staging}
    hub.ask("add_staging_account", **which, externalId=external_id)

    rules.strike("staging-sync")

    def ended() -> dict[str, Any] | None:
        found = hub.ask("discover_staging_accounts", accountId=APPLICATION_ACCOUNT, regions=[APPLICATION.region])
        sync: dict[str, Any] = found.get("lastSync", {})
        return sync if sync.get("status") == "DONE" else None

    assert "daily rule" in eventually(ended, "the servers of the staging account should be extended")["requestedBy"]
    hub.ask("remove_staging_account", **which)
