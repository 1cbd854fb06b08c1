"""Whether the hub gets into an account, and whether DRS answers in its regions: what validating any account does."""

from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from shared.aws.ports import DrsPort
from shared.clock import Clock
from shared.cross_account import Sessions
from shared.errors import CrossAccountError, DrsServiceError
from shared.ids import new_claim
from shared.models.account import TargetAccount
from shared.models.base import Model
from shared.models.finding import Finding
from shared.models.targets import AccountId, Region, Target
from shared.patience import CALL_SECONDS
from shared.services.reachability import Silence, ask_everywhere, obstacle_of
from shared.services.reachability import state_of as place_state_of
from shared.services.regions_in_use import ReadsUses, RegionUse, UsedRegions
from shared.stores.target_account_store import TargetAccountStore

_WORKERS: Final = 10
"""As many connections as botocore keeps per client."""

_NO_SERVER: Final = "s-00000000000000000"
"""DRS has none of that id, so its answer is small however many servers it has."""


class Step(StrEnum):
    """What is done to reach DRS, in this order."""

    FIND = "FindTargetAccount"
    ASSUME = "AssumeRole"
    ASK = "DescribeSourceServers"
    LIST = "ListStagingAccounts"


class RegionState(StrEnum):
    """DRS in a region of an account, as the account's role finds it.

    NOT_ENABLED is a region that the account has not opted in to, NOT_ENTERED a role that cannot be assumed, SILENT what
    did not answer in time, UNREADABLE any other error.
    """

    READY = "READY"
    NOT_INITIALIZED = "NOT_INITIALIZED"
    NOT_ENABLED = "NOT_ENABLED"
    DENIED = "DENIED"
    THROTTLED = "THROTTLED"
    NOT_ENTERED = "NOT_ENTERED"
    SILENT = "SILENT"
    UNREADABLE = "UNREADABLE"


class ChecksRegions(ReadsUses, Protocol):
    """What validating an account needs."""

    @property
    def accounts(self) -> TargetAccountStore:
        """The registered target accounts."""
        ...

    @property
    def sessions(self) -> Sessions:
        """The way into other accounts."""
        ...

    @property
    def drs(self) -> DrsPort:
        """DRS in all accounts and regions, in those sessions."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    @property
    def region(self) -> str:
        """The region that this system runs in."""
        ...

    @property
    def drs_regions(self) -> Collection[str]:
        """The regions of this partition in which DRS exists."""
        ...


class RegionCheck(Model):
    """What came of one region, and why it was asked.

    If it did not pass, `failedStep` is as far as we came, and the finding says why.
    """

    region: Region
    used_by: tuple[RegionUse, ...]
    passed: bool
    state: RegionState
    failed_step: Step | None = None
    finding: Finding | None = None


class AccountValidation(Model):
    """Whether all regions passed: the role was assumed anew, and DRS answered; of others it says nothing."""

    account_id: AccountId
    valid: bool
    regions: tuple[RegionCheck, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """An account, and the regions of it that are asked, with the reasons."""

    account_id: str
    regions: UsedRegions

    @property
    def targets(self) -> list[Target]:
        """The regions as places, in their order."""
        return [Target(account_id=self.account_id, region=region) for region in self.regions]


def asked(account_id: str, named: Sequence[str], used: Callable[[], UsedRegions], hub_region: str) -> Asked:
    """The regions that the request names, else those in use, else the hub's own."""
    if named:
        return Asked(account_id, {region: (RegionUse.REQUEST,) for region in dict.fromkeys(named)})
    return Asked(account_id, used() or {hub_region: (RegionUse.HUB,)})


def validation(which: Asked, checks: Sequence[RegionCheck]) -> AccountValidation:
    """What came of all of them."""
    valid = all(check.passed for check in checks)
    return AccountValidation(account_id=which.account_id, valid=valid, regions=tuple(checks))


def unfound(which: Asked, error: CrossAccountError) -> list[RegionCheck]:
    """The checks of an account whose row is none: it cannot be entered by it."""
    return [
        failed_check(which, target, Step.FIND, RegionState.NOT_ENTERED, obstacle_of(target, error))
        for target in which.targets
    ]


def check_entered(which: Asked, account: TargetAccount | None, app: ChecksRegions) -> list[RegionCheck]:
    """Assume the account's role and ask DRS, under a session name of its own: an hour ago says nothing about now.

    By what is said here of the account and by nothing else: it may be stored otherwise, or not at all.
    """
    purpose = f"validate-{new_claim()}"
    with nullcontext() if account is None else app.sessions.insisting(account):
        try:
            session = app.sessions.session(which.account_id, purpose)
        except CrossAccountError as error:
            return [
                failed_check(which, target, Step.ASSUME, state_of(error), obstacle_of(target, error))
                for target in which.targets
            ]
        try:
            return _asked_everywhere(which, app.drs.named(purpose))
        finally:
            app.sessions.drop(session)


def _asked_everywhere(which: Asked, drs: DrsPort) -> list[RegionCheck]:
    """What DRS says in each of the regions, once the role is assumed."""

    def ask(target: Target) -> RegionCheck:
        try:
            drs.source_servers(target, [_NO_SERVER])
        except (CrossAccountError, DrsServiceError) as error:
            step = Step.ASSUME if isinstance(error, CrossAccountError) else Step.ASK
            return failed_check(which, target, step, state_of(error), obstacle_of(target, error))
        used_by = which.regions[target.region]
        return RegionCheck(region=target.region, used_by=used_by, passed=True, state=RegionState.READY)

    def silent(silence: Silence) -> RegionCheck:
        return failed_check(which, silence.target, Step.ASK, RegionState.SILENT, silence.finding)

    checks = ask_everywhere(which.targets, ask, silent, workers=_WORKERS, patience=CALL_SECONDS)
    return [checks[target] for target in which.targets]


def state_of(error: CrossAccountError | DrsServiceError) -> RegionState:
    """What an error says of the region: as the inventory has it, but that STS may be silent or want fewer calls."""
    if isinstance(error, CrossAccountError):
        if error.is_throttled:
            return RegionState.THROTTLED
        return RegionState.SILENT if error.is_retryable else RegionState.NOT_ENTERED
    return RegionState(place_state_of(error))


def failed_check(which: Asked, target: Target, step: Step, state: RegionState, finding: Finding) -> RegionCheck:
    """A region that did not pass, with how far we came and why."""
    return RegionCheck(
        region=target.region,
        used_by=which.regions[target.region],
        passed=False,
        state=state,
        failed_step=step,
        finding=finding,
    )
