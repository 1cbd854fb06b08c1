"""Checks that a plan declares for a wave beside EC2's own: alarms that must be OK, commands that must succeed."""

from enum import StrEnum
from typing import Annotated, Final, TypeVar

from pydantic import BeforeValidator, Field, StringConstraints

from shared.models.base import Instant, Model
from shared.models.targets import AccountId, Region, Target

ALARMS: Final = 5
COMMANDS: Final = 3
"""Of each a wave may declare so many: every server keeps what became of each of its commands."""

DECLARATION_BYTES: Final = 1_200
"""All checks of a wave as JSON: they are kept with the wave, and no item is larger than 4 KB (engine.md, section 9)."""

TIMEOUT_SECONDS: Final = 600

AlarmName = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""As CloudWatch's PutMetricAlarm takes it; a name, not an ARN."""

DocumentName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_.-]{3,128}$")]
"""As SSM's CreateDocument takes it: a document of the account itself or of AWS; the ARN of another's is refused."""

_T = TypeVar("_T")


def _from_list(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


_Listed = Annotated[tuple[_T, ...], BeforeValidator(_from_list)]
"""A list as JSON has it: below a validator of ours a request that is taken at its word is Python, and has lists."""

ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_]{1,64}$")]


class AlarmCheck(Model):
    """An alarm that must be OK before its wave gets its verdict.

    Without account or region it is in those of the wave's servers, of which there must be one then.
    """

    alarm_name: AlarmName
    account_id: AccountId | None = None
    region: Region | None = None

    @property
    def place(self) -> Target | None:
        """Where it is, if the plan says so in full."""
        if self.account_id is None or self.region is None:
            return None
        return Target(account_id=self.account_id, region=self.region)


class CommandCheck(Model):
    """A document that SSM runs on every launched instance of the wave, and that must end with Success in time.

    It may run more than once on an instance, so it must do no harm when it is repeated.
    """

    document_name: DocumentName
    parameters: Annotated[dict[ParameterName, _Listed[str]], Field(max_length=10)] = Field(default_factory=dict)
    timeout_seconds: Annotated[int, Field(strict=True, ge=30, le=3_600)] = TIMEOUT_SECONDS


class HealthChecks(Model):
    """The declared checks of a wave."""

    alarms: Annotated[_Listed[AlarmCheck], Field(max_length=ALARMS)] = ()
    commands: Annotated[_Listed[CommandCheck], Field(max_length=COMMANDS)] = ()


class AlarmVerdict(StrEnum):
    """What the alarms of a wave say, all together."""

    WAITING = "WAITING"
    OK = "OK"
    FAILED = "FAILED"


class AlarmStanding(Model):
    """How the alarms of a wave stand since they were first looked at in this try, and which are not OK, and why."""

    verdict: AlarmVerdict
    reason: str = ""
    since: Instant


class CommandState(StrEnum):
    """OPEN is doubt: the call may have been made. REFUSED was surely not sent, and is sent again."""

    OPEN = "OPEN"
    SENT = "SENT"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    REFUSED = "REFUSED"


class SentCommand(Model):
    """One declared command on one instance, by its position in the plan, counted from 0.

    `marker` is the comment by which SSM's list shows which call made it; `detail` is SSM's own word for how it ended,
    or why it was not sent.
    """

    index: int
    state: CommandState = CommandState.OPEN
    marker: str
    intent_at: Instant
    command_id: str | None = None
    detail: str = ""
