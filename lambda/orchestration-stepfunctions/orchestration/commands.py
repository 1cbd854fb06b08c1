"""Commands of a wave's checks: the intent is written down, then the call is made once, then its outcome is recorded."""

from collections.abc import Iterable
from typing import Final

from orchestration.dependencies import Dependencies
from orchestration.notes import Note
from shared.aws.ports import DoubtError, NotSentError
from shared.engine.effects import SendCommands
from shared.engine.texts import COMMAND_DETAIL, counted, shortened
from shared.errors import DrsServiceError
from shared.models.event import EventType
from shared.models.execution import ExecutionHeader
from shared.models.health_checks import CommandCheck, CommandState, SentCommand
from shared.models.server_record import ServerRecord

SLOW_WALL_SECONDS: Final = 30
"""A call takes 65 s at most, and a step stops between its effects after 60."""


def send_commands(effect: SendCommands, header: ExecutionHeader, deps: Dependencies) -> list[Note]:
    """Send each command to all of its servers' instances; answers lines for the timeline.

    Raises StepLostError if another step has begun: then nothing more is called. What a crash leaves OPEN is looked for
    by its comment in the next step, and never simply called again. What is refused again for the same reason is told
    once.
    """
    notes, servers, began = list[Note](), list(effect.servers), deps.clock.now()
    for position, check in effect.commands:
        now = deps.clock.now()
        if now - began >= deps.clock.wall(SLOW_WALL_SECONDS):
            # what is left is due again in the next step
            break
        intent = SentCommand(index=position, marker=f"{effect.marker}-{position}", intent_at=now)
        known = {command.detail for server in servers for command in server.commands if command.index == position}
        servers = _write(servers, intent, header, deps)
        outcome, note = _send(effect, check, intent, servers, deps)
        notes.extend([note] if outcome.detail not in known or not outcome.detail else [])
        servers = _write(servers, outcome, header, deps)
    return notes


def _write(
    servers: Iterable[ServerRecord], command: SentCommand, header: ExecutionHeader, deps: Dependencies
) -> list[ServerRecord]:
    """The servers with what is known of this command, as they are stored from now on."""
    changed = [
        server.model_copy(
            update={
                "commands": tuple(
                    sorted(
                        (*(each for each in server.commands if each.index != command.index), command),
                        key=lambda each: each.index,
                    )
                ),
                "updated_at": deps.clock.now(),
            }
        )
        for server in servers
    ]
    deps.executions.write_items(header, changed)
    return changed


def _send(
    effect: SendCommands, check: CommandCheck, intent: SentCommand, servers: list[ServerRecord], deps: Dependencies
) -> tuple[SentCommand, Note]:
    instances = [server.recovery_instance_id for server in servers if server.recovery_instance_id is not None]
    what = f"{check.document_name} on {counted(len(instances), 'instance')} in {effect.target}"
    try:
        command_id = deps.ssm.send(
            effect.target,
            instances,
            check,
            marker=intent.marker,
            not_after=intent.intent_at + deps.bounds.not_after,
        )
    except (NotSentError, DrsServiceError) as error:
        detail = f"{error.drs_code}: {error.message}" if isinstance(error, DrsServiceError) else error.why
        refused = intent.model_copy(update={"state": CommandState.REFUSED, "detail": shortened(detail, COMMAND_DETAIL)})
        return refused, _note(effect, EventType.WAITING, f"{what} was not sent: {detail}", intent)
    except DoubtError as error:
        words = f"{what} is in doubt and is looked for, not repeated: {error.message}"
        return intent, _note(effect, EventType.WAITING, words, intent)
    sent = intent.model_copy(update={"state": CommandState.SENT, "command_id": command_id})
    return sent, _note(effect, EventType.COMMAND_SENT, f"Command {command_id} runs {what}", sent)


def _note(effect: SendCommands, kind: EventType, message: str, command: SentCommand) -> Note:
    details = {"marker": command.marker, "target": str(effect.target), "state": command.state.value}
    if command.command_id is not None:
        details["commandId"] = command.command_id
    return Note(kind, message, effect.wave_number, details)
