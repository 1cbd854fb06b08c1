"""Service Quotas as a preflight asks it: after DRS, and what it does not say in time is done without."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from shared.aws.ports import LimitsPort
from shared.drs_limits import DOCUMENTED, DrsQuotas
from shared.models.targets import Target
from shared.services.reachability import ask_everywhere

QUOTA_SECONDS: Final = 3
"""Real seconds that a preflight waits for quotas once DRS has answered: a little more than the gateway allows them.

Where AWS has several addresses each of them may be tried for as long, so the gateway's bound alone is not enough.
"""

KEPT_SECONDS: Final = 0.5
"""So long it waits also when its time is over: an answer of the last hour is kept, and there at once."""


def quotas_everywhere(
    targets: Iterable[Target], limits: LimitsPort, *, workers: int, patience: float
) -> dict[Target, DrsQuotas]:
    """What is said within so many real seconds; the documented values, `unread`, where nothing is said."""
    silent = replace(DOCUMENTED, unread="Service Quotas did not answer in time")
    return ask_everywhere(targets, limits.limits, lambda _: silent, workers=workers, patience=patience)
