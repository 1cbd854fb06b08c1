"""Waves that launch: their servers are described again, packed into chunks, and launched once each."""

from shared.drs_limits import SERVERS_PER_JOB
from shared.drs_utils import recovery_point_obstacle
from shared.engine.bounds import POLL_SECONDS
from shared.engine.effects import ForgetLaunches, StartLaunch
from shared.engine.observations import Unavailable
from shared.engine.state import Draft
from shared.models.execution import ExecutionStatus
from shared.models.launch import LaunchedServer, LaunchState
from shared.models.server_record import LaunchStatus, ServerRecord
from shared.models.targets import Target
from shared.models.wave_record import WaveStatus


def launch_waves(draft: Draft) -> None:
    """Ask for the launch of every server that waits for one and can be launched."""
    if draft.header.status is not ExecutionStatus.RUNNING and draft.header.status is not ExecutionStatus.PAUSED:
        return
    index, refused = 0, list[str]()
    for number in draft.numbers((WaveStatus.LAUNCHING,)):
        if not draft.load(number):
            continue
        waiting = [server for server in draft.servers_of(number) if server.launch is LaunchStatus.PENDING]
        for target in sorted({server.server.target for server in waiting}, key=str):
            ready = _launchable(draft, [server for server in waiting if server.server.target == target])
            refused += _refused(draft, number, target) if ready else []
            for start in range(0, len(ready), SERVERS_PER_JOB):
                draft.effects.append(
                    StartLaunch(
                        launch_id=f"{draft.header.execution_id}-{draft.header.step}-{index}",
                        wave_number=number,
                        target=target,
                        servers=tuple(
                            LaunchedServer(source_server_id=server.server.source_server_id, attempt=server.attempt)
                            for server in ready[start : start + SERVERS_PER_JOB]
                        ),
                    )
                )
                index += 1
                _wait_for(draft, target)
    if refused:
        draft.effects.append(ForgetLaunches(tuple(refused)))


def _refused(draft: Draft, number: int, target: Target) -> list[str]:
    """What was refused before the next try; its servers have followed it by now, and one refusal is told at most.

    DRS may refuse for days: the header would grow, and every step load what nothing came of.
    """
    return [
        launch.launch_id
        for launch in draft.launches.values()
        if (launch.wave_number, launch.target, launch.state) == (number, target, LaunchState.REFUSED)
    ]


def _wait_for(draft: Draft, target: Target) -> None:
    draft.wait(POLL_SECONDS, f"launches in {target}")


def _launchable(draft: Draft, servers: list[ServerRecord]) -> list[ServerRecord]:
    """The servers that may be launched now; those that cannot be fail with the reason, unknown ones wait."""
    ready = []
    answers = [(server, draft.observer.source(server.server)) for server in servers]
    for server, answer in answers:
        if answer is None:
            continue
        source = answer[0]
        if isinstance(source, Unavailable):
            draft.obstruct(server.wave_number, source.reason)
        elif source is None:
            draft.change_server(
                server.server,
                launch=LaunchStatus.FAILED,
                reason=f"there is no such source server in {server.server.target}",
            )
        elif (why := recovery_point_obstacle(source)) is not None:
            draft.change_server(server.server, launch=LaunchStatus.FAILED, reason=why)
        else:
            ready.append(server)
    return ready
