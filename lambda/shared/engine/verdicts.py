"""The verdict of a wave whose servers all have theirs: pure, from the servers and the plan's minimum."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.engine.texts import SERVER_REASON_TOLD, counted, first_few, shortened
from shared.execution_utils import is_well
from shared.models.health_checks import AlarmStanding, AlarmVerdict
from shared.models.recovery_plan import MinimumSuccess
from shared.models.server_record import LaunchStatus, ServerRecord
from shared.models.wave_record import WaveStatus


@dataclass(frozen=True)
class Verdict:
    """COMPLETED, PARTIAL or FAILED, and why."""

    status: WaveStatus
    reason: str


def verdict_of(
    servers: Sequence[ServerRecord], minimum: MinimumSuccess | None, alarms: AlarmStanding | None = None
) -> Verdict:
    """COMPLETED if every required server is well, PARTIAL if the minimum of them is, else FAILED (engine.md, 4).

    FAILED too if the wave's alarms are not OK, however its servers are, and if it has optional servers only and none of
    them was launched: what has recovered nothing is not complete.
    """
    if alarms is not None and alarms.verdict is not AlarmVerdict.OK:
        return Verdict(WaveStatus.FAILED, f"{alarms.reason}; {_of_servers(servers, minimum).reason}")
    verdict = _of_servers(servers, minimum)
    return verdict if alarms is None else Verdict(verdict.status, f"{verdict.reason}; {alarms.reason}")


def _of_servers(servers: Sequence[ServerRecord], minimum: MinimumSuccess | None) -> Verdict:
    required = [server for server in servers if not server.optional]
    bad = [server for server in required if not is_well(server)]
    left_out = [server for server in servers if server.optional and not is_well(server)]
    told = _told(left_out, counted(len(left_out), "optional server")) if left_out else ""
    if left_out and not required and not any(server.launch is LaunchStatus.LAUNCHED for server in servers):
        return Verdict(WaveStatus.FAILED, f"nothing of it was launched; {told}")
    if not bad:
        well = f"{counted(len(servers) - len(left_out), 'server')} launched and healthy"
        return Verdict(WaveStatus.COMPLETED, f"{well}; {told}" if told else well)
    reason = _told(bad, f"{len(bad)} of {counted(len(required), 'server')}")
    if told:
        reason = f"{reason}; {told}"
    if minimum is not None and len(required) - len(bad) >= required_successes(minimum, len(required)):
        return Verdict(WaveStatus.PARTIAL, f"its minimum of {minimum} is met, but {reason}")
    return Verdict(WaveStatus.FAILED, reason)


def required_successes(minimum: MinimumSuccess, required: int) -> int:
    """How many of the required servers must be well for the plan to go on; a percentage is rounded up."""
    if isinstance(minimum, int):
        return minimum
    return -(-required * int(minimum.removesuffix("%")) // 100)


def name_of(server: ServerRecord) -> str:
    """What people call the server."""
    return server.name or server.server.source_server_id


def why_not_well(server: ServerRecord) -> str:
    """The reason of the verdict that is not as it should be."""
    why = server.launch_reason if server.launch is not LaunchStatus.LAUNCHED else server.health_reason
    return f"{name_of(server)}: {shortened(why or server.launch, SERVER_REASON_TOLD)}"


def _told(bad: Sequence[ServerRecord], how_many: str) -> str:
    return f"{how_many} failed; {first_few(bad, why_not_well)}"
