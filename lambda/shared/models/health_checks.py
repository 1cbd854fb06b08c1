"""Checks that a plan declares for a wave beside EC2's own: alarms that must be OK, commands that must succeed."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from shared.models.base import Instant, Model
from shared.models.forms import form
from shared.models.targets import AccountId, Region, Target

ALARMS: Final = 5
COMMANDS: Final = 3
"""Of each a wave may declare so many: every server keeps what became of each of its commands."""

DECLARATION_BYTES: Final = 1_200
"""All checks of a wave as JSON: they are kept with the wave, and no item is larger than 4 KB (engine.md, section 9)."""

TIMEOUT_SECONDS: Final = 600

AlarmName = Annotated[
    str, form(r"^[^\x00-\x1f\x7f]+$", "one line without control characters", min_length=1, max_length=255)
]
"""As CloudWatch's PutMetricAlarm takes it; a name, not an ARN."""

DocumentName = Annotated[str, form(r"^[a-zA-Z0-9_.-]{3,128}$", "3 to 128 letters, digits or any of _ . -")]
"""As SSM's CreateDocument takes it: a document of the account itself or of AWS; the ARN of another's is refused."""

_T = TypeVar("_T")


def _from_list(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


_Listed = Annotated[tuple[_T, ...], BeforeValidator(_from_list)]
"""A list as JSON has it: below a validator of ours a request that is taken at its word is Python, and has lists."""

ParameterName = Annotated[str, form(r"^[a-zA-Z0-9_]{1,64}$", "1 to 64 letters, digits or _")]


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


def _kind(value: Any) -> str | None:
    """Which of both a check is, by the one name that it must have; None if it has neither, or both."""
    if isinstance(value, AlarmCheck | CommandCheck):
        return "alarm" if isinstance(value, AlarmCheck) else "command"
    if not isinstance(value, dict):
        return "alarm"  # whose model says that it is no object
    has_alarm = "alarmName" in value or "alarm_name" in value
    has_document = "documentName" in value or "document_name" in value
    if has_alarm == has_document:
        return None
    return "alarm" if has_alarm else "command"


def _without_kind(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """pydantic puts the kind of a check into the paths of what it refuses; in the JSON there is no such step."""
    try:
        return read(value)
    except ValidationError as error:
        refused = [
            InitErrorDetails(
                type=PydanticCustomError(each["type"], each["msg"]), loc=each["loc"][1:], input=each["input"]
            )
            for each in error.errors(include_url=False, include_context=False)
        ]
        raise ValidationError.from_exception_data(error.title, refused) from error


HealthCheck = Annotated[
    Annotated[AlarmCheck, Tag("alarm")] | Annotated[CommandCheck, Tag("command")],
    Discriminator(
        _kind,
        custom_error_type="ONE_KIND_OF_CHECK",
        custom_error_message="give alarmName, which makes it an alarm, or documentName, which makes it a command",
    ),
    WrapValidator(_without_kind),
]
"""One declared check: an alarm has an `alarmName`, a command a `documentName`."""


def listed_checks(value: object) -> object:
    """The checks of a wave as a list; plans of old have them as an object of `alarms` and `commands`."""
    if not isinstance(value, dict) or not value.keys() <= {"alarms", "commands"}:
        return value
    alarms, commands = ([] if value.get(kind) is None else value[kind] for kind in ("alarms", "commands"))
    return [*alarms, *commands] if isinstance(alarms, list) and isinstance(commands, list) else value


def place_of_check(value: object, position: int) -> str:
    """Where the check of that position in the list is written: `[1]`, or in an object of old `.commands[0]`."""
    if not isinstance(value, dict):
        return f"[{position}]"
    alarms = len(value.get("alarms") or ())
    return f".alarms[{position}]" if position < alarms else f".commands[{position - alarms}]"


ListedChecks = Annotated[
    tuple[HealthCheck, ...],
    Field(max_length=ALARMS + COMMANDS),
    BeforeValidator(_from_list),
]
"""The checks of a wave in the order of its plan, all of which must pass; how many of a kind is a rule (plan_rules)."""

DeclaredChecks = Annotated[ListedChecks, BeforeValidator(listed_checks)]
"""The same, read also as they were stored before."""

ChecksOfWave = Annotated[DeclaredChecks | None, AfterValidator(lambda checks: checks or None)]
"""The same of a wave that need not have any: an empty list, however it was stored, is none."""


def alarms_of(checks: Iterable[AlarmCheck | CommandCheck]) -> tuple[AlarmCheck, ...]:
    """Those that are alarms, in their order."""
    return tuple(check for check in checks if isinstance(check, AlarmCheck))


def commands_of(checks: Iterable[AlarmCheck | CommandCheck]) -> tuple[CommandCheck, ...]:
    """Those that are commands, in their order."""
    return tuple(check for check in checks if isinstance(check, CommandCheck))


class HealthChecks(Model):
    """The declared checks of a wave by their kind, as an execution keeps them with its wave."""

    alarms: Annotated[_Listed[AlarmCheck], Field(max_length=ALARMS)] = ()
    commands: Annotated[_Listed[CommandCheck], Field(max_length=COMMANDS)] = ()

    @property
    def listed(self) -> tuple[AlarmCheck | CommandCheck, ...]:
        """All of them, the alarms first."""
        return (*self.alarms, *self.commands)


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
    """One declared command on one instance, by its position among the commands of its wave, counted from 0.

    `marker` is the comment by which SSM's list shows which call made it; `detail` is SSM's own word for how it ended,
    or why it was not sent.
    """

    index: int
    state: CommandState = CommandState.OPEN
    marker: str
    intent_at: Instant
    command_id: str | None = None
    detail: str = ""
