"""Settings of an execution never survive it either where several servers, accounts or parts have them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from data_management.verifying_settings import AT_ONCE
from local.drs_simulator.networks import Network
from local.drs_simulator.prepared import PreparedInstance
from shared.launch_config_rules import DRS_FIELDS, LAUNCH_INTO, settings_of
from shared.models.targets import ServerKey
from tests.functional.launch_configs.drilling import DRILL, HERE, SUBNETS, Drilling
from tests.support.world import wave
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION, WEB_ACCOUNT

INSTANCE: Final = "i-00000000000000001"


@dataclass
class Several(Drilling):
    """A plan of one wave: servers in two accounts, one of which is launched into the instance of its name."""

    count: int = 2
    """So many servers are there in the first account; in the other there is one, which has an instance."""
    keys: list[ServerKey] = field(default_factory=list)

    def __post_init__(self) -> None:
        world, ec2 = self.world, self.world.cloud.ec2_instances
        groups = []
        for account, count in ((DATABASE_ACCOUNT, self.count), (WEB_ACCOUNT, 1)):
            ec2.networks[account, REGION] = Network(SUBNETS, {"sg-0000000b": "vpc-2"}, {"web"})
            ids = world.add_servers(account, count, name=f"in-{account}")
            self.keys += [ServerKey(account_id=account, region=REGION, source_server_id=each) for each in ids]
            more: dict[str, Any] = {"launchConfig": {"subnetId": HERE, "copyTags": True}}
            more["drillLaunchConfig"] = self.drill
            if account == WEB_ACCOUNT:
                instance = PreparedInstance(INSTANCE, account, REGION)
                instance.tags["Name"] = f"in-{account}-1"
                ec2.prepare(instance)
                more = {"launchConfig": {"licensing": {"osByol": True}}, "launchIntoMatching": "NAME"}
            groups.append(world.create_group(account, ids, account=account, **more))
        self.plan = world.create_plan("plan", wave(0, *groups))
        for group in groups:
            world.ask("apply_launch_configs", groupId=group)
        world.settle()
        self.as_they_were = self.all_held()
        self.execution = world.start(self.plan)

    def all_held(self) -> dict[ServerKey, dict[str, Any]]:
        """What DRS and EC2 have of each server, by the names of our fields."""
        return {key: self.held_of(key) for key in self.keys}

    def held_of(self, key: ServerKey) -> dict[str, Any]:
        """Of one."""
        drs = self.world.simulator._world.cell(key.account_id, REGION).servers[key.source_server_id]
        configuration = drs.launch_configuration
        template = self.world.cloud.ec2_instances.template(key.account_id, REGION, configuration["ec2LaunchTemplateID"])
        of_drs = {name: configuration[name] for name in DRS_FIELDS if configuration.get(name) not in (None, {})}
        return of_drs | settings_of(template.version(template.default))

    def assert_all_are_told(self) -> None:
        """Each server has what is for this execution only."""
        for key, held in self.all_held().items():
            if key.account_id == WEB_ACCOUNT:
                assert held[LAUNCH_INTO] == {"launchIntoEC2InstanceID": INSTANCE}
            else:
                assert DRILL.items() <= held.items()

    def assert_nothing_is_left(self) -> None:
        """Each server is as it was, and nobody remembers the execution but the history."""
        assert self.rows == []
        assert self.all_held() == self.as_they_were


def test_settings_of_a_drill_are_there_in_two_accounts_while_it_lasts_and_then_not() -> None:
    story = Several()

    story.verify()

    story.assert_all_are_told()
    story.end()
    story.go_on()
    story.assert_nothing_is_left()


@pytest.mark.parametrize("is_taken_up", [False, True])
def test_it_may_die_between_any_two_servers_and_accounts_while_it_puts_them_there(is_taken_up: bool) -> None:
    calls = Several().verify()
    assert calls > 40

    for nth in range(1 + is_taken_up, calls + 1, 3):
        story = Several()
        story.dies(nth)
        story.verify()
        story.seam.forget()
        if is_taken_up:
            story.world.clock.advance(120)
            story.verify()
            story.assert_all_are_told()
        story.end()
        story.go_on()
        story.assert_nothing_is_left()


def test_it_may_die_between_any_two_servers_and_accounts_while_it_takes_them_away() -> None:
    story = Several()
    story.verify()
    story.end()
    calls = story.minute(5)
    assert calls > 30

    for nth in range(1, calls + 1, 2):
        story = Several()
        story.verify()
        story.end()
        story.dies(nth)
        story.minute(5)
        story.go_on()
        story.assert_nothing_is_left()


@pytest.mark.parametrize("takes_away", [False, True])
def test_it_may_die_between_two_parts_of_a_wave(takes_away: bool) -> None:
    count, steps, left = AT_ONCE + 2, 4, set[int]()
    story = Several(count=count)
    calls = story.verify()
    if takes_away:
        story.end()
        calls = story.minute(5)

    for nth in range(calls // (2 * steps), calls, calls // steps):
        story = Several(count=count)
        if takes_away:
            story.verify()
            story.end()
        story.dies(nth)
        if takes_away:
            story.minute(5)
        else:
            story.verify()
            story.end()
        left.add(len(story.rows))
        story.go_on()
        story.assert_nothing_is_left()
    assert any(0 < rows <= count for rows in left), "some of the servers had them then, and others not"
