"""In which regions an account is used: by its own hint, by the groups in it, and by the alarms of plans there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from shared.models.health_checks import alarms_of
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan

if TYPE_CHECKING:
    from shared.models.account import TargetAccount
    from shared.stores.protection_group_store import ProtectionGroupStore
    from shared.stores.recovery_plan_store import RecoveryPlanStore
    from shared.stores.ties import AccountTies


class RegionUse(StrEnum):
    """Why a region is asked: the request names it, or the account's row, a group or an alarm is there.

    HUB: nothing of these names any, so it is the region of this system.
    """

    REQUEST = "REQUEST"
    ACCOUNT = "ACCOUNT"
    GROUPS = "GROUPS"
    ALARMS = "ALARMS"
    HUB = "HUB"


UsedRegions: TypeAlias = Mapping[str, tuple[RegionUse, ...]]
"""By region, in the order of their names, why it is asked."""


class ReadsUses(Protocol):
    """What tells who uses an account."""

    @property
    def account_ties(self) -> AccountTies:
        """Who uses which account, but the hub's own."""
        ...

    @property
    def groups(self) -> ProtectionGroupStore:
        """The groups."""
        ...

    @property
    def plans(self) -> RecoveryPlanStore:
        """The plans."""
        ...

    @property
    def hub_account_id(self) -> str:
        """The account that this system runs in."""
        ...


def regions_in_use(account_id: str, account: TargetAccount | None, app: ReadsUses) -> UsedRegions:
    """The regions in which the account is used; none if nobody uses it and its row names none."""
    found: dict[str, set[RegionUse]] = {}
    for region in account.regions if account else ():
        found.setdefault(region, set()).add(RegionUse.ACCOUNT)
    for owner in _users_of(account_id, app):
        for region, use in _regions_of(owner, account_id):
            found.setdefault(region, set()).add(use)
    return {region: tuple(use for use in RegionUse if use in found[region]) for region in sorted(found)}


def groups_in(account_id: str, app: ReadsUses) -> tuple[ProtectionGroup, ...]:
    """The groups in the account."""
    return tuple(owner for owner in _users_of(account_id, app) if isinstance(owner, ProtectionGroup))


def _users_of(account_id: str, app: ReadsUses) -> Iterator[ProtectionGroup | RecoveryPlan]:
    """The groups in the account, and plans that may have alarms there; those of the hub's own are tied to nothing."""
    if account_id == app.hub_account_id:
        yield from (group for group in app.groups.every() if group.account_id == account_id)
        yield from app.plans.every()
        return
    for use in app.account_ties.uses(account_id).by:
        if isinstance(use.owner, ProtectionGroup | RecoveryPlan):
            yield use.owner


def _regions_of(owner: ProtectionGroup | RecoveryPlan, account_id: str) -> Iterator[tuple[str, RegionUse]]:
    if isinstance(owner, ProtectionGroup):
        yield owner.region, RegionUse.GROUPS
        return
    for wave in owner.waves:
        for alarm in alarms_of(wave.health_checks or ()):
            if alarm.account_id == account_id and alarm.region is not None:
                yield alarm.region, RegionUse.ALARMS
