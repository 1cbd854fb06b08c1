"""What is told of instances that somebody has prepared, and of how much of that DRS is asked."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.aws.ports import DrsPort
from shared.errors import DrsServiceError
from shared.models.drs import Ec2Origin, LaunchSettings, SourceServer
from shared.models.finding import Finding, FindingReason, Outcome, failure_at, unknown_at
from shared.models.prepared_instance import Platform, PreparedInstance
from shared.models.targets import Target, key_in
from shared.models.temporary_settings import TemporarySettings
from shared.services.preflight_prepared import CODE, UNREAD, PreparedPlace, prepared_findings, unread_prepared
from tests.support.configuration import DATABASE, NOW

SERVERS = tuple(f"s-{number:017d}" for number in range(4))
INSTANCES = tuple(f"i-{number}" for number in range(4))
STATES = ("stopped", "stopping", "running", "terminated")
LAUNCHED: Final = NOW
BEFORE, SINCE = LAUNCHED - timedelta(days=9), LAUNCHED + timedelta(minutes=9)


class Told:
    """DRS, which was told of these instances.

    It refuses to speak of the `silent` servers for good, and wants fewer calls after so many; each takes so long.
    """

    def __init__(
        self, into: Mapping[str, str], silent: frozenset[str] = frozenset(), most: int = 10_000, seconds: float = 0
    ) -> None:
        self.into = into
        self.silent = silent
        self.most = most
        self.seconds = seconds
        self.asked: list[str] = []

    def launch_settings(self, _target: Target, source_server_id: str) -> LaunchSettings:
        """What it was told."""
        self.asked.append(source_server_id)
        if self.seconds:
            time.sleep(self.seconds)
        if len(self.asked) > self.most:
            raise DrsServiceError("slow down", drsCode="ThrottlingException", httpStatus=429)
        if source_server_id in self.silent:
            raise DrsServiceError("denied", drsCode="AccessDeniedException", httpStatus=403)
        return LaunchSettings(source_server_id=source_server_id, launch_into=self.into.get(source_server_id))


def instance(instance_id: str, state: str = "stopped", **said: Any) -> PreparedInstance:
    known = {"allows_launches": True, "platform": Platform.LINUX, **said}
    return PreparedInstance(instance_id=instance_id, state=state, **known)


def servers(
    ids: Iterable[str] = SERVERS, before: Mapping[str, str] | None = None, **said: Any
) -> dict[str, SourceServer]:
    """What DRS says of servers, with the recovery instances that they have of a launch."""
    known = {"arn": "", "last_launch_initiated_at": LAUNCHED, **said}
    return {
        each: SourceServer(source_server_id=each, recovery_instance_id=(before or {}).get(each), **known)
        for each in ids
    }


def place(**said: Any) -> PreparedPlace:
    known: dict[str, Any] = {"open": (), "servers": servers(), "into": {}, "wishing": frozenset(), **said}
    return PreparedPlace(DATABASE, names=dict.fromkeys(known["servers"], ""), **known)


def found(asked: PreparedPlace, drs: Told, *rows: TemporarySettings, patience: float = 30) -> list[Finding]:
    return list(prepared_findings([asked], rows, cast(DrsPort, drs), workers=4, patience=patience))


def instances_of(findings: list[Finding], reason: FindingReason) -> dict[str, str]:
    return {key: value for one in findings if one.reason is reason for key, value in one.details["instances"].items()}


def many(count: int) -> dict[str, SourceServer]:
    return servers(f"s-{number:017d}" for number in range(count))


def test_of_whatever_many_servers_drs_is_asked_as_long_as_there_is_time() -> None:
    drs = Told({})

    assert found(place(open=[instance("i-1")], servers=many(1000)), drs) == []
    assert len(drs.asked) == 1000


def test_of_whom_nobody_had_the_time_to_ask_it_is_unknown_and_says_of_how_many() -> None:
    drs = Told({}, seconds=0.02)

    [finding] = found(place(open=[instance("i-1")], servers=many(1000)), drs, patience=0.3)

    assert (finding.outcome, finding.reason) == (Outcome.UNKNOWN, FindingReason.NO_ANSWER)
    assert 900 < len(finding.server_ids) < 1000
    assert f"to launch {len(finding.server_ids)} servers in {DATABASE} into instances" in finding.message
    assert finding.message.endswith("is not known: there was no time to ask")


def test_a_drs_that_wants_fewer_calls_is_left_alone_and_that_is_unknown() -> None:
    drs = Told({}, most=10)

    [finding] = found(place(open=[instance("i-1")], servers=many(500)), drs)

    assert len(drs.asked) < 20
    assert (finding.outcome, finding.reason, len(finding.server_ids)) == (Outcome.UNKNOWN, FindingReason.THROTTLED, 490)


def test_those_are_asked_first_whose_own_instance_or_one_of_their_name_is_prepared() -> None:
    ids = [f"s-{number:017d}" for number in range(6)]
    known = servers(ids) | {
        ids[5]: SourceServer(source_server_id=ids[5], arn="", origin=Ec2Origin(instance_id="i-1")),
        ids[4]: SourceServer(source_server_id=ids[4], arn="", hostname="db-7"),
        ids[3]: SourceServer(source_server_id=ids[3], arn="", tags={"Name": "db-7"}),
        ids[2]: SourceServer(source_server_id=ids[2], arn="", origin=Ec2Origin(instance_id="i-2")),
    }

    asked = place(open=[instance("i-1", name="db-7"), instance("i-2", "running")], servers=known).asked

    assert asked == (*ids[3:], *ids[:3])


@pytest.mark.parametrize(
    ("made_at", "launched_at", "is_told"),
    [
        (BEFORE, LAUNCHED, True),
        (SINCE, LAUNCHED, False),
        (None, LAUNCHED, True),
        (BEFORE, None, True),
        (SINCE, None, True),
    ],
)
def test_a_recovery_instance_that_the_launch_has_made_itself_is_nobodys_however_it_is_tagged(
    made_at: Any, launched_at: Any, *, is_told: bool
) -> None:
    [one, *_] = SERVERS
    known = servers([one], {one: "i-1"}, last_launch_initiated_at=launched_at)

    seen = place(open=[instance("i-1", "running", made_at=made_at)], servers=known)

    told = instances_of(found(seen, Told({})), FindingReason.LAUNCHED_INTO_BEFORE)
    assert told == seen.left == ({one: "i-1"} if is_told else {})


def row(server: str, **said: Any) -> TemporarySettings:
    """What is left of a drill into an instance."""
    known: dict[str, Any] = {
        "put": {"launchIntoInstanceProperties": ({"launchIntoEc2InstanceId": "i-1"},)},
        "for_execution": "e-1",
        "for_plan": "p-1",
        "wave_number": 0,
        "group_id": "g-1",
        "group_version": 1,
        "actor": "execution e-1",
        "at": NOW,
        "until": NOW,
    }
    return TemporarySettings(server=key_in(DATABASE, server), **(known | said))


@pytest.mark.parametrize("said", [{}, {"code": "AccessDeniedException", "attempts": 3}], ids=["for now", "for good"])
def test_what_an_execution_of_ours_has_left_is_not_what_others_have_told_drs(said: dict[str, Any]) -> None:
    [one, other, *_] = SERVERS
    drs = Told({one: "i-1", other: "i-2"})
    seen = place(open=[instance("i-1"), instance("i-2")], servers=servers([one, other]))

    findings = found(seen, drs, row(one, **said))

    assert instances_of(findings, FindingReason.TOLD_BY_OTHERS) == {other: "i-2"}
    assert drs.asked == [other]


def test_what_others_had_told_drs_before_is_told_for_it_will_be_there_again() -> None:
    [one, *_] = SERVERS
    before = {"launchIntoInstanceProperties": {"launchIntoEc2InstanceId": "i-2"}}
    seen = place(open=[instance("i-1"), instance("i-2")], servers=servers([one]))

    findings = found(seen, Told({one: "i-1"}), row(one, before=before))

    assert instances_of(findings, FindingReason.TOLD_BY_OTHERS) == {one: "i-2"}


def test_of_whom_an_execution_has_left_other_settings_drs_is_asked() -> None:
    [one, *_] = SERVERS
    seen = place(open=[instance("i-1")], servers=servers([one]))

    findings = found(seen, Told({one: "i-1"}), row(one, put={"copyTags": (True,)}))

    assert instances_of(findings, FindingReason.TOLD_BY_OTHERS) == {one: "i-1"}


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (unknown_at, FindingReason.THROTTLED),
        (unknown_at, FindingReason.NO_ANSWER),
        (failure_at, FindingReason.DENIED),
    ],
)
def test_where_ec2_does_not_tell_it_is_unknown_whatever_the_reason(made: Any, reason: FindingReason) -> None:
    finding = unread_prepared(made(DATABASE, CODE, "DescribeInstances: no", reason=reason), SERVERS)

    assert (finding.code, finding.outcome) == (UNREAD, Outcome.UNKNOWN)
    assert (finding.reason, finding.server_ids) == (reason, SERVERS)
    assert finding.message == (
        "whether launches of 4 servers take or end instances that somebody has prepared could not be looked up: "
        "DescribeInstances: no"
    )


@given(
    states=st.dictionaries(st.sampled_from(INSTANCES), st.sampled_from(STATES)),
    wishes=st.dictionaries(st.sampled_from(SERVERS), st.none() | st.sampled_from(INSTANCES)),
    before=st.dictionaries(st.sampled_from(SERVERS), st.sampled_from(INSTANCES)),
    made_by_launches=st.frozensets(st.sampled_from(INSTANCES)),
    drs=st.builds(
        Told,
        st.dictionaries(st.sampled_from(SERVERS), st.sampled_from(INSTANCES)),
        st.frozensets(st.sampled_from(SERVERS)),
    ),
)
def test_nobody_loses_an_instance_of_which_nothing_was_told(
    states: dict[str, str],
    wishes: dict[str, str | None],
    before: dict[str, str],
    made_by_launches: frozenset[str],
    drs: Told,
) -> None:
    into = {server: one for server, one in wishes.items() if one is not None}
    opened = [instance(*one, made_at=SINCE if one[0] in made_by_launches else BEFORE) for one in states.items()]

    seen = place(open=opened, into=into, servers=servers(before=before), wishing=frozenset(wishes))
    findings = found(seen, drs)

    stay = states.keys() - made_by_launches
    ended = {server: one for server, one in before.items() if one in stay and into.get(server) != one}
    assert instances_of(findings, FindingReason.LAUNCHED_INTO_BEFORE) == ended
    free = {one for one, state in states.items() if state in ("stopped", "stopping")} - {*into.values()}
    others = {server for server in SERVERS if free and server not in wishes}
    taken = {server: drs.into[server] for server in others - drs.silent if server in drs.into}
    assert instances_of(findings, FindingReason.TOLD_BY_OTHERS) == taken
    unread = {server for one in findings if one.outcome is Outcome.UNKNOWN for server in one.server_ids}
    assert unread == others & drs.silent
