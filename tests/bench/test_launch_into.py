"""A drill of a hundred servers that are launched into instances which are there already: what it asks and keeps."""

from __future__ import annotations

from typing import Final

from local.drs_simulator.prepared import ALLOWED, TAG, PreparedInstance
from tests.bench.areas import Area, Line, exactly
from tests.bench.findings import Findings
from tests.support.world import World, wave
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION
from tests.support.world.rest import QUICK

SERVERS: Final = 100
AT_ONCE: Final = 25
"""Servers of a group that are looked at before a launch, then written down."""

AREA: Final = Area(
    f"A drill of {SERVERS} servers that are launched into existing instances",
    (
        Line("calls of EC2 for the instances, preflight", exactly(1)),
        Line("calls of EC2 for the instances, start", exactly(1)),
        Line("calls of EC2 for the instances, before the launch", exactly(SERVERS // AT_ONCE)),
        Line("UpdateLaunchConfiguration, before the launch", exactly(SERVERS)),
        Line("UpdateLaunchConfiguration, after the end", exactly(SERVERS)),
        Line("instances that keep id and address", exactly(SERVERS)),
        Line("instances that were launched beside them", exactly(0)),
        Line("TerminateRecoveryInstances", exactly(0)),
    ),
)


def test_a_hundred_servers_go_into_their_instances(report: Findings) -> None:
    world, asked = World(settings=QUICK), 0
    servers = world.add_servers(count=SERVERS, name="db")
    prepared = [
        PreparedInstance(
            f"i-{number:017x}",
            DATABASE_ACCOUNT,
            REGION,
            tags={TAG: ALLOWED, "Name": f"db-{number}"},
            private_address=f"10.0.0.{number + 10}",
        )
        for number in range(1, SERVERS + 1)
    ]
    for instance in prepared:
        world.cloud.ec2_instances.prepare(instance)
    addresses = {one.instance_id: one.private_address for one in prepared}
    plan = world.create_plan("plan", wave(0, world.create_group("Databases", servers, launchIntoMatching="NAME")))

    def calls() -> int:
        """Of EC2 for instances, since this was asked last."""
        nonlocal asked
        before, asked = asked, sum(world.cloud.ec2_choices.asked[verb] for verb in ("instances", "open_instances"))
        return asked - before

    def updates() -> int:
        return len(world.simulator.record.calls("UpdateLaunchConfiguration"))

    world.ask("preflight_recovery_plan", planId=plan)
    of_preflight = calls()
    execution_id = world.start(plan)
    of_start = calls()
    world.run_until(lambda: bool(world.simulator.record.calls("StartRecovery")))
    put = updates()
    assert world.run_until_end(execution_id) == "COMPLETED"
    of_launch = calls()
    world.terminate(execution_id)
    world.run_until_terminated(execution_id)
    world.advance(300)

    recovered = {one["recoveryInstanceId"] for one in world.servers(execution_id)}
    kept = {one.instance_id: one.private_address for one in prepared if one.state == "running"}
    report(
        AREA,
        {
            "calls of EC2 for the instances, preflight": of_preflight,
            "calls of EC2 for the instances, start": of_start,
            "calls of EC2 for the instances, before the launch": of_launch,
            "UpdateLaunchConfiguration, before the launch": put,
            "UpdateLaunchConfiguration, after the end": updates() - put,
            "instances that keep id and address": len(
                recovered & {name for name, _ in kept.items() & addresses.items()}
            ),
            "instances that were launched beside them": len(world.cloud.ec2_instances.instances),
            "TerminateRecoveryInstances": len(world.simulator.record.calls("TerminateRecoveryInstances")),
        },
    )
