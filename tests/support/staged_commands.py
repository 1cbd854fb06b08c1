"""SSM on the stage of values: what was sent, how it is on each instance, and what the shell would have stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from shared.engine.effects import SendCommands
from shared.engine.observations import Observations, Questions, Unavailable
from shared.models.checks_seen import AGENT_ONLINE, AlarmReading, Invocation, SentListing
from shared.models.health_checks import CommandState, SentCommand
from shared.models.server_record import ServerRecord
from shared.models.targets import Target

Answer = Literal["sent", "refused", "doubt, sent", "doubt, not sent"]


@dataclass
class StagedCommands:
    """Answers every call the same way until told otherwise; a command runs until `end` ends it.

    `agents` are those that are not online, by instance.
    """

    answer: Answer = "sent"
    refusal: str = "ThrottlingException: slow down"
    agents: dict[str, str | None] = field(default_factory=dict)
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """The document and the instances of every call that was made."""
    invocations: dict[str, dict[str, Invocation]] = field(default_factory=dict)
    markers: dict[str, str] = field(default_factory=dict)

    def send(self, effect: SendCommands, now: datetime) -> list[ServerRecord]:
        """The servers as the shell stores them after its calls."""
        servers = list(effect.servers)
        for position, check in effect.commands:
            instances = tuple(server.recovery_instance_id or "" for server in servers)
            self.calls.append((check.document_name, instances))
            intent = SentCommand(index=position, marker=f"{effect.marker}-{position}", intent_at=now)
            command = self._outcome(intent, instances)
            servers = [_with(server, command) for server in servers]
        return servers

    def _outcome(self, intent: SentCommand, instances: tuple[str, ...]) -> SentCommand:
        if self.answer == "refused":
            return intent.model_copy(update={"state": CommandState.REFUSED, "detail": self.refusal})
        if self.answer == "doubt, not sent":
            return intent
        command_id = f"command-{len(self.invocations) + 1}"
        self.invocations[command_id] = {name: Invocation(name, "InProgress", "InProgress") for name in instances}
        self.markers[intent.marker] = command_id
        if self.answer == "doubt, sent":
            return intent
        return intent.model_copy(update={"state": CommandState.SENT, "command_id": command_id})

    def end(self, status: str = "Success", details: str = "", *, instance: str | None = None, output: str = "") -> None:
        """Every command ends so, or those of one instance."""
        for command in self.invocations.values():
            for name in command:
                if instance in (None, name):
                    command[name] = Invocation(name, status, details or status, output)

    def listing(self, since: datetime, now: datetime) -> SentListing:
        """All commands, by their comments."""
        return SentListing(since, now, dict(self.markers))


def answer_checks(
    questions: Questions,
    alarms: Mapping[tuple[Target, str], AlarmReading],
    commands: StagedCommands,
    unavailable: Callable[[Target], Unavailable | None],
    now: datetime,
) -> Observations:
    """What CloudWatch and SSM say to everything that was asked of them."""
    return Observations(
        alarms={
            (target, name): unavailable(target) or alarms.get((target, name))
            for target, asked in questions.alarms.items()
            for name in asked
        },
        agents={
            (target, instance): unavailable(target) or commands.agents.get(instance, AGENT_ONLINE)
            for target, asked in questions.agents.items()
            for instance in asked
        },
        invocations={
            (target, command): unavailable(target) or commands.invocations[command]
            for target, asked in questions.invocations.items()
            for command in asked
        },
        sent={target: unavailable(target) or commands.listing(since, now) for target, since in questions.sent.items()},
    )


def _with(server: ServerRecord, command: SentCommand) -> ServerRecord:
    others = [each for each in server.commands if each.index != command.index]
    ordered = sorted((*others, command), key=lambda each: each.index)
    return server.model_copy(update={"commands": tuple(ordered)})
