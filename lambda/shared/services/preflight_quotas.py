"""The quotas of DRS as a preflight goes by them: what Service Quotas does not say in time is done without."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from shared.aws.ports import LimitsPort
from shared.drs_limits import (
    DOCUMENTED,
    DrsQuotas,
    validate_concurrent_jobs,
    validate_wave_sizes,
    warn_of_unread,
)
from shared.models.finding import Finding
from shared.models.quota import QuotaRow
from shared.models.recovery_plan import RecoveryPlan
from shared.models.targets import Target
from shared.plan_resolution import Resolution, TargetView
from shared.services.reachability import ask_everywhere

QUOTA_SECONDS: Final = 3
"""Real seconds that a preflight waits for quotas once DRS has answered: a little more than the gateway allows them.

Where AWS has several addresses each of them may be tried for as long, so the gateway's bound alone is not enough.
"""


def quotas_everywhere(
    targets: Iterable[Target], limits: LimitsPort, *, workers: int, patience: float
) -> dict[Target, DrsQuotas]:
    """What is said within so many real seconds; the documented values, `unread`, where nothing is said."""
    silent = replace(DOCUMENTED, unread="Service Quotas did not answer in time")
    return ask_everywhere(targets, limits.limits, lambda _: silent, workers=workers, patience=patience)


def quota_findings(
    plan: RecoveryPlan,
    resolution: Resolution,
    views: Mapping[Target, TargetView],
    limits: Mapping[Target, DrsQuotas],
    rows: Mapping[Target, QuotaRow],
) -> list[Finding]:
    """A warning wherever waves must wait for room, and where it is not known what DRS allows now.

    `rows` are what executions have reserved in the accounts and regions in which the plan launches.
    """
    found: list[Finding] = []
    names = {wave.wave_number: wave.wave_name for wave in plan.waves}
    for target, view in views.items():
        quotas = limits.get(target, DOCUMENTED)
        found.extend(warn_of_unread(target, quotas))
        sizes = {
            number: sum(member.server.target == target for member in wave)
            for number, wave in resolution.servers_by_wave.items()
        }
        largest = max(sizes.values(), default=0)
        if largest:
            found.extend(validate_wave_sizes(target, sizes, names, quotas))
            found.extend(validate_concurrent_jobs(target, view.jobs, rows[target].reservations, largest, quotas))
    return found
