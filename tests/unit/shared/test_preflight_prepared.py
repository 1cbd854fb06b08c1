"""What is told of instances that somebody has prepared, and of how much of that DRS is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from shared.aws.ports import DrsPort
from shared.errors import DrsServiceError
from shared.models.drs import LaunchSettings
from shared.models.finding import Finding, FindingReason, Outcome
from shared.models.prepared_instance import Platform, PreparedInstance
from shared.models.targets import Target
from shared.services.preflight_prepared import MOST_ASKED, PreparedPlace, prepared_findings
from tests.support.configuration import DATABASE

SERVERS = tuple(f"s-{number}" for number in range(4))
INSTANCES = tuple(f"i-{number}" for number in range(4))
STATES = ("stopped", "stopping", "running", "terminated")


class Told:
    """DRS, which was told of these instances; it refuses to speak of the `silent` servers."""

    def __init__(self, into: Mapping[str, str], silent: frozenset[str] = frozenset()) -> None:
        self.into = into
        self.silent = silent
        self.asked: list[str] = []

    def launch_settings(self, _target: Target, source_server_id: str) -> LaunchSettings:
        """What it was told."""
        self.asked.append(source_server_id)
        if source_server_id in self.silent:
            raise DrsServiceError("denied", drsCode="AccessDeniedException", httpStatus=403)
        return LaunchSettings(source_server_id=source_server_id, launch_into=self.into.get(source_server_id))


def instance(instance_id: str, state: str = "stopped") -> PreparedInstance:
    return PreparedInstance(instance_id=instance_id, state=state, allows_launches=True, platform=Platform.LINUX)


def place(**said: Any) -> PreparedPlace:
    known: dict[str, Any] = {
        "open": (),
        "names": dict.fromkeys(SERVERS, ""),
        "into": {},
        "before": {},
        "wishing": frozenset(),
        **said,
    }
    return PreparedPlace(DATABASE, **known)


def found(asked: PreparedPlace, drs: Told) -> list[Finding]:
    return list(prepared_findings([asked], cast(DrsPort, drs), workers=4, patience=30))


def instances_of(findings: list[Finding], reason: FindingReason) -> dict[str, str]:
    return {key: value for one in findings if one.reason is reason for key, value in one.details["instances"].items()}


def test_of_more_servers_than_are_asked_nobody_says_that_nothing_was_told() -> None:
    many = {f"s-{number:04d}": "" for number in range(MOST_ASKED + 3)}
    drs = Told({})

    [finding] = found(place(open=[instance("i-1")], names=many), drs)

    assert len(drs.asked) == MOST_ASKED
    assert (finding.outcome, finding.reason, len(finding.server_ids)) == (Outcome.UNKNOWN, FindingReason.NO_ANSWER, 3)


@given(
    states=st.dictionaries(st.sampled_from(INSTANCES), st.sampled_from(STATES)),
    wishes=st.dictionaries(st.sampled_from(SERVERS), st.none() | st.sampled_from(INSTANCES)),
    before=st.dictionaries(st.sampled_from(SERVERS), st.sampled_from(INSTANCES)),
    told=st.dictionaries(st.sampled_from(SERVERS), st.sampled_from(INSTANCES)),
    silent=st.frozensets(st.sampled_from(SERVERS)),
)
def test_nobody_loses_an_instance_of_which_nothing_was_told(
    states: dict[str, str],
    wishes: dict[str, str | None],
    before: dict[str, str],
    told: dict[str, str],
    silent: frozenset[str],
) -> None:
    into = {server: one for server, one in wishes.items() if one is not None}
    opened = [instance(*one) for one in states.items()]

    findings = found(place(open=opened, into=into, before=before, wishing=frozenset(wishes)), Told(told, silent))

    ended = {server: one for server, one in before.items() if one in states and into.get(server) != one}
    assert instances_of(findings, FindingReason.LAUNCHED_INTO_BEFORE) == ended
    free = {one for one, state in states.items() if state in ("stopped", "stopping")} - {*into.values()}
    others = {server for server in SERVERS if free and server not in wishes}
    taken = {server: told[server] for server in others - silent if server in told}
    assert instances_of(findings, FindingReason.TOLD_BY_OTHERS) == taken
    unread = {server for one in findings if one.outcome is Outcome.UNKNOWN for server in one.server_ids}
    assert unread == others & silent
