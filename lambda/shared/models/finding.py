"""What a check of the world found before a recovery starts."""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import Field

from shared.models.base import Model
from shared.models.targets import Target


class Outcome(StrEnum):
    """What became of a check; UNKNOWN: nobody could tell, which is no pass."""

    PASS = "PASS"
    WARN = "WARN"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


class FindingCode(StrEnum):
    """What was checked: first of the plan, then of its servers, then of each account and region."""

    GROUP_NOT_FOUND = "GROUP_NOT_FOUND"
    EMPTY_GROUP = "EMPTY_GROUP"
    NO_SERVERS_MATCH = "NO_SERVERS_MATCH"
    SERVERS_NOT_RESOLVED = "SERVERS_NOT_RESOLVED"
    SERVER_IN_TWO_GROUPS = "SERVER_IN_TWO_GROUPS"
    SERVER_IN_TWO_WAVES = "SERVER_IN_TWO_WAVES"
    OPTIONAL_SERVER_NOT_IN_WAVE = "OPTIONAL_SERVER_NOT_IN_WAVE"
    MINIMUM_SUCCESS_NOT_REACHABLE = "MINIMUM_SUCCESS_NOT_REACHABLE"
    NO_REQUIRED_SERVERS = "NO_REQUIRED_SERVERS"
    ALARM_WITHOUT_PLACE = "ALARM_WITHOUT_PLACE"
    ALARM_NOT_FOUND = "ALARM_NOT_FOUND"
    COMMAND_NOT_RUNNABLE = "COMMAND_NOT_RUNNABLE"
    HEALTH_CHECKS = "HEALTH_CHECKS"
    ROLE = "ROLE"
    DRS_STATE = "DRS_STATE"
    QUOTA = "QUOTA"
    SERVER_MISSING = "SERVER_MISSING"
    SERVER_BUSY = "SERVER_BUSY"
    REPLICATION_STATE = "REPLICATION_STATE"
    EXTENSION_UNUSABLE = "EXTENSION_UNUSABLE"
    REPLICATION_LAG = "REPLICATION_LAG"
    SNAPSHOT_MISSING = "SNAPSHOT_MISSING"
    SNAPSHOTS_NOT_CHECKED = "SNAPSHOTS_NOT_CHECKED"
    LEFTOVER_INSTANCES = "LEFTOVER_INSTANCES"
    LAUNCH_CONFIG_INVALID = "LAUNCH_CONFIG_INVALID"
    LAUNCH_CONFIG_DRIFT = "LAUNCH_CONFIG_DRIFT"
    LAUNCH_CONFIG_NOT_CHECKED = "LAUNCH_CONFIG_NOT_CHECKED"
    SUBNET_MISSING = "SUBNET_MISSING"
    SUBNET_ADDRESSES = "SUBNET_ADDRESSES"
    SECURITY_GROUP = "SECURITY_GROUP"
    INSTANCE_TYPE = "INSTANCE_TYPE"
    INSTANCE_PROFILE = "INSTANCE_PROFILE"
    STATIC_IP = "STATIC_IP"
    LAUNCH_INTO_TARGET = "LAUNCH_INTO_TARGET"
    PREPARED_INSTANCE = "PREPARED_INSTANCE"
    PREPARED_NOT_CHECKED = "PREPARED_NOT_CHECKED"
    TEMPORARY_SETTINGS_LEFT = "TEMPORARY_SETTINGS_LEFT"
    LAUNCH_RIGHTS = "LAUNCH_RIGHTS"
    SERVERS_CHANGED = "SERVERS_CHANGED"
    GROUP_SHRUNK = "GROUP_SHRUNK"
    SERVERS_NOT_COMPARED = "SERVERS_NOT_COMPARED"
    TAG_SYNC = "TAG_SYNC"
    ORIGIN_UNKNOWN = "ORIGIN_UNKNOWN"
    ORIGIN_NOT_FOUND = "ORIGIN_NOT_FOUND"
    TAGS_LEFT_OUT = "TAGS_LEFT_OUT"
    TAGS_NOT_TAKEN = "TAGS_NOT_TAKEN"
    TAGS_NOT_WRITTEN = "TAGS_NOT_WRITTEN"


class FindingReason(StrEnum):
    """Which of the ways it is in which a check ends badly, where there are several."""

    ACCOUNT_NOT_REGISTERED = "ACCOUNT_NOT_REGISTERED"
    ACCOUNT_INACTIVE = "ACCOUNT_INACTIVE"
    ROLE_NOT_ASSUMABLE = "ROLE_NOT_ASSUMABLE"
    NOT_INITIALIZED = "NOT_INITIALIZED"
    REGION_NOT_ENABLED = "REGION_NOT_ENABLED"
    DENIED = "DENIED"
    THROTTLED = "THROTTLED"
    NO_ANSWER = "NO_ANSWER"
    REFUSED = "REFUSED"
    HELD_BY_EXECUTION = "HELD_BY_EXECUTION"
    IN_RUNNING_JOB = "IN_RUNNING_JOB"
    WAVE_SIZE = "WAVE_SIZE"
    JOBS_AT_ONCE = "JOBS_AT_ONCE"
    SERVERS_IN_ALL_JOBS = "SERVERS_IN_ALL_JOBS"
    NOT_READ = "NOT_READ"
    NOTHING_TO_LAUNCH = "NOTHING_TO_LAUNCH"
    SECURITY_GROUPS_NOT_FOUND = "SECURITY_GROUPS_NOT_FOUND"
    SECURITY_GROUPS_WRONG_VPC = "SECURITY_GROUPS_WRONG_VPC"
    IP_NOT_PRIVATE = "IP_NOT_PRIVATE"
    IP_OUT_OF_RANGE = "IP_OUT_OF_RANGE"
    IP_RESERVED = "IP_RESERVED"
    IP_IN_USE = "IP_IN_USE"
    DUPLICATE_IP = "DUPLICATE_IP"
    MISSING_SUBNET = "MISSING_SUBNET"
    TOLD_BY_OTHERS = "TOLD_BY_OTHERS"
    LAUNCHED_INTO_BEFORE = "LAUNCHED_INTO_BEFORE"
    TAG_COPIED = "TAG_COPIED"
    LENT_SETTINGS = "LENT_SETTINGS"


_NEVER_OVERRIDDEN: Final = frozenset(
    {
        FindingCode.GROUP_NOT_FOUND,
        FindingCode.EMPTY_GROUP,
        FindingCode.NO_SERVERS_MATCH,
        FindingCode.SERVERS_NOT_RESOLVED,
        FindingCode.SERVER_IN_TWO_WAVES,
        FindingCode.ALARM_WITHOUT_PLACE,
        FindingCode.LAUNCH_INTO_TARGET,
    }
)
"""Nobody knows then what would be launched, when, and into what, or where to look for what must be well."""

_OF_TAG_SYNC: Final = frozenset(
    {
        FindingCode.TAG_SYNC,
        FindingCode.ORIGIN_UNKNOWN,
        FindingCode.ORIGIN_NOT_FOUND,
        FindingCode.TAGS_LEFT_OUT,
        FindingCode.TAGS_NOT_TAKEN,
        FindingCode.TAGS_NOT_WRITTEN,
    }
)
"""These tell what became of tags; no start meets them."""

OVERRIDABLE: Final = tuple(
    code for code in FindingCode if code not in _NEVER_OVERRIDDEN | _OF_TAG_SYNC | {FindingCode.LAUNCH_RIGHTS}
)
"""What an operator may take upon himself; what only a launch can prove is in nobody's way."""


ABOUT_SETTINGS: Final = (
    FindingCode.LAUNCH_CONFIG_INVALID,
    FindingCode.LAUNCH_CONFIG_DRIFT,
    FindingCode.TEMPORARY_SETTINGS_LEFT,
)
"""What an override names of these holds for a whole wave, whatever is found of its servers before their launch.

Of what an execution has left, only what it had put there, and nothing that others have since.
"""

_NAMED_ONLY: Final = frozenset(
    {FindingReason.NOTHING_TO_LAUNCH, FindingReason.TOLD_BY_OTHERS, FindingReason.LAUNCHED_INTO_BEFORE}
)

_COVERED_BY: Final = {
    FindingCode.LAUNCH_CONFIG_NOT_CHECKED: FindingCode.LAUNCH_CONFIG_DRIFT,
    FindingCode.PREPARED_NOT_CHECKED: FindingCode.PREPARED_INSTANCE,
}
"""Whoever names what might be found need not have it looked for."""

_NEVER_WITH: Final = frozenset({FindingReason.HELD_BY_EXECUTION})


class AcceptedFinding(Model):
    """What the operator of a start took upon himself for one server; `details` are those that are about it.

    `code` is any text: executions of earlier versions tell the codes of those.
    """

    code: str
    details: dict[str, Any] = Field(default_factory=dict)


class Finding(Model):
    """One finding, in words for people and with the place it concerns for programs.

    `overridden`: it would have prevented the start, and whoever starts takes it upon himself.
    """

    outcome: Outcome
    code: FindingCode
    reason: FindingReason | None = None
    message: str
    overridden: bool | None = None
    account_id: str | None = None
    region: str | None = None
    group_id: str | None = None
    group_name: str | None = None
    wave_number: int | None = None
    server_ids: tuple[str, ...] = ()
    details: dict[str, Any] = Field(default_factory=dict)

    @property
    def prevents(self) -> bool:
        """Whether it prevents the start: what only a launch can prove does not, nor what was overridden."""
        is_bad = self.outcome in (Outcome.FAIL, Outcome.UNKNOWN) and self.code is not FindingCode.LAUNCH_RIGHTS
        return is_bad and not self.overridden

    @property
    def may_be_overridden(self) -> bool:
        """Whether a start can be carried out in spite of it: another execution's servers cannot be had."""
        return self.code in OVERRIDABLE and self.reason not in _NEVER_WITH

    @property
    def must_be_named(self) -> bool:
        """Whether an override covers it only if it names its code.

        What it is about will surely not be recovered, or an instance that somebody has prepared is lost, or may be
        for all that anybody knows.
        """
        return self.reason in _NAMED_ONLY or self.code is FindingCode.PREPARED_NOT_CHECKED

    def is_overridden_by(self, codes: Collection[FindingCode] | None) -> bool:
        """Whether an override of these codes, or of any, covers it."""
        is_meant = not self.must_be_named if codes is None else bool({self.code, _COVERED_BY.get(self.code)} & {*codes})
        return self.prevents and self.may_be_overridden and is_meant

    def accepted_by_server(self) -> Iterator[tuple[str, AcceptedFinding]]:
        """What is kept of it with each of its servers: what it tells of one is not kept with the others."""
        ids = frozenset(self.server_ids)
        apart = {
            name: told for name, told in self.details.items() if isinstance(told, Mapping) and not ids.isdisjoint(told)
        }
        alike = {name: told for name, told in self.details.items() if name not in apart}
        for server_id in self.server_ids:
            own = {name: {server_id: told[server_id]} if server_id in told else {} for name, told in apart.items()}
            yield server_id, AcceptedFinding(code=self.code.value, details=alike | own)


def failure_at(target: Target | None, code: FindingCode, message: str, **place: Any) -> Finding:
    """A FAIL about an account and region."""
    return _at(Outcome.FAIL, target, code, message, place)


def unknown_at(target: Target | None, code: FindingCode, message: str, **place: Any) -> Finding:
    """An UNKNOWN about an account and region."""
    return _at(Outcome.UNKNOWN, target, code, message, place)


def warning_at(target: Target | None, code: FindingCode, message: str, **place: Any) -> Finding:
    """A WARN about an account and region."""
    return _at(Outcome.WARN, target, code, message, place)


def _at(outcome: Outcome, target: Target | None, code: FindingCode, message: str, place: dict[str, Any]) -> Finding:
    return Finding(
        outcome=outcome,
        code=code,
        message=message,
        account_id=target.account_id if target else None,
        region=target.region if target else None,
        **place,
    )
