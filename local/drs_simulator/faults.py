"""The fault plan: what shall go wrong, where and when, as a document that is validated before it is believed.

A fault applies to calls (`lostReply`, `throttling` …), to launches of servers (`launchFailure`, `stuckPending` …) or
to whole jobs (`lateVisibility`, `hiddenTags`, `stuckJob`). Who it meets is said by operation, account, region and
servers; how often by `nth` and `times`; when by a window in seconds, counted from the moment the plan was given to the
simulator.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationError

from local.drs_simulator.estate import AccountId, Document, DocumentError, RegionName, explain
from local.drs_simulator.wire import service_model

Seconds = Annotated[float, Field(ge=0)]


def _known_operation(name: str) -> str:
    if name not in service_model().operation_names:
        raise ValueError(f"{name!r} is no operation of DRS")
    return name


class _Fault(Document):
    account: AccountId | None = None
    region: RegionName | None = None
    servers: tuple[str, ...] = ()
    """Source server ids or hostnames; none: any server."""
    nth: int = Field(default=1, ge=1)
    """The first match that meets the fault: 1 is the very next one."""
    times: int | None = Field(default=1, ge=1)
    """How many matches meet it; null: all from the nth on."""
    from_seconds: Seconds = 0
    until_seconds: Seconds | None = None


class _CallFault(_Fault):
    operation: Annotated[str, AfterValidator(_known_operation)] | None = None


class Unreachable(_CallFault):
    """No connection opens: the call never arrives, whatever it asks."""

    kind: Literal["unreachable"]
    how: Literal["connectionRefused", "connectTimeout"] = "connectionRefused"


class LostReply(_CallFault):
    """The call takes effect; the connection drops, or stays silent, before the reply."""

    kind: Literal["lostReply"]
    how: Literal["connectionClosed", "readTimeout"] = "connectionClosed"


class LateReply(_CallFault):
    """The call takes effect at once; its reply takes so many seconds."""

    kind: Literal["lateReply"]
    seconds: Seconds


class LateEffect(_CallFault):
    """The caller's wait times out at once; the call takes effect so many seconds later, once if it arrives twice."""

    kind: Literal["lateEffect"]
    seconds: Seconds


class RepeatedCall(_CallFault):
    """The call takes effect, and something in between sends it once more: the reply is that of the second."""

    kind: Literal["repeatedCall"]
    answer: Literal["conflict", "throttling", "quota", "denied"] = "conflict"
    """What the second is told: that it conflicts with the first, or that it may not be made at all (429, 402, 403)."""


class ServerError(_CallFault):
    """A 5xx, before the effect or after it."""

    kind: Literal["serverError"]
    status: Literal[500, 503] = 500
    takes_effect: bool = False
    """The call took effect before it failed."""


class Throttling(_CallFault):
    """ThrottlingException, whatever the bucket holds."""

    kind: Literal["throttling"]
    retry_after_seconds: int = Field(default=1, ge=0)


class ExpiredCredentials(_CallFault):
    """ExpiredTokenException."""

    kind: Literal["expiredCredentials"]


class RevokedRole(_CallFault):
    """AccessDeniedException: the role lost its permission."""

    kind: Literal["revokedRole"]


class ForeignJob(_CallFault):
    """Just before the call somebody else starts a job with some of its servers, so that it conflicts."""

    kind: Literal["foreignJob"]
    count: int = Field(default=1, ge=1)
    """How many of the call's servers the foreign job takes (those in `servers`, if any are named)."""
    tags: dict[str, str] = Field(default_factory=dict)
    """Of the foreign job; without any it may be taken for that of a call which was repeated on its way."""


class RejectedServer(_CallFault):
    """The whole call is refused because of one server in it; the message does not say which."""

    kind: Literal["rejectedServer"]
    operation: Annotated[str, AfterValidator(_known_operation)] | None = "StartRecovery"
    answer: Literal["validation", "denied"] = "validation"
    """ValidationException, or AccessDeniedException: a policy forbids what is to be done with this one."""


class LaunchFailure(_Fault):
    """The server's launch fails at a stage; the job still ends COMPLETED."""

    kind: Literal["launchFailure"]
    stage: Literal["snapshot", "conversion", "launch"] = "launch"
    raw_error: str = "An error occurred (InsufficientInstanceCapacity) when calling the RunInstances operation"


class StuckPending(_Fault):
    """The server is PENDING in a job that is COMPLETED."""

    kind: Literal["stuckPending"]
    launches: bool = False
    """Its instance exists all the same."""
    resolves_after: Seconds | None = None
    """So long after the job's end the job shows it LAUNCHED; null: never."""


class MissingInstanceId(_Fault):
    """The server is LAUNCHED and the job never names its recovery instance."""

    kind: Literal["missingInstanceId"]


class HiddenInstance(_Fault):
    """DescribeRecoveryInstances does not show the server's instance for so long."""

    kind: Literal["hiddenInstance"]
    seconds: Seconds


class ImpairedStatus(_Fault):
    """The status checks of the server's instance never pass."""

    kind: Literal["impairedStatus"]


class TerminateFailure(_Fault):
    """The server's instance survives a TERMINATE job."""

    kind: Literal["terminateFailure"]


class LostEvent(_Fault):
    """The server's launch event never arrives."""

    kind: Literal["lostEvent"]


class LateVisibility(_Fault):
    """Listings do not show a new job for so long."""

    kind: Literal["lateVisibility"]
    seconds: Seconds
    by_id: bool = False
    """A question by its id does not find it either."""


class HiddenTags(_Fault):
    """Listings leave the tags of a new job out; ListTagsForResource tells them."""

    kind: Literal["hiddenTags"]


class StuckJob(_Fault):
    """The job is STARTED and nothing happens in it for so long; then it takes its usual course."""

    kind: Literal["stuckJob"]
    seconds: Seconds


CallFault = (
    Unreachable
    | LostReply
    | LateReply
    | LateEffect
    | RepeatedCall
    | ServerError
    | Throttling
    | ExpiredCredentials
    | RevokedRole
    | ForeignJob
    | RejectedServer
)
ServerFault = (
    LaunchFailure | StuckPending | MissingInstanceId | HiddenInstance | ImpairedStatus | TerminateFailure | LostEvent
)
JobFault = LateVisibility | HiddenTags | StuckJob
Fault = CallFault | ServerFault | JobFault


J = TypeVar("J", LateVisibility, HiddenTags, StuckJob)


class FaultPlan(Document):
    """The faults of a rehearsal."""

    faults: tuple[Annotated[Fault, Field(discriminator="kind")], ...]


def read_fault_plan(document: Any) -> FaultPlan:
    """The plan a JSON document describes.

    Raises DocumentError with the path and the fault of every wrong member.
    """
    try:
        return FaultPlan.model_validate(document)
    except ValidationError as error:
        raise DocumentError(explain("the fault plan", error)) from error


@dataclass(slots=True)
class _Armed:
    fault: Fault
    since: datetime
    matches: int = 0

    def meets(self, now: datetime) -> bool:
        """Count one match; whether the fault strikes it."""
        fault, age = self.fault, (now - self.since).total_seconds()
        if age < fault.from_seconds or (fault.until_seconds is not None and age >= fault.until_seconds):
            return False
        self.matches += 1
        return self.matches >= fault.nth and (fault.times is None or self.matches < fault.nth + fault.times)


class Faults:
    """The faults in force, and how many of each kind were met, and at calls of which operation."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []
        self.met: Counter[str] = Counter()
        self.operations: Counter[str] = Counter()

    def arm(self, plan: FaultPlan, now: datetime) -> None:
        """Put a plan in force in addition to those before."""
        self._armed += [_Armed(fault, now) for fault in plan.faults]

    def clear(self) -> None:
        """Take all faults out of force; what was met stays counted."""
        self._armed.clear()

    def of_call(
        self, account: str, region: str, operation: str, servers: Collection[str], now: datetime
    ) -> list[CallFault]:
        """The faults this call meets, each counted; `servers` are ids and hostnames of the call."""
        struck = [
            armed.fault
            for armed in self._matching(account, region, servers)
            if isinstance(armed.fault, CallFault)
            and armed.fault.operation in (None, operation)
            and self._strikes(armed, now)
        ]
        self.operations[operation] += len(struck)
        return struck

    def of_server(
        self, account: str, region: str, names: Collection[str], *, launching: bool, now: datetime
    ) -> list[ServerFault]:
        """The faults that one server meets in a job that launches or terminates it, each counted."""
        return [
            armed.fault
            for armed in self._matching(account, region, names)
            if isinstance(armed.fault, ServerFault)
            and isinstance(armed.fault, TerminateFailure) is not launching
            and self._strikes(armed, now)
        ]

    def of_job(self, kind: type[J], account: str, region: str, servers: Collection[str], now: datetime) -> list[J]:
        """The faults of one kind that a new job meets, each counted."""
        return [
            armed.fault
            for armed in self._matching(account, region, servers)
            if isinstance(armed.fault, kind) and self._strikes(armed, now)
        ]

    def _matching(self, account: str, region: str, servers: Collection[str]) -> Iterable[_Armed]:
        for armed in self._armed:
            fault = armed.fault
            if fault.account not in (None, account) or fault.region not in (None, region):
                continue
            if not fault.servers or any(name in servers for name in fault.servers):
                yield armed

    def _strikes(self, armed: _Armed, now: datetime) -> bool:
        struck = armed.meets(now)
        if struck:
            self.met[armed.fault.kind] += 1
        return struck
