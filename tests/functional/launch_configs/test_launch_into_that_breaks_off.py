"""That a server is launched into an instance never survives its execution, wherever who told DRS of it breaks off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pytest

from local.drs_simulator.prepared import PreparedInstance
from tests.functional.launch_configs.drilling import Drilling
from tests.support.world import wave
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION

INSTANCE: Final = "i-00000000000000001"
INTO: Final[dict[str, Any]] = {
    "launchIntoInstanceProperties": {"launchIntoEC2InstanceID": INSTANCE},
    "targetInstanceTypeRightSizingMethod": "NONE",
    "copyPrivateIp": False,
    "copyTags": False,
}
BEFORE: Final[dict[str, Any]] = {
    "launchIntoInstanceProperties": {},
    "targetInstanceTypeRightSizingMethod": "BASIC",
    "copyPrivateIp": True,
    "copyTags": True,
}
"""What DRS has of the server, which its group says nothing of."""


@dataclass
class LaunchingInto(Drilling):
    """A plan of one server that is launched into the instance of its name; nothing happens by itself."""

    kind: str = "DRILL"

    def __post_init__(self) -> None:
        world = self.world
        [self.server] = world.add_servers(name="db")
        instance = PreparedInstance(INSTANCE, DATABASE_ACCOUNT, REGION)
        instance.tags["Name"] = "db-1"
        world.cloud.ec2_instances.prepare(instance)
        settings = {"recoveryMode": "OPTIMAL"}
        self.group = world.create_group("db", [self.server], launchConfig=settings, launchIntoMatching="NAME")
        self.plan = world.create_plan("plan", wave(0, self.group))
        world.ask("get_server_launch_config", groupId=self.group, serverId=self.server)
        if self.applies:
            world.ask("apply_launch_configs", groupId=self.group)
            world.settle()
        self.configuration().update(BEFORE)
        self.before = self.held()
        self.execution = world.start(self.plan, self.kind)

    def told(self) -> dict[str, Any]:
        """What DRS has of it now."""
        return {name: self.configuration()[name] for name in INTO}

    def assert_nothing_is_left(self) -> None:
        """DRS has what it had, and nobody remembers the execution but the history."""
        assert self.rows == []
        assert self.told() == BEFORE
        if self.applies:
            assert self.held() == self.before


@pytest.mark.requirement("SRS-E18")
@pytest.mark.parametrize("kind", ["DRILL", "RECOVERY"])
def test_drs_knows_of_the_instance_while_the_execution_lasts_and_then_not(kind: str) -> None:
    story = LaunchingInto(kind=kind)

    story.verify()

    assert story.told() == INTO
    [shown] = story.world.ask("get_launch_config_status", groupId=story.group)["items"]
    assert shown["temporary"]["fields"] == sorted(INTO)
    story.minute(5)
    assert story.told() == INTO, "nothing is restored while the execution goes on"

    story.end()
    story.minute()

    story.assert_nothing_is_left()
    assert story.history()[0]["action"] == "RESTORED"


def test_it_may_die_at_any_call_while_it_tells_drs() -> None:
    calls = LaunchingInto(applies=False).verify()
    assert calls > 15

    for nth in range(1, calls + 1):
        story = LaunchingInto(applies=False)
        story.dies(nth)
        story.verify()
        story.seam.forget()
        story.end()
        story.go_on()
        story.assert_nothing_is_left()


def test_it_may_die_at_any_call_and_be_taken_up_before_the_execution_ends() -> None:
    calls = LaunchingInto().verify()

    for nth in range(1, calls + 1):
        story = LaunchingInto()
        story.dies(nth)
        story.verify()
        story.seam.forget()
        story.world.clock.advance(120)
        story.verify()
        assert story.told() == INTO
        story.end()
        story.go_on()
        story.assert_nothing_is_left()


def test_it_may_die_at_any_call_while_it_gives_back_what_drs_had() -> None:
    story = LaunchingInto()
    story.verify()
    story.end()
    calls = story.minute(5)
    assert calls > 8

    for nth in range(1, calls + 1):
        story = LaunchingInto()
        story.verify()
        story.end()
        story.dies(nth)
        story.minute(5)
        story.go_on()
        story.assert_nothing_is_left()
