"""What a check of the world found before a recovery starts."""

from collections.abc import Collection
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
    REPLICATION_LAG = "REPLICATION_LAG"
    SNAPSHOT_MISSING = "SNAPSHOT_MISSING"
    LEFTOVER_INSTANCES = "LEFTOVER_INSTANCES"
    LAUNCH_CONFIG_INVALID = "LAUNCH_CONFIG_INVALID"
    LAUNCH_CONFIG_DRIFT = "LAUNCH_CONFIG_DRIFT"
    SUBNET_MISSING = "SUBNET_MISSING"
    SUBNET_ADDRESSES = "SUBNET_ADDRESSES"
    SECURITY_GROUP = "SECURITY_GROUP"
    INSTANCE_TYPE = "INSTANCE_TYPE"
    INSTANCE_PROFILE = "INSTANCE_PROFILE"
    STATIC_IP = "STATIC_IP"
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


_NEVER_OVERRIDDEN: Final = frozenset(
    {
        FindingCode.GROUP_NOT_FOUND,
        FindingCode.EMPTY_GROUP,
        FindingCode.NO_SERVERS_MATCH,
        FindingCode.SERVERS_NOT_RESOLVED,
        FindingCode.SERVER_IN_TWO_WAVES,
    }
)
"""Without these nobody knows what would be launched, and when."""


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
        return self.code not in _NEVER_OVERRIDDEN and self.reason is not FindingReason.HELD_BY_EXECUTION

    @property
    def must_be_named(self) -> bool:
        """Whether an override covers it only if it names its code: what it is about will surely not be recovered."""
        return self.reason is FindingReason.NOTHING_TO_LAUNCH

    def is_overridden_by(self, codes: Collection[FindingCode] | None) -> bool:
        """Whether an override of these codes, or of any, covers it."""
        is_meant = not self.must_be_named if codes is None else self.code in codes
        return self.prevents and self.may_be_overridden and is_meant


class AcceptedFinding(Model):
    """What the operator of a start took upon himself for one server; `details` are those of the finding.

    `code` is any text: executions of earlier versions tell the codes of those.
    """

    code: str
    details: dict[str, Any] = Field(default_factory=dict)


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
