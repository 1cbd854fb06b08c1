"""What Lambda says of an invocation, and who calls a function that answers no operations."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from shared.errors import ValidationError

API_ALIAS: Final = "live-api"
"""The alias that API Gateway alone invokes: what comes by it has claims that the gateway has verified."""

_DRS_SOURCE: Final = "aws.drs"


class LambdaCall(Protocol):
    """What Lambda itself says of an invocation."""

    @property
    def aws_request_id(self) -> str:
        """The id of the invocation."""
        ...

    @property
    def invoked_function_arn(self) -> str:
        """The ARN that was invoked, with its alias if there was one."""
        ...


@dataclass(frozen=True, slots=True)
class ScheduleInvocation:
    """The clock of EventBridge struck."""

    schedule: str


@dataclass(frozen=True, slots=True)
class WorkInvocation:
    """A function goes on with work of its own, which it handed to itself; `fields` is the rest of the event."""

    work: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DrsEvent:
    """DRS reports something by EventBridge; `resources` are ARNs."""

    detail_type: str
    account_id: str
    region: str
    resources: tuple[str, ...]
    detail: Mapping[str, Any]

    @property
    def job_id(self) -> str:
        """The job that the event is about, if it is about one."""
        return str(self.detail.get("job-id") or "")

    @property
    def tells_of_failure(self) -> bool:
        """Whether a server's launch has failed."""
        return self.detail.get("state") == "RECOVERY_LAUNCH_FAILED"


@dataclass(frozen=True, slots=True)
class StateMachineCall:
    """A state of the state machine calls; `fields` is the rest of its input."""

    action: str
    fields: Mapping[str, Any]


Invocation: TypeAlias = ScheduleInvocation | DrsEvent | StateMachineCall


def parse_invocation(event: Any) -> Invocation:
    """What this invocation is; ValidationError if it is none of the three."""
    if not isinstance(event, Mapping):
        raise ValidationError.one("event", "must be a JSON object", "OBJECT_REQUIRED")
    if isinstance(event.get("action"), str):
        return StateMachineCall(event["action"], {name: value for name, value in event.items() if name != "action"})
    if isinstance(event.get("schedule"), str):
        return ScheduleInvocation(event["schedule"])
    if event.get("source") == _DRS_SOURCE:
        return _drs_event(event)
    raise ValidationError.one("event", "is no call, no schedule and no DRS event", "UNKNOWN_EVENT")


def background_of(event: Any, function_arn: str) -> ScheduleInvocation | WorkInvocation | None:
    """What a function of the API is to do that nobody waits for; None for everything that one of its doors answers.

    That is whatever comes by the alias of API Gateway, and an event that names an operation, whatever else it holds.
    """
    if alias_of(function_arn) == API_ALIAS or not isinstance(event, Mapping) or "operation" in event:
        return None
    if isinstance(event.get("work"), str):
        return WorkInvocation(event["work"], {name: value for name, value in event.items() if name != "work"})
    return ScheduleInvocation(event["schedule"]) if isinstance(event.get("schedule"), str) else None


def unknown(kind: str, name: str, known: Collection[str]) -> ValidationError:
    """What an event is answered with that asks for work, or is of a schedule, that nobody knows."""
    code = {"work": "UNKNOWN_WORK", "schedule": "UNKNOWN_SCHEDULE"}[kind]
    return ValidationError.one(kind, f"there is no {name}; known: {', '.join(known) or 'none'}", code)


def alias_of(function_arn: str) -> str | None:
    """The alias or version in a function's ARN, if it has one."""
    parts = function_arn.split(":")
    return parts[7] if len(parts) > 7 else None


def _drs_event(event: Mapping[str, Any]) -> DrsEvent:
    detail = event.get("detail")
    resources = event.get("resources")
    return DrsEvent(
        detail_type=str(event.get("detail-type", "")),
        account_id=str(event.get("account", "")),
        region=str(event.get("region", "")),
        resources=tuple(str(arn) for arn in resources) if isinstance(resources, list) else (),
        detail=detail if isinstance(detail, Mapping) else {},
    )
