"""Commands as health checks: each is sent to an instance once EC2 finds it well, and must end with Success in time.

What is promised: a command is asked for again only if SSM surely did not take it, or if a complete listing that began
late enough shows no trace of it. So it may run twice in the one case that SSM lists a command later than that, or in a
wave that is retried; a check must do no harm then.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from shared.engine.bounds import ADOPTION_WINDOW, AGENT_GRACE, CHECK_POLL_SECONDS, DOUBT_POLL_SECONDS, POLL_SECONDS
from shared.engine.effects import SendCommands
from shared.engine.observations import Unavailable
from shared.engine.readings import Reading
from shared.engine.state import RUNNING_WAVE_STATUSES, Draft
from shared.engine.texts import COMMAND_DETAIL, DOCUMENT_NAME, counted, shortened
from shared.models.checks_seen import AGENT_ONLINE, Invocation, SentListing
from shared.models.execution import ExecutionStatus
from shared.models.health_checks import CommandCheck, CommandState, SentCommand
from shared.models.server_record import HealthStatus, ServerRecord

INSTANCES_PER_COMMAND: Final = 50
"""SendCommand takes 50 instance ids (SSM API reference)."""

INVALID_INSTANCE: Final = "InvalidInstanceId"
"""SSM refuses a call as a whole for one instance that it does not know, or that is not there any more."""

_WELL: Final = "Success"
_ENDED: Final = frozenset({_WELL, "Failed", "TimedOut", "Cancelled"})
"""The statuses of an invocation that do not change any more (SSM API reference, CommandInvocation)."""

Positions = tuple[int, ...]


def read_commands(draft: Draft, server: ServerRecord, well: Reading, *, is_running: bool) -> Reading:
    """How a server is whose instance EC2 finds well: as its wave's commands say, `well` if there are none."""
    declared = draft.waves[server.wave_number].command_checks
    if not declared:
        return well
    if not is_running:
        return Reading(HealthStatus.UNHEALTHY, f"{well.reason}: it cannot run the commands of its wave")
    if server.commands_due_at is None:
        draft.change_server(server.server, commands_due_at=draft.now)
    sent = {command.index: _followed(draft, server, declared[command.index], command) for command in server.commands}
    draft.change_server(server.server, commands=tuple(sent[index] for index in sorted(sent)))
    failed = [command for command in sent.values() if command.state is CommandState.FAILED]
    if failed:
        words = "; ".join(f"{declared[one.index].document_name}: {one.detail}" for one in failed)
        return Reading(HealthStatus.UNHEALTHY, words)
    unsent = tuple(
        index for index in range(len(declared)) if index not in sent or sent[index].state is CommandState.REFUSED
    )
    if unsent:
        return _to_be_sent(draft, draft.servers[server.server], unsent)
    if all(command.state is CommandState.SUCCEEDED for command in sent.values()):
        return Reading(HealthStatus.HEALTHY, f"{well.reason}; {_count(len(declared))} succeeded")
    running = [index for index in sorted(sent) if sent[index].state is not CommandState.SUCCEEDED]
    return Reading(HealthStatus.UNKNOWN, f"no end is known of {_named(declared, running)}")


def last_sent(server: ServerRecord) -> datetime | None:
    """When the latest of its commands was asked for."""
    return max((command.intent_at for command in server.commands), default=None)


def send_commands(draft: Draft) -> None:
    """Ask for what is due, in the waves that still run: 50 instances a call, one alone that spoilt such a call."""
    if draft.header.status is ExecutionStatus.CANCELLING:
        return
    due = [
        (draft.servers[key], positions)
        for key, positions in sorted(draft.due_commands.items())
        if draft.waves[draft.servers[key].wave_number].status in RUNNING_WAVE_STATUSES
    ]
    for count, (servers, positions) in enumerate(_batches(due)):
        wave = draft.waves[servers[0].wave_number]
        draft.effects.append(
            SendCommands(
                marker=f"{draft.launch_prefix}c{count}",
                wave_number=wave.wave_number,
                target=servers[0].server.target,
                servers=tuple(servers),
                commands=tuple((position, wave.command_checks[position]) for position in positions),
            )
        )
        draft.wait(CHECK_POLL_SECONDS, f"commands are sent in {servers[0].server.target}")


def _batches(due: Sequence[tuple[ServerRecord, Positions]]) -> Iterator[tuple[list[ServerRecord], Positions]]:
    """The servers that one call can reach: of one wave, account and region, with the same commands."""

    def alike(entry: tuple[ServerRecord, Positions]) -> tuple[int, str, Positions, str]:
        server, positions = entry
        alone = str(server.server) if any(one.detail.startswith(INVALID_INSTANCE) for one in server.commands) else ""
        return server.wave_number, str(server.server.target), positions, alone

    for (_, _, positions, _), entries in groupby(sorted(due, key=alike), key=alike):
        servers = [server for server, _ in entries]
        for start in range(0, len(servers), INSTANCES_PER_COMMAND):
            yield servers[start : start + INSTANCES_PER_COMMAND], positions


def _to_be_sent(draft: Draft, server: ServerRecord, unsent: Positions) -> Reading:
    """Send what is not sent, as soon as the instance's agent is there; SSM's refusals are told and waited out."""
    if draft.header.status is ExecutionStatus.CANCELLING:
        return Reading(HealthStatus.UNKNOWN, "the execution is cancelled: its commands are not sent")
    instance_id = server.recovery_instance_id or ""
    answer = draft.observer.agent(server.server.target, instance_id)
    if answer is None:
        return Reading(HealthStatus.UNKNOWN, "its SSM agent is asked for")
    agent = answer[0]
    if isinstance(agent, Unavailable):
        draft.obstruct(server.wave_number, agent.reason)
        return Reading(HealthStatus.UNKNOWN, agent.reason)
    due_at = server.commands_due_at or draft.now
    is_over = draft.looked_at >= due_at + AGENT_GRACE
    refused = next((one for one in server.commands if one.state is CommandState.REFUSED), None)
    if agent != AGENT_ONLINE:
        words = "its SSM agent has not registered" if agent is None else f"its SSM agent is {agent}"
        draft.obstruct(server.wave_number, "SSM agents of its instances are not online: its commands wait for them")
        # a relaunch is asked for what has had its patience before
        return Reading(HealthStatus.UNHEALTHY if is_over or server.relaunch else HealthStatus.UNKNOWN, words)
    if refused is not None:
        words = f"its commands are not sent: {refused.detail}"
        if is_over:
            return Reading(HealthStatus.UNHEALTHY, words)
        draft.obstruct(server.wave_number, words)
        if (draft.now - refused.intent_at).total_seconds() < POLL_SECONDS:
            return Reading(HealthStatus.UNKNOWN, words)
    draft.due_commands[server.server] = unsent
    declared = draft.waves[server.wave_number].command_checks
    return Reading(HealthStatus.UNKNOWN, f"not sent yet: {_named(declared, unsent)}")


def _followed(draft: Draft, server: ServerRecord, check: CommandCheck, command: SentCommand) -> SentCommand:
    """A command as it is now, by what SSM says."""
    if command.state is CommandState.OPEN:
        command = _looked_for(draft, server, command)
    if command.state is CommandState.SENT:
        command = _judged(draft, server, check, command)
    return command


def _looked_for(draft: Draft, server: ServerRecord, command: SentCommand) -> SentCommand:
    """A command of which it is not known whether SSM took it: adopted by its comment, or surely not there."""
    draft.wait(DOUBT_POLL_SECONDS, "a command is in doubt")
    listing = draft.observer.sent(server.server.target, command.intent_at - ADOPTION_WINDOW)
    if listing is None:
        return command
    if isinstance(listing, Unavailable):
        draft.obstruct(server.wave_number, listing.reason)
        return command
    if command.marker in listing.by_marker:
        return command.model_copy(
            update={"state": CommandState.SENT, "command_id": listing.by_marker[command.marker], "detail": ""}
        )
    return _lost(draft, command, listing)


def _lost(draft: Draft, command: SentCommand, listing: SentListing) -> SentCommand:
    last_moment = command.intent_at + draft.bounds.not_after + draft.bounds.doubt
    if listing.began_at <= last_moment:
        return command
    return command.model_copy(
        update={"state": CommandState.REFUSED, "detail": "SSM lists no such command; it is sent again"}
    )


def _judged(draft: Draft, server: ServerRecord, check: CommandCheck, command: SentCommand) -> SentCommand:
    """What SSM says of the command on this instance; what has not ended in its time has failed."""
    answer = draft.observer.invocations(server.server.target, command.command_id or "")
    if answer is None:
        return command
    if isinstance(answer, Unavailable):
        draft.obstruct(server.wave_number, answer.reason)
        return command
    seen = answer.get(server.recovery_instance_id or "")
    if seen is not None and seen.status in _ENDED:
        is_well = seen.status == _WELL
        state = CommandState.SUCCEEDED if is_well else CommandState.FAILED
        return command.model_copy(update={"state": state, "detail": _WELL if is_well else _why(seen)})
    if (draft.looked_at - command.intent_at).total_seconds() >= check.timeout_seconds:
        shown = seen.details or seen.status if seen else "not listed"
        words = f"it has not ended within {counted(check.timeout_seconds, 'second')} ({shown})"
        return command.model_copy(update={"state": CommandState.FAILED, "detail": shortened(words, COMMAND_DETAIL)})
    return command


def _named(declared: Sequence[CommandCheck], positions: Sequence[int]) -> str:
    """`command AWS-RunShellScript`, `commands A, B`."""
    names = ", ".join(shortened(declared[position].document_name, DOCUMENT_NAME) for position in positions)
    return f"command {names}" if len(positions) == 1 else f"commands {names}"


def _why(seen: Invocation) -> str:
    """SSM's more exact word, and the end of what the command printed, which tells most."""
    words = seen.details or seen.status
    printed = " ".join(seen.output.split())
    room = COMMAND_DETAIL - len(words) - len(": …")
    if not printed or room <= 0:
        return shortened(words, COMMAND_DETAIL)
    return f"{words}: {printed if len(printed) <= room else '…' + printed[-room:]}"


def _count(number: int) -> str:
    return "its command" if number == 1 else f"its {number} commands"
