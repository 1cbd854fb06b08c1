"""What each rule of the templates sends is executed by what it aims at, walked from the templates."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from moto.events.models import EventPattern

from local.moto_patches.event_delivery import event_of, payload_of
from shared.aws.ports import HandOverError
from shared.operations import DATA_MANAGEMENT
from tests.support.templates import load_template
from tests.support.world import DATABASE_ACCOUNT, REGION, World
from tests.support.world.cloud import HUB_ACCOUNT, HUB_REGION
from tests.support.world.functions import ORCHESTRATION, PREFIX

DRILL_PLAN: Final = "a-plan"

hub = load_template("eventbridge-stack.yaml", DrillPlanId=DRILL_PLAN, DrillSchedule="rate(30 days)")
target = load_template(
    "cross-account-role-stack.yaml", OrchestrationAccountId=HUB_ACCOUNT, OrchestrationRegion=HUB_REGION
)


class WithAnEar(World):
    """A world whose events of DRS go by a rule."""

    def __init__(self) -> None:
        super().__init__()
        self.rule: dict[str, Any] = hub.properties("LaunchResultRule")
        self.heard: list[dict[str, Any]] = []
        self.answers: list[Any] = []

    def hear(self, rule: dict[str, Any]) -> None:
        """Recover two servers, while the rule takes whatever DRS tells."""
        self.rule = rule
        self.run_until_end(self.start(self.plan_of(2)))

    def _deliver(self, _account: str, _region: str, event: dict[str, Any]) -> None:
        self.heard.append(event)
        self.answers.append(_carry_out(self, self.rule, event))


def _matches(rule: dict[str, Any], event: dict[str, Any]) -> bool:
    pattern: Any = EventPattern.load(json.dumps(rule["EventPattern"]))
    return bool(pattern.matches_event(event))


def _carry_out(world: World, rule: dict[str, Any], event: dict[str, Any]) -> Any:
    """What the function answers that the rule aims at, by the alias that it names."""
    [aim] = rule["Targets"]
    name, alias = aim["Arn"].rpartition(":function:")[2].split(":")
    home = name.removeprefix(f"{PREFIX}-").removesuffix("-dev")
    told = json.loads(payload_of(aim, event))
    if home == ORCHESTRATION:
        return world.functions.handlers[aim["Arn"]](told)
    return world.parts.invoke(home, told, f":{alias}")


def _by_the_clock(world: World, rule: dict[str, Any]) -> Any:
    struck = event_of("aws.events", "Scheduled Event", HUB_ACCOUNT, HUB_REGION, world.clock.now())
    return _carry_out(world, rule, struck)


def _reconciles(world: World, rule: dict[str, Any]) -> None:
    world.reconcile_every = None
    world.start(world.plan_of(1))

    assert _by_the_clock(world, rule) == {"reconciled": 1}


def _takes_up(world: World, rule: dict[str, Any]) -> None:
    group = world.create_group("settings", world.add_servers(), launchConfig={"copyTags": True})
    world.parts.seams[DATA_MANAGEMENT].refuse("functions.invoke_later", lambda: HandOverError("throttled"))
    world.call("apply_launch_configs", groupId=group)
    world.parts.seams[DATA_MANAGEMENT].allow()
    world.advance(3600)
    assert {each["status"] for each in _statuses(world, group)} != {"APPLIED"}, "nobody else takes it up"

    _by_the_clock(world, rule)
    world.settle()

    assert {each["status"] for each in _statuses(world, group)} == {"APPLIED"}


def _statuses(world: World, group: str) -> list[dict[str, Any]]:
    return list(world.ask("get_launch_config_status", groupId=group)["items"])


def _copies_tags(world: World, rule: dict[str, Any]) -> None:
    settings = world.ask("get_tag_sync_settings")
    world.ask("update_tag_sync_settings", version=settings["version"], enabled=True, intervalHours=1)
    world.settle()
    first = world.ask("get_tag_sync_status")
    world.advance(2 * 3600)

    _by_the_clock(world, rule)
    world.settle()

    assert world.ask("get_tag_sync_status")["run"]["runId"] != first["run"]["runId"]


def _starts_a_drill(world: World, rule: dict[str, Any]) -> None:
    plan_id = world.plan_of(1)
    [aim] = rule["Targets"]
    named = {**rule, "Targets": [{**aim, "Input": aim["Input"].replace(DRILL_PLAN, plan_id)}]}

    started = _by_the_clock(world, named)

    assert world.run_until_end(started["executionId"]) == "COMPLETED"
    assert world.execution(started["executionId"])["executionType"] == "DRILL"


def _wakes(world: World, rule: dict[str, Any]) -> None:
    assert isinstance(world, WithAnEar)
    world.hear(rule)

    assert all(_matches(rule, event) for event in world.heard)
    assert {"woken": True} in world.answers


EXECUTED: Final[dict[str, Callable[[World, dict[str, Any]], None]]] = {
    "ReconcilerRule": _reconciles,
    "ConfigurationRule": _takes_up,
    "TagSyncRule": _copies_tags,
    "DrillRule": _starts_a_drill,
    "LaunchResultRule": _wakes,
}


def test_every_rule_of_the_hub_is_executed_here() -> None:
    assert set(hub.of_type("AWS::Events::Rule")) == set(EXECUTED)
    assert set(target.of_type("AWS::Events::Rule")) == {"LaunchResultForwarding"}
    for template in (hub, target):
        for rule in template.of_type("AWS::Events::Rule").values():
            assert len(rule["Targets"]) == 1


@pytest.mark.parametrize("name", EXECUTED)
def test_what_a_rule_sends_is_done_by_the_function_that_it_aims_at(name: str) -> None:
    EXECUTED[name](WithAnEar(), hub.properties(name))


def test_what_a_target_account_forwards_wakes_the_execution_by_the_rule_of_the_hub() -> None:
    forwarding, receiving = target.properties("LaunchResultForwarding"), hub.properties("LaunchResultRule")
    world = WithAnEar()

    world.hear(receiving)

    assert {"woken": True} in world.answers
    for event in world.heard:
        assert (event["account"], event["region"]) == (DATABASE_ACCOUNT, REGION), "the bus passes it on as it was"
        assert _matches(forwarding, event) and _matches(receiving, event)
    assert [aim["Arn"] for aim in forwarding["Targets"]] == [hub.outputs()["EventBusArn"]]
    assert not {"Input", "InputPath", "InputTransformer"} & set(forwarding["Targets"][0])
