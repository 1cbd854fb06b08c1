"""CloudWatch and SSM as a test says they are, behind the same roles as the real ones; SSM remembers what was sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final, Literal

from shared.aws.ports import DoubtError, NotSentError
from shared.clock import Clock
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.checks_seen import AGENT_ONLINE, AlarmReading, Document, Invocation, SentListing
from shared.models.health_checks import CommandCheck
from shared.models.targets import Target

SHELL: Final = "AWS-RunShellScript"
Enter = Callable[[Target, Literal["cloudwatch", "ssm"]], None]
"""Goes into an account and region for a service as the product does; raises CrossAccountError if it may not."""


def _stay_outside(_target: Target, _service: str) -> None:
    """No account is entered."""


@dataclass(frozen=True)
class Sent:
    """One command that SSM took."""

    command_id: str
    target: Target
    document: str
    marker: str
    instances: tuple[str, ...]
    at: datetime


@dataclass
class AlarmsOfTest:
    """CloudWatch: the alarms that were put there, in whatever state they were put."""

    enter: Enter = _stay_outside
    known: dict[tuple[Target, str], AlarmReading] = field(default_factory=dict)

    def put(self, target: Target, name: str, state: str = "OK", reason: str = "") -> None:
        """Let the alarm be in that state from now on."""
        self.known[(target, name)] = AlarmReading(name, state, reason)

    def named(self, purpose: str) -> AlarmsOfTest:
        """The same for another purpose."""
        return self

    def alarms(self, target: Target, names: Sequence[str]) -> tuple[AlarmReading, ...]:
        """The named alarms that exist."""
        self.enter(target, "cloudwatch")
        return tuple(self.known[(target, name)] for name in names if (target, name) in self.known)


@dataclass
class CommandsOfTest:
    """SSM: every instance that lives has an agent, and every command succeeds after `seconds`, unless said otherwise.

    `living` answers the instances of an account and region; None lets every instance live.
    """

    clock: Clock
    enter: Enter = _stay_outside
    living: Callable[[Target], Collection[str]] | None = None
    seconds: float = 10
    documents: set[str] = field(default_factory=lambda: {SHELL})
    offline: set[str] = field(default_factory=set)
    failing: dict[str, str] = field(default_factory=dict)
    """What the commands of an instance print before they fail."""
    sent: list[Sent] = field(default_factory=list)
    before_sending: Callable[[], None] | None = None
    """Called once, right before the next command is taken: what it raises is what the caller sees."""
    after_sending: Callable[[], None] | None = None

    def named(self, purpose: str) -> CommandsOfTest:
        """The same for another purpose."""
        return self

    def document(self, target: Target, name: str) -> Document | None:
        """A document, if it was put there."""
        self.enter(target, "ssm")
        return Document(name, "Command", "Active") if name in self.documents else None

    def agents(self, target: Target, instance_ids: Sequence[str]) -> dict[str, str]:
        """The agents of those that live and are not offline."""
        self.enter(target, "ssm")
        return {name: AGENT_ONLINE for name in instance_ids if self._lives(target, name) and name not in self.offline}

    def sent_since(self, target: Target, since: datetime) -> SentListing:
        """What was sent there."""
        self.enter(target, "ssm")
        found = {one.marker: one.command_id for one in self.sent if one.target == target and one.at >= since}
        return SentListing(since, self.clock.now(), found)

    def invocations(self, target: Target, command_id: str) -> tuple[Invocation, ...]:
        """How the command is on each of its instances."""
        self.enter(target, "ssm")
        [sent] = [one for one in self.sent if one.command_id == command_id and one.target == target]
        if self.clock.now() - sent.at < timedelta(seconds=self.seconds):
            return tuple(Invocation(name, "InProgress", "InProgress") for name in sent.instances)
        return tuple(
            Invocation(name, "Failed", "Failed", self.failing[name])
            if name in self.failing
            else Invocation(name, "Success", "Success")
            for name in sent.instances
        )

    def send(
        self,
        target: Target,
        instance_ids: Sequence[str],
        command: CommandCheck,
        *,
        marker: str,
        not_after: datetime,
    ) -> str:
        """Take the command, unless it is too late, or an instance or the document is not there."""
        try:
            self.enter(target, "ssm")
        except CrossAccountError as error:
            raise NotSentError(error.message, error) from error
        if self.clock.now() > not_after:
            raise NotSentError("it was too late to send")
        for name in instance_ids:
            if not self._lives(target, name) or name in self.offline:
                raise _refused(target, "InvalidInstanceId", f"{name} is not in a valid state")
        if command.document_name not in self.documents:
            raise _refused(target, "InvalidDocument", command.document_name)
        self._once("before_sending")
        number = len(self.sent) + 1
        sent = Sent(
            f"command-{number:028d}", target, command.document_name, marker, tuple(instance_ids), self.clock.now()
        )
        self.sent.append(sent)
        self._once("after_sending")
        return sent.command_id

    def lose_the_answer(self) -> None:
        """The next command is taken, and nobody is told."""

        def lose() -> None:
            raise DoubtError("the connection broke")

        self.after_sending = lose

    def lose_the_call(self) -> None:
        """The next command is not taken, and nobody is told."""

        def lose() -> None:
            raise DoubtError("the connection broke")

        self.before_sending = lose

    def _once(self, name: str) -> None:
        happen: Callable[[], None] | None = getattr(self, name)
        if happen is not None:
            setattr(self, name, None)
            happen()

    def _lives(self, target: Target, instance_id: str) -> bool:
        return self.living is None or instance_id in self.living(target)


def _refused(target: Target, code: str, message: str) -> DrsServiceError:
    return DrsServiceError(
        f"SendCommand in {target}: {message} ({code})",
        drsCode=code,
        httpStatus=int(HTTPStatus.BAD_REQUEST),
        accountId=target.account_id,
        region=target.region,
        operation="SendCommand",
    )
