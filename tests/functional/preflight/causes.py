"""What a preflight can find of plans, accounts and servers, each brought about as it comes about in AWS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from local.drs_simulator.estate import RegionState, ReplicationSpec
from shared.drs_limits import DOCUMENTED
from shared.errors import DrsServiceError
from shared.models.base import format_instant
from shared.models.targets import Target
from tests.support.world import World, wave
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION, WEB_ACCOUNT

Cause = Callable[[World], str]
"""Makes a plan, lets something happen to it, and answers its id."""

PLACE: Final = (DATABASE_ACCOUNT, REGION)


@dataclass(frozen=True)
class Case:
    """What is found, and how it comes about; `days_back` is how far before now a recovery is asked to go.

    `then` is why servers are not launched by a start in spite of it; without one all of them are. `beside` are findings
    of another cause, which is there at the same time.
    """

    code: str
    outcome: str
    cause: Cause
    reason: str | None = None
    days_back: float | None = None
    then: str | None = None
    beside: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """As tests are called."""
        others = (word for other in self.beside for word in ("beside", *other))
        words = (self.code, self.outcome, self.reason, self.cause.__name__, *others)
        return " ".join(word for word in words if word)

    def asked(self, world: World) -> dict[str, str]:
        """What a preflight and a start are asked besides."""
        if self.days_back is None:
            return {}
        return {"pointInTime": format_instant(world.clock.now() - timedelta(days=self.days_back))}


SOON: Final = {"deadlineMinutes": 20}
"""Of a wave whose servers are not launched: what goes on until its deadline does so for minutes, not for two hours."""


def plan_of(world: World, *servers: str, group: dict[str, Any] | None = None, **more: Any) -> str:
    """A plan of one wave of one group; `wave` has more of that."""
    chosen = servers or tuple(world.add_servers(count=2, name="db"))
    created = world.create_group("Databases", chosen, **(group or {}))
    return world.create_plan("plan", wave(0, created, **{**SOON, **more.pop("wave", {})}), **more)


def group_of(world: World) -> dict[str, Any]:
    """The one group, as it is shown."""
    groups: list[dict[str, Any]] = world.ask("list_protection_groups")["items"]
    [group] = groups
    return group


# -- the plan, its groups and what it expects ---------------------------------------------------------------------


def a_group_that_is_gone(world: World) -> str:
    plan_id = plan_of(world)
    world.tables.protection_groups.delete({"groupId": group_of(world)["groupId"]})
    return plan_id


def an_empty_group(world: World) -> str:
    return world.create_plan("plan", wave(0, world.empty_group()))


def tagged(world: World, *keys: str) -> list[str]:
    """Groups, each by a tag of a server that has them all."""
    tags = dict.fromkeys(keys, "shop")
    world.add_servers(tags=tags)
    return [world.create_group(f"By {key}", serverSelectionTags={key: "shop"}) for key in keys]


def tags_that_nobody_carries(world: World) -> str:
    world.add_servers()
    return world.create_plan("plan", wave(0, world.create_group("Tagged", serverSelectionTags={"tier": "db"})))


def tags_that_nobody_can_read(world: World) -> str:
    plan_id = world.create_plan("plan", wave(0, *tagged(world, "tier")))
    world.remove_role(DATABASE_ACCOUNT)
    return plan_id


def two_groups_of_one_wave(world: World) -> str:
    return world.create_plan("plan", wave(0, *tagged(world, "tier", "site")))


def two_waves(world: World) -> str:
    one, two = tagged(world, "tier", "site")
    return world.create_plan("plan", wave(0, one), wave(1, two, after=(0,)))


def an_optional_server_that_left(world: World) -> str:
    servers = world.add_servers(count=2)
    plan_id = plan_of(world, *servers, wave={"optionalServerIds": servers[:1]})
    group = group_of(world)
    remaining = {"groupId": group["groupId"], "version": group["version"], "sourceServerIds": servers[1:]}
    world.ask("update_protection_group", **remaining)
    return plan_id


def more_successes_than_servers(world: World) -> str:
    return plan_of(world, wave={"minimumSuccess": 3})


def only_optional_servers(world: World) -> str:
    servers = world.add_servers(count=2)
    return plan_of(world, *servers, wave={"optionalServerIds": servers})


# -- declared checks ----------------------------------------------------------------------------------------------

ALARM: Final = {"alarmName": "shop"}
PLACED: Final = {**ALARM, "accountId": DATABASE_ACCOUNT, "region": REGION}
COMMAND: Final = {"documentName": "AWS-RunShellScript", "parameters": {"commands": ["true"]}}


def an_alarm_of_two_places(world: World) -> str:
    """An earlier version let a group move that a plan with such an alarm uses."""
    stays, moves = (world.create_group(name, world.add_servers()) for name in ("Databases", "Web"))
    plan_id = world.create_plan("plan", wave(0, stays, moves, healthChecks=[ALARM]))
    table, key = world.tables.protection_groups, {"groupId": moves}
    to = {"accountId": WEB_ACCOUNT, "sourceServerIds": world.add_servers(WEB_ACCOUNT)}
    table.put({**(table.get(key) or {}), **to})
    return plan_id


def an_alarm_that_is_not_there(world: World) -> str:
    return plan_of(world, wave={"healthChecks": [PLACED]})


def a_document_that_is_not_there(world: World) -> str:
    world.cloud.ssm.documents.clear()
    return plan_of(world, wave={"healthChecks": [COMMAND]})


def a_cloudwatch_that_refuses(world: World) -> str:
    def refuse(target: Target, _service: str) -> None:
        raise DrsServiceError(f"DescribeAlarms in {target} (AccessDenied)", drsCode="AccessDenied", httpStatus=403)

    world.cloud.cloudwatch.enter = refuse
    return plan_of(world, wave={"healthChecks": [PLACED]})


# -- accounts and regions -----------------------------------------------------------------------------------------


def a_role_that_is_gone(world: World) -> str:
    plan_id = plan_of(world)
    world.remove_role(DATABASE_ACCOUNT)
    return plan_id


def a_role_without_rights(world: World) -> str:
    plan_id = plan_of(world)
    world.fault("revokedRole", times=None)
    return plan_id


def a_region(state: RegionState) -> Cause:
    def cause(world: World) -> str:
        plan_id = plan_of(world)
        world.simulator.set_region(*PLACE, state)
        return plan_id

    cause.__name__ = f"a_region_{state}"
    return cause


def calls_that_are_throttled(world: World) -> str:
    plan_id = plan_of(world)
    world.fault("throttling", times=None)
    return plan_id


def errors_of_the_service(world: World) -> str:
    plan_id = plan_of(world)
    world.fault("serverError", times=None)
    return plan_id


def a_service_that_cannot_be_reached(world: World) -> str:
    plan_id = plan_of(world)
    world.fault("unreachable", times=None)
    return plan_id


def allowed(**quotas: Any) -> Cause:
    """An account that may have less than is documented, in which a job of somebody else is at work on one server."""

    def cause(world: World) -> str:
        plan_id = plan_of(world)
        world.simulator.start_foreign_job(*PLACE, world.add_servers(name="other"), is_drill=True)
        world.cloud.limits.value = replace(DOCUMENTED, **quotas)
        return plan_id

    cause.__name__ = f"allowed_{'_'.join(quotas)}"
    return cause


# -- servers ------------------------------------------------------------------------------------------------------


def a_server_that_drs_has_lost(world: World) -> str:
    servers = world.add_servers(count=2)
    plan_id = plan_of(world, *servers)
    del world.simulator._world.cell(*PLACE).servers[servers[0]]
    return plan_id


def a_server_of_another_execution(world: World) -> str:
    plan_id = plan_of(world)
    world.start(plan_id)
    return plan_id


def a_server_in_a_job(world: World) -> str:
    servers = world.add_servers(count=2)
    plan_id = plan_of(world, *servers)
    world.simulator.start_foreign_job(*PLACE, servers[:1], is_drill=True)
    return plan_id


def replicating(state: Any, **spec: Any) -> Cause:
    def cause(world: World) -> str:
        servers = world.add_servers(count=2)
        plan_id = plan_of(world, *servers, rpoSeconds=300)
        world.simulator.set_replication(*PLACE, servers[0], ReplicationSpec(state=state, **spec))
        return plan_id

    cause.__name__ = "_".join(("replicating", state, *spec))
    return cause


def snapshots_that_nobody_may_read(world: World) -> str:
    world.fault("revokedRole", operation="DescribeRecoverySnapshots", times=None)
    return plan_of(world)


def snapshots_of_which_fewer_questions_are_wanted(world: World) -> str:
    world.fault("throttling", operation="DescribeRecoverySnapshots", times=None)
    return plan_of(world)


def young_servers(world: World) -> str:
    return plan_of(world)


def a_server_that_was_never_replicated(world: World) -> str:
    return plan_of(world, *world.add_servers(replication=ReplicationSpec(state="INITIAL_SYNC")))


def instances_of_an_earlier_launch(world: World) -> str:
    plan_id = a_server_in_a_job(world)
    world.advance(3600)
    return plan_id


def nothing_at_all(world: World) -> str:
    return plan_of(world)


UNREAD: Final = "could not read source servers"
UNSEEN: Final = "could not read the recovery snapshots"

CASES: Final = (
    Case("GROUP_NOT_FOUND", "FAIL", a_group_that_is_gone),
    Case("EMPTY_GROUP", "FAIL", an_empty_group),
    Case("NO_SERVERS_MATCH", "FAIL", tags_that_nobody_carries),
    Case("SERVERS_NOT_RESOLVED", "UNKNOWN", tags_that_nobody_can_read),
    Case("SERVER_IN_TWO_GROUPS", "WARN", two_groups_of_one_wave),
    Case("SERVER_IN_TWO_WAVES", "FAIL", two_waves),
    Case("OPTIONAL_SERVER_NOT_IN_WAVE", "WARN", an_optional_server_that_left),
    Case("MINIMUM_SUCCESS_NOT_REACHABLE", "WARN", more_successes_than_servers),
    Case("NO_REQUIRED_SERVERS", "WARN", only_optional_servers),
    Case("ALARM_WITHOUT_PLACE", "FAIL", an_alarm_of_two_places),
    Case("ALARM_NOT_FOUND", "FAIL", an_alarm_that_is_not_there),
    Case("COMMAND_NOT_RUNNABLE", "FAIL", a_document_that_is_not_there),
    Case("HEALTH_CHECKS", "FAIL", a_cloudwatch_that_refuses, "DENIED"),
    Case("ROLE", "FAIL", a_role_that_is_gone, "ROLE_NOT_ASSUMABLE", then=UNREAD),
    Case("DRS_STATE", "FAIL", a_role_without_rights, "DENIED", then=UNREAD),
    Case("DRS_STATE", "FAIL", a_region("notInitialized"), "NOT_INITIALIZED", then=UNREAD),
    Case("DRS_STATE", "FAIL", a_region("notEnabled"), "REGION_NOT_ENABLED", then=UNREAD),
    Case("DRS_STATE", "FAIL", a_region("denied"), "DENIED", then=UNREAD),
    Case("DRS_STATE", "UNKNOWN", a_region("throttled"), "THROTTLED", then=UNREAD),
    Case("DRS_STATE", "UNKNOWN", calls_that_are_throttled, "THROTTLED", then=UNREAD),
    Case("DRS_STATE", "UNKNOWN", errors_of_the_service, "REFUSED", then=UNREAD),
    Case("DRS_STATE", "UNKNOWN", a_service_that_cannot_be_reached, "NO_ANSWER", then=UNREAD),
    Case("QUOTA", "WARN", allowed(servers_in_all_jobs=1), "WAVE_SIZE"),
    Case("QUOTA", "WARN", allowed(jobs_at_once=1), "JOBS_AT_ONCE"),
    Case("QUOTA", "WARN", allowed(servers_in_all_jobs=2), "SERVERS_IN_ALL_JOBS"),
    Case("QUOTA", "WARN", allowed(unread="Service Quotas wanted fewer calls"), "NOT_READ"),
    Case("SERVER_MISSING", "FAIL", a_server_that_drs_has_lost),
    Case("SERVER_BUSY", "FAIL", a_server_of_another_execution, "HELD_BY_EXECUTION"),
    Case("SERVER_BUSY", "WARN", a_server_in_a_job, "IN_RUNNING_JOB"),
    Case("REPLICATION_STATE", "FAIL", replicating("DISCONNECTED")),
    Case("REPLICATION_STATE", "FAIL", replicating("STALLED")),
    Case("REPLICATION_LAG", "WARN", replicating("CONTINUOUS", lag_seconds=301)),
    Case("REPLICATION_LAG", "UNKNOWN", replicating("CONTINUOUS", tells_lag=False)),
    Case("SNAPSHOT_MISSING", "FAIL", young_servers, days_back=3000, then="it has no recovery snapshot of"),
    Case(
        "SNAPSHOT_MISSING",
        "FAIL",
        a_server_that_was_never_replicated,
        "NOTHING_TO_LAUNCH",
        then="replication state INITIAL_SYNC",
    ),
    Case("SNAPSHOTS_NOT_CHECKED", "UNKNOWN", snapshots_that_nobody_may_read, days_back=0.1, then=UNSEEN),
    Case("SNAPSHOTS_NOT_CHECKED", "UNKNOWN", snapshots_of_which_fewer_questions_are_wanted, days_back=0.1, then=UNSEEN),
    Case("LEFTOVER_INSTANCES", "WARN", instances_of_an_earlier_launch),
    Case("LAUNCH_RIGHTS", "UNKNOWN", nothing_at_all),
)
