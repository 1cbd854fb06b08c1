"""GET /drs/quotas: every quota of DRS in an account and region, and what of it is in use."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, Protocol

from pydantic.alias_generators import to_camel

from query.places import AsksDrs
from shared.account_rules import check_region, check_usable
from shared.account_utils import ensure_default_account
from shared.capacity_rules import Band, recovery_band, replicating, replicating_band
from shared.clock import Clock
from shared.drs_limits import CODES, RAISED_ON_REQUEST, RUNNING_JOBS_SINCE, DrsQuotas, room_taken, warn_of_unread
from shared.errors import ErrorCode
from shared.models.base import Instant, Model
from shared.models.drs import Job, SourceServer
from shared.models.finding import Finding
from shared.models.quota import Reservation
from shared.models.targets import AccountId, Region, Target
from shared.models.violation import Violation, refuse
from shared.operations import Context, WrongField, operation
from shared.roles import Permission
from shared.services.judging import judge_by
from shared.services.preflight_quotas import quotas_everywhere

_BANDS: Final = {"replicating_servers": replicating_band, "source_servers": recovery_band}


class GetDrsQuotas(Model):
    """A region of an account, the hub's own unless another is named."""

    region: Region
    account_id: AccountId | None = None


class LimitFrom(StrEnum):
    """Who says how much: Service Quotas, now or within the last hour, or AWS's documentation."""

    SERVICE_QUOTAS = "SERVICE_QUOTAS"
    DOCUMENTED = "DOCUMENTED"


class QuotaUse(Model):
    """A quota, and what of it is in use by what DRS shows now.

    `reserved` is what calls of ours take beside that: launches and terminations whose job DRS does not show yet.
    Quotas of a single job, server or resource have no use, and only those of servers have a band.
    """

    quota: str
    code: str
    limit: int
    limit_from: LimitFrom
    adjustable: bool
    in_use: int | None = None
    reserved: int | None = None
    band: Band | None = None


class DrsQuotaUses(Model):
    """The quotas of an account and region; a finding says if Service Quotas could not be asked."""

    account_id: AccountId
    region: Region
    quotas: tuple[QuotaUse, ...]
    read_at: Instant
    findings: tuple[Finding, ...]


class ReadsQuotas(AsksDrs, Protocol):
    """What reading quotas needs."""

    @property
    def clock(self) -> Clock:
        """The time."""
        ...


def _named(request: GetDrsQuotas, app: AsksDrs) -> Target:
    return Target(
        account_id=ensure_default_account(request.account_id or "", app.hub_account_id), region=request.region
    )


def _rules(request: GetDrsQuotas, context: Context[AsksDrs]) -> Iterator[Violation]:
    app, target = context.app, _named(request, context.app)
    yield from check_region(request.region, app.drs_regions)
    yield from check_usable(target, app.preflight.accounts.find(target.account_id), app.hub_account_id)


def _judge(fields: Mapping[str, Any], context: Context[AsksDrs]) -> Iterable[WrongField]:
    return judge_by(GetDrsQuotas, _rules, stand_ins={"region": min(context.app.drs_regions)})(fields, context)


@operation(
    "get_drs_quotas",
    http="GET /drs/quotas",
    permission=Permission.VIEW_ACCOUNTS,
    judge=_judge,
    raises=(ErrorCode.DRS_SERVICE_ERROR, ErrorCode.CROSS_ACCOUNT_ERROR),
)
def get_drs_quotas(request: GetDrsQuotas, context: Context[ReadsQuotas]) -> DrsQuotaUses:
    """Every quota of DRS in an account and region now, what of it is in use, and what calls of ours have reserved."""
    refuse(_rules(request, context))
    app, target = context.app, _named(request, context.app)
    now, deps = app.clock.now(), app.preflight
    servers = app.drs.source_servers(target)
    jobs = app.drs.jobs(target, since=now - RUNNING_JOBS_SINCE).jobs
    limits = quotas_everywhere([target], deps.limits, workers=1, patience=deps.quota_patience)[target]
    reservations = deps.quotas.get_many([target])[target].reservations
    return DrsQuotaUses(
        account_id=target.account_id,
        region=target.region,
        quotas=tuple(_uses(limits, _in_use(servers, jobs, limits), _reserved(jobs, reservations, limits))),
        read_at=now,
        findings=warn_of_unread(target, limits),
    )


def _in_use(servers: Sequence[SourceServer], jobs: Sequence[Job], limits: DrsQuotas) -> Mapping[str, int]:
    at_once, in_jobs = room_taken(jobs, (), limits)
    return {
        "replicating_servers": replicating(servers),
        "source_servers": len(servers),
        "jobs_at_once": at_once,
        "servers_in_all_jobs": in_jobs,
    }


def _reserved(jobs: Sequence[Job], reservations: Sequence[Reservation], limits: DrsQuotas) -> Mapping[str, int]:
    """What reservations take beyond the jobs that are shown: of one whose job is, nothing."""
    shown, together = room_taken(jobs, (), limits), room_taken(jobs, reservations, limits)
    return {"jobs_at_once": together[0] - shown[0], "servers_in_all_jobs": together[1] - shown[1]}


def _uses(limits: DrsQuotas, in_use: Mapping[str, int], reserved: Mapping[str, int]) -> Iterator[QuotaUse]:
    for code, name in CODES.items():
        limit, band = int(getattr(limits, name)), _BANDS.get(name)
        yield QuotaUse(
            quota=to_camel(name),
            code=code,
            limit=limit,
            limit_from=LimitFrom.SERVICE_QUOTAS if name in limits.told else LimitFrom.DOCUMENTED,
            adjustable=name in RAISED_ON_REQUEST,
            in_use=in_use.get(name),
            reserved=reserved.get(name),
            band=None if band is None else band(in_use[name], limit),
        )
