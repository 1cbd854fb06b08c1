"""The room that staging accounts have: for a launch of extended servers DRS runs a job there too, under their quotas.

All that is found is a warning, and so is what could not be read: the engine waits for room, and a recovery does not
depend on whether the hub gets into a staging account.
"""

from collections.abc import Mapping

from shared.drs_limits import RUNNING_JOBS_SINCE, validate_concurrent_jobs, warn_of_unread
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.finding import Finding, FindingCode, FindingReason, warning_at
from shared.models.targets import Target
from shared.plan_resolution import Resolution
from shared.services.preflight_deps import PreflightDeps
from shared.services.reachability import Silence, ask_everywhere


def staging_findings(resolution: Resolution, deps: PreflightDeps, *, patience: float) -> tuple[Finding, ...]:
    """A warning wherever a staging account leaves no room for a wave now, or does not say; within so many seconds."""
    needed = _largest_waves(resolution)

    def ask(target: Target) -> tuple[Finding, ...]:
        try:
            jobs = deps.drs.jobs(target, since=deps.clock.now() - RUNNING_JOBS_SINCE).jobs
        except (CrossAccountError, DrsServiceError) as error:
            return (_unread(target, error.message),)
        quotas = deps.limits.limits(target)
        return (
            *warn_of_unread(target, quotas),
            *validate_concurrent_jobs(target, jobs, (), needed[target], quotas),
        )

    def silent(silence: Silence) -> tuple[Finding, ...]:
        return (_unread(silence.target, silence.finding.message),)

    found = ask_everywhere(needed, ask, silent, workers=deps.workers, patience=patience)
    return tuple(finding for findings in found.values() for finding in findings)


def _largest_waves(resolution: Resolution) -> Mapping[Target, int]:
    """For each staging account and region the most servers of it that one wave launches."""
    largest: dict[Target, int] = {}
    for wave in resolution.servers_by_wave.values():
        homes = [member.staging.target for member in wave if member.staging is not None]
        for home in set(homes):
            largest[home] = max(largest.get(home, 0), homes.count(home))
    return largest


def _unread(target: Target, why: str) -> Finding:
    message = f"whether the staging account in {target} has room for what launches need there is not known: {why}"
    return warning_at(target, FindingCode.QUOTA, message, reason=FindingReason.NOT_READ)
