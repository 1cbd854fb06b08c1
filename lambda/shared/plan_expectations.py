"""What a plan expects of the servers of its waves, held against those that they have at this moment."""

from collections.abc import Iterator, Mapping, Sequence

from shared.models.finding import Finding, FindingCode, warning_at
from shared.models.plan_check import ResolvedServer
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan, Wave, wave_words
from shared.models.targets import Target
from shared.plan_resolution import Resolution, TargetView


def check_expectations(
    plan: RecoveryPlan,
    groups: Mapping[str, ProtectionGroup],
    views: Mapping[Target, TargetView],
    resolution: Resolution,
) -> tuple[Finding, ...]:
    """A warning for each expectation that changes nothing, or that nothing can disappoint.

    A wave with a group that does not exist, or whose account and region could not be asked, is passed over: its servers
    are not known, and that has a finding of its own.
    """
    return tuple(
        finding
        for wave in plan.waves
        if _is_known(wave, groups, views)
        for finding in _of_wave(wave, resolution.servers_by_wave[wave.wave_number])
    )


def _is_known(wave: Wave, groups: Mapping[str, ProtectionGroup], views: Mapping[Target, TargetView]) -> bool:
    return all(
        group_id in groups and not views[groups[group_id].target].obstacles for group_id in wave.protection_group_ids
    )


def _of_wave(wave: Wave, servers: Sequence[ResolvedServer]) -> Iterator[Finding]:
    held = {found.server.source_server_id for found in servers}
    optional = set(wave.optional_server_ids)
    strangers = tuple(sorted(optional - held))
    if strangers:
        yield _optional_elsewhere(wave, strangers)
    if not servers:
        return
    required = sum(found.server.source_server_id not in optional for found in servers)
    if required == 0:
        yield _nothing_required(wave)
    if isinstance(wave.minimum_success, int) and wave.minimum_success > required:
        yield _out_of_reach(wave, wave.minimum_success, required)


def _optional_elsewhere(wave: Wave, server_ids: tuple[str, ...]) -> Finding:
    words = wave_words(wave.wave_number, wave.wave_name)
    return warning_at(
        None,
        FindingCode.OPTIONAL_SERVER_NOT_IN_WAVE,
        f"no group of {words} holds {', '.join(server_ids)} now, which its optionalServerIds name",
        wave_number=wave.wave_number,
        server_ids=server_ids,
    )


def _nothing_required(wave: Wave) -> Finding:
    words = wave_words(wave.wave_number, wave.wave_name)
    message = f"every server of {words} is optional: the wave can never fail"
    return warning_at(None, FindingCode.NO_REQUIRED_SERVERS, message, wave_number=wave.wave_number)


def _out_of_reach(wave: Wave, count: int, required: int) -> Finding:
    words = wave_words(wave.wave_number, wave.wave_name)
    return warning_at(
        None,
        FindingCode.MINIMUM_SUCCESS_NOT_REACHABLE,
        f"minimumSuccess {count} of {words} is more than its number of required servers, {required}: "
        "it makes no difference, every required server must succeed",
        wave_number=wave.wave_number,
        details={"minimumSuccess": count, "requiredServers": required},
    )
