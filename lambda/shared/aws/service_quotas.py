"""Service Quotas: how many servers DRS takes in an account and region, and how many at once."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from aws_lambda_powertools import Logger

from shared.aws.calls import read
from shared.clock import Clock
from shared.cross_account import BRIEF_SECONDS, AccountSession, Sessions
from shared.drs_limits import CODES, DOCUMENTED, DrsQuotas
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.targets import Target
from shared.patience import patience, patient

SERVICE_CODE: Final = "drs"
GOOD_FOR: Final = 3600
"""Wall seconds for which an answer is kept: a quota changes with a support case."""
ASKED_AGAIN_AFTER: Final = 300
"""Wall seconds after a question that was not answered."""


@dataclass
class _Known:
    """What was answered, shared by all purposes of a process."""

    limits: dict[Target, tuple[DrsQuotas, datetime]] = field(default_factory=dict)


class ServiceQuotas:
    """The quotas of DRS in any account and region, kept for an hour by this process."""

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        logger: Logger,
        purpose: str = "drs-orchestration",
        known: _Known | None = None,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._logger = logger
        self._purpose = purpose
        self._known = known or _Known()

    def named(self, purpose: str) -> "ServiceQuotas":
        """The same for another purpose."""
        return ServiceQuotas(self._sessions, self._clock, self._logger, purpose, self._known)

    def limits(self, target: Target) -> DrsQuotas:
        """What Service Quotas says, and the documented value of whatever it does not say.

        If it cannot be asked or is silent for some 2 seconds, what it said before or all documented values, `unread`
        with the reason, which is logged.
        """
        now = self._clock.now()
        found = self._known.limits.get(target)
        if found is not None and now < found[1]:
            return found[0]
        try:
            limits, kept = self._read(target), GOOD_FOR
        except (CrossAccountError, DrsServiceError) as error:
            # what is documented is what DRS enforces where nothing was changed; it refuses what is too much
            before, kept = DOCUMENTED if found is None else found[0], ASKED_AGAIN_AFTER
            limits = replace(before, unread=error.message)
            self._warn(target, error)
        self._known.limits[target] = limits, now + self._clock.wall(kept)
        return limits

    def _warn(self, target: Target, error: CrossAccountError | DrsServiceError) -> None:
        self._logger.warning(
            "the quotas of DRS could not be read",
            accountId=target.account_id,
            region=target.region,
            errorCode=error.details.get("drsCode") or error.details.get("awsCode") or error.code.value,
            reason=error.message,
        )

    def _read(self, target: Target) -> DrsQuotas:
        def listed(session: AccountSession) -> DrsQuotas:
            pages = patient(session.client("service-quotas", target.region)).get_paginator("list_service_quotas")
            values: dict[str, Any] = {
                CODES[quota["QuotaCode"]]: int(quota["Value"])
                for page in pages.paginate(ServiceCode=SERVICE_CODE)
                for quota in page["Quotas"]
                if quota["QuotaCode"] in CODES and quota["Value"] >= 1
            }
            return DrsQuotas(**values, told=frozenset(values))

        with patience(BRIEF_SECONDS):
            return read(self._sessions, self._purpose, target, "ListServiceQuotas", listed)
