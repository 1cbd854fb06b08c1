"""Stores groups: each is tied to its account first, and what runs is not changed.

What a save changes of the own launch settings of servers is told in their histories.

A save that was refused gives back what it had tied. One that broke off, or whose answer was lost, may have been stored
and leaves its entry, which counts for nothing after an hour if it was not (shared.stores.ties).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from data_management.app import ConfigurationApp
from data_management.group_checks import (
    GroupWorld,
    check_account,
    check_group_in_world,
    check_what_is_new,
    is_asked_about,
)
from data_management.making_once import Keep
from data_management.refusals import SURELY_NOT_STORED
from data_management.running import active_execution, check_group_may_change, executions_of
from data_management.settings_history import note_own_settings
from data_management.uses import too_busy, upon_uses
from shared.alarm_places import check_alarm_places
from shared.errors import ConflictError, ConflictReason
from shared.ids import new_claim
from shared.models.protection_group import ProtectionGroup, ProtectionGroupFields
from shared.models.recovery_plan import RecoveryPlan
from shared.models.violation import Violation, refuse
from shared.operations import Context
from shared.stores.tie_holders import Holder, HolderKind
from shared.stores.ties import TieRefusedError, Uses

PLANS_NAMED: Final = 20
"""Of the plans that keep a group from being deleted; there may be thousands."""


def store_new_group(
    group: ProtectionGroup, context: Context[ConfigurationApp], world: GroupWorld, *, keep: Keep | None = None
) -> ProtectionGroup:
    """Store a group that keeps every rule of its own, if the world allows it; raises what check_group_in_world does."""
    app = context.app
    check_group_in_world(group, app, world)
    if keep is not None:
        # First, because to keep a large group is to write.
        app.groups.check_new(group)
    with _in_its_account(group, None, app):
        stored = app.groups.put_new(group, also=keep(group) if keep is not None else ())
    note_own_settings(None, stored, context)
    return stored


def change_group(
    old: ProtectionGroup,
    fields: ProtectionGroupFields,
    context: Context[ConfigurationApp],
    world: GroupWorld,
) -> ProtectionGroup:
    """Give the group these fields, which keep every rule of its own; answers its next version, or it if none is new.

    ValidationError, ConflictError, DrsServiceError, CrossAccountError. Of its servers and launch settings those are
    looked for that are new to it. Its account must be active only for these, and if it is new to it.
    """
    refuse(check_region_stays(old, fields))
    app, kept = context.app, {**old.model_dump(), **fields.model_dump()}
    if ProtectionGroup.model_validate(kept) == old:
        return old
    stamps = {"updated_at": app.clock.now(), "version": old.version + 1}
    new = ProtectionGroup.model_validate({**kept, **stamps})
    if is_asked_about(new, old):
        # First, because what runs stays as it is whatever the account, DRS or EC2 says.
        check_group_may_change(old, app.group_ties.uses(old.group_id), app.executions)
        check_account(new.target, app)
        check_what_is_new(new, old, world)

    def put(uses: Uses) -> ProtectionGroup:
        check_group_may_change(old, uses, app.executions)
        refuse(_alarms_without_place(old, new, uses, app))
        app.groups.check_put(new, old.version)
        with _in_its_account(new, old, app):
            return app.groups.put(new, old.version, uses)

    stored = upon_uses(lambda: app.group_ties.uses(old.group_id), put, f"the group {old.group_name}")
    note_own_settings(old, stored, context)
    return stored


def check_region_stays(old: ProtectionGroup, fields: ProtectionGroupFields) -> Iterator[Violation]:
    """A violation if the group is to be in another region."""
    if fields.region != old.region:
        reason = f"the group is in {old.region}, and a group stays in its region: make another one"
        yield Violation("region", reason, "IMMUTABLE")


def end_group(group: ProtectionGroup, context: Context[ConfigurationApp]) -> None:
    """Delete the group, unless anything uses it: ConflictError IN_USE names the plans, or ACTIVE_EXECUTION."""
    app = context.app

    def delete(uses: Uses) -> None:
        _check_unused(group, uses, app)
        app.groups.delete(group, uses)

    upon_uses(lambda: app.group_ties.uses(group.group_id), delete, f"the group {group.group_name}")
    if group.account_id != app.hub_account_id:
        app.account_ties.let_go([group.account_id], HolderKind.GROUP, group.group_id, group.version)
    note_own_settings(group, None, context)


@contextmanager
def _in_its_account(new: ProtectionGroup, old: ProtectionGroup | None, app: ConfigurationApp) -> Iterator[None]:
    """Around the write of a group: tied to an account that is new to it before, untied from another after."""
    before = old.account_id if old is not None else None
    holder = Holder.of_group(new, new_claim())
    gains = new.account_id not in (before, app.hub_account_id)
    if gains:
        try:
            app.account_ties.take([new.account_id], holder)
        except TieRefusedError as error:
            check_account(new.target, app)
            raise too_busy(f"the account {new.account_id}") from error
    try:
        yield
    except SURELY_NOT_STORED:
        if gains:
            app.account_ties.give_back([new.account_id], holder)
        raise
    if before is not None and before not in (new.account_id, app.hub_account_id):
        app.account_ties.let_go([before], HolderKind.GROUP, new.group_id, new.version)


def _check_unused(group: ProtectionGroup, uses: Uses, app: ConfigurationApp) -> None:
    by_ties = [use.owner for use in uses.by if isinstance(use.owner, RecoveryPlan)]
    # The index too: tables that were restored from backups of different moments may lack ties.
    plans = {plan.plan_id: plan for plan in (*by_ties, *app.plans.plans_using(group.group_id))}
    saved_now = sorted({use.holder.owner_id for use in uses.by if use.owner is None} - set(plans))
    running = executions_of(uses)
    if plans or saved_now:
        named = [plan.plan_name for plan in plans.values()] + [f"{each}, which is being saved" for each in saved_now]
        more = len(named) - PLANS_NAMED
        raise ConflictError(
            f"the group {group.group_name} is used by the recovery plan{'s' if len(named) > 1 else ''} "
            f"{', '.join(named[:PLANS_NAMED])}{f' and {more} more' if more > 0 else ''}",
            reason=ConflictReason.IN_USE,
            planCount=len(named),
            plans=[
                *({"planId": plan.plan_id, "planName": plan.plan_name} for plan in plans.values()),
                *({"planId": plan_id} for plan_id in saved_now),
            ][:PLANS_NAMED],
        )
    if running:
        raise active_execution(f"the group {group.group_name}", running)


def _alarms_without_place(
    old: ProtectionGroup, new: ProtectionGroup, uses: Uses, app: ConfigurationApp
) -> Iterator[Violation]:
    """Alarms of plans that would be ambiguous once this group's servers are elsewhere."""
    plans = [use.owner for use in uses.by if isinstance(use.owner, RecoveryPlan)] if old.target != new.target else []
    for plan in plans:
        targets = {group.group_id: group.target for group in app.groups.get_many(plan.group_ids)}
        targets[new.group_id] = new.target
        for violation in check_alarm_places(plan.waves, targets):
            reason = f"then in plan {plan.plan_name}, {violation.field}: {violation.reason}"
            yield Violation("accountId", reason, violation.code)
