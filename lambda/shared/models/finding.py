"""What a check of the world found before a recovery starts."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from shared.models.base import Model
from shared.models.targets import Target


class Severity(StrEnum):
    """An ERROR prevents the start; a WARN is for the operator to know."""

    ERROR = "ERROR"
    WARN = "WARN"


class FindingCode(StrEnum):
    """The vocabulary of findings."""

    GROUP_NOT_FOUND = "GROUP_NOT_FOUND"
    EMPTY_GROUP = "EMPTY_GROUP"
    NO_SERVERS_MATCH = "NO_SERVERS_MATCH"
    SERVER_NOT_FOUND = "SERVER_NOT_FOUND"
    SERVER_NOT_REPLICATING = "SERVER_NOT_REPLICATING"
    SERVER_IN_ANOTHER_EXECUTION = "SERVER_IN_ANOTHER_EXECUTION"
    SERVER_IN_TWO_GROUPS = "SERVER_IN_TWO_GROUPS"
    SERVER_IN_TWO_WAVES = "SERVER_IN_TWO_WAVES"
    OPTIONAL_SERVER_NOT_IN_WAVE = "OPTIONAL_SERVER_NOT_IN_WAVE"
    MINIMUM_SUCCESS_NOT_REACHABLE = "MINIMUM_SUCCESS_NOT_REACHABLE"
    NO_REQUIRED_SERVERS = "NO_REQUIRED_SERVERS"
    ALARM_WITHOUT_PLACE = "ALARM_WITHOUT_PLACE"
    ALARM_NOT_FOUND = "ALARM_NOT_FOUND"
    COMMAND_NOT_RUNNABLE = "COMMAND_NOT_RUNNABLE"
    ACCOUNT_NOT_REGISTERED = "ACCOUNT_NOT_REGISTERED"
    ACCOUNT_INACTIVE = "ACCOUNT_INACTIVE"
    ROLE_NOT_ASSUMABLE = "ROLE_NOT_ASSUMABLE"
    DRS_NOT_INITIALIZED = "DRS_NOT_INITIALIZED"
    REGION_NOT_ENABLED = "REGION_NOT_ENABLED"
    COULD_NOT_CHECK = "COULD_NOT_CHECK"
    RUNNING_JOB_CONFLICT = "RUNNING_JOB_CONFLICT"
    LAUNCH_CONFIG_NOT_APPLIED = "LAUNCH_CONFIG_NOT_APPLIED"
    NO_RECOVERY_POINT = "NO_RECOVERY_POINT"
    RECOVERY_POINTS_NOT_CHECKED = "RECOVERY_POINTS_NOT_CHECKED"
    QUOTAS_NOT_READ = "QUOTAS_NOT_READ"
    QUOTA_WAVE_SIZE = "QUOTA_WAVE_SIZE"
    QUOTA_CONCURRENT_JOBS = "QUOTA_CONCURRENT_JOBS"
    QUOTA_SERVERS_IN_JOBS = "QUOTA_SERVERS_IN_JOBS"
    SERVERS_CHANGED = "SERVERS_CHANGED"
    GROUP_SHRUNK = "GROUP_SHRUNK"
    SERVERS_NOT_COMPARED = "SERVERS_NOT_COMPARED"
    ORIGIN_UNKNOWN = "ORIGIN_UNKNOWN"
    ORIGIN_NOT_FOUND = "ORIGIN_NOT_FOUND"
    TAGS_LEFT_OUT = "TAGS_LEFT_OUT"
    TAGS_NOT_TAKEN = "TAGS_NOT_TAKEN"
    TAGS_NOT_WRITTEN = "TAGS_NOT_WRITTEN"


class Finding(Model):
    """One finding, in words for people and with the place it concerns for programs."""

    severity: Severity
    code: FindingCode
    message: str
    account_id: str | None = None
    region: str | None = None
    group_id: str | None = None
    group_name: str | None = None
    wave_number: int | None = None
    server_ids: tuple[str, ...] = ()
    details: dict[str, Any] = Field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        """Whether it prevents the start."""
        return self.severity is Severity.ERROR


class AcceptedFinding(Model):
    """What the operator of a start took upon himself for one server; `details` are those of the finding."""

    code: FindingCode
    details: dict[str, Any] = Field(default_factory=dict)


def error_at(target: Target | None, code: FindingCode, message: str, **place: Any) -> Finding:
    """An ERROR about an account and region."""
    return _at(Severity.ERROR, target, code, message, place)


def warning_at(target: Target | None, code: FindingCode, message: str, **place: Any) -> Finding:
    """A WARN about an account and region."""
    return _at(Severity.WARN, target, code, message, place)


def _at(severity: Severity, target: Target | None, code: FindingCode, message: str, place: dict[str, Any]) -> Finding:
    return Finding(
        severity=severity,
        code=code,
        message=message,
        account_id=target.account_id if target else None,
        region=target.region if target else None,
        **place,
    )
