"""Service Quotas as a preflight asks it: beside DRS, and what it does not say in time is done without."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Final, Self

from shared.aws.ports import LimitsPort
from shared.drs_limits import DOCUMENTED, DrsQuotas
from shared.models.targets import Target

QUOTA_SECONDS: Final = 3
"""Real seconds that a preflight waits for quotas once DRS has answered: a little more than the gateway allows them.

Where AWS has several addresses each of them may be tried for as long, so the gateway's bound alone is not enough.
"""


class QuotaQuestions:
    """The quotas of the accounts and regions of a plan; one that is silent takes nothing from what DRS said there."""

    def __init__(self, limits: LimitsPort, workers: int) -> None:
        self._limits = limits
        self._pool = ThreadPoolExecutor(max_workers=workers)
        self._asked: dict[Target, Future[DrsQuotas]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # who does not answer is no longer waited for; its thread ends with the call that it waits for
        self._pool.shutdown(wait=False, cancel_futures=True)

    def ask(self, target: Target) -> None:
        """Begin to ask; called in the thread that has just asked DRS there."""
        self._asked[target] = self._pool.submit(self._limits.limits, target)

    def answers(self, seconds: float) -> dict[Target, DrsQuotas]:
        """What is said within so many real seconds, but no more than `QUOTA_SECONDS`; else the documented, `unread`."""
        asked = dict(self._asked)
        answered, _ = wait(asked.values(), timeout=min(seconds, QUOTA_SECONDS))
        silent = replace(DOCUMENTED, unread="Service Quotas did not answer in time")
        return {target: answer.result() if answer in answered else silent for target, answer in asked.items()}
