"""Stores plans: each is tied to its groups and accounts first, its mails are subscribed, and what runs is not changed.

Before the plan is written it uses every group that it lists and every account that its alarms name, so none of them can
be deleted any more; what it lists no more it lets go after. Whatever keeps it from being written gives everything back
(shared.stores.ties).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from data_management.alarm_accounts import accounts_of_alarms, check_alarm_accounts
from data_management.app import ConfigurationApp
from data_management.making_once import Keep
from data_management.plan_checks import check_against_groups, groups_in_full_use
from data_management.refusals import SURELY_NOT_STORED
from data_management.running import active_execution, check_plan_may_change, executions_of
from data_management.uses import too_busy, upon_uses
from shared.ids import new_claim
from shared.models.recovery_plan import RecoveryPlan, RecoveryPlanFields
from shared.models.violation import refuse
from shared.operations import Context
from shared.stores.owned_rows import nothing_stored_yet
from shared.stores.tie_holders import Holder, HolderKind
from shared.stores.ties import AccountTies, TieRefusedError, Ties, TooManyUsersError, Uses


def store_new_plan(plan: RecoveryPlan, app: ConfigurationApp, *, keep: Keep | None = None) -> RecoveryPlan:
    """Store a plan that keeps every rule of its own, over groups that exist.

    ValidationError for a group or the account of an alarm that was deleted meanwhile, or a group that too many plans
    use; ConflictError; what the mails of it may raise.
    """
    # First, so that nobody is asked to confirm the mails of a plan whose name is taken, and nothing of it is kept.
    app.plans.check_new(plan)
    with _with_its_groups(plan, None, app), _with_its_accounts(plan, None, app), app.mails.saving(plan):
        return app.plans.put_new(plan, also=keep(plan) if keep is not None else ())


def change_plan(old: RecoveryPlan, fields: RecoveryPlanFields, context: Context[ConfigurationApp]) -> RecoveryPlan:
    """Give the plan these fields, which keep every rule of its own; answers its next version, or it if none is new.

    ValidationError, ConflictError; what its mails may raise.
    """
    app, kept = context.app, {**old.model_dump(), **fields.model_dump()}
    if RecoveryPlan.model_validate(kept) == old:
        return _saved_as_it_is(old, app)
    stamps = {"updated_at": app.clock.now(), "version": old.version + 1}
    new = RecoveryPlan.model_validate({**kept, **stamps})

    def put(uses: Uses) -> RecoveryPlan:
        check_plan_may_change(old, new, uses)
        app.plans.check_put(new, old.version)
        with _with_its_groups(new, old, app), _with_its_accounts(new, old, app), app.mails.saving(new, old):
            return app.plans.put(new, old.version, uses)

    return upon_uses(lambda: app.plan_ties.uses(old.plan_id), put, f"the plan {old.plan_name}")


def _saved_as_it_is(plan: RecoveryPlan, app: ConfigurationApp) -> RecoveryPlan:
    """Nothing of the plan is written; its address is asked anew if nobody confirmed it in time (plan_mails)."""
    with app.mails.saving(plan, plan):
        # Whoever changed or deleted it meanwhile has settled its mails: so does this, by the stored plan.
        app.plans.check_put(plan, plan.version)
    return plan


def end_plan(plan: RecoveryPlan, app: ConfigurationApp) -> None:
    """Delete the plan, unless it runs: ConflictError ACTIVE_EXECUTION. Its address gets no mails of it any more."""

    def delete(uses: Uses) -> None:
        running = executions_of(uses)
        if running:
            raise active_execution(f"the plan {plan.plan_name}", running)
        app.plans.delete(plan, uses)

    upon_uses(lambda: app.plan_ties.uses(plan.plan_id), delete, f"the plan {plan.plan_name}")
    app.group_ties.let_go(plan.group_ids, HolderKind.PLAN, plan.plan_id, plan.version)
    app.account_ties.let_go(accounts_of_alarms(plan, app), HolderKind.PLAN, plan.plan_id, plan.version)
    app.mails.deleted(plan)


@contextmanager
def _with_its_groups(new: RecoveryPlan, old: RecoveryPlan | None, app: ConfigurationApp) -> Iterator[None]:
    """Around the write of a plan: tied to the groups that are new to it before, untied from those it lost after."""
    before = old.group_ids if old is not None else ()
    gained = [group_id for group_id in new.group_ids if group_id not in before]
    holder = Holder.of_plan(new, new_claim())
    try:
        app.group_ties.take(dict.fromkeys(gained), holder)
    except TieRefusedError as error:
        if isinstance(error, TooManyUsersError):
            refuse(groups_in_full_use(new, error.thing_ids))
        refuse(check_against_groups(new, app))
        raise too_busy(f"the groups of the plan {new.plan_name}") from error
    lost = [group_id for group_id in before if group_id not in new.group_ids]
    with _tied(app.group_ties, gained, lost, holder):
        yield


@contextmanager
def _with_its_accounts(new: RecoveryPlan, old: RecoveryPlan | None, app: ConfigurationApp) -> Iterator[None]:
    """The same with the accounts that its alarms name."""
    before, after = (accounts_of_alarms(plan, app) if plan is not None else [] for plan in (old, new))
    gained = [account_id for account_id in after if account_id not in before]
    holder = Holder.of_plan(new, new_claim())
    with nothing_stored_yet():
        try:
            app.account_ties.take(gained, holder)
        except TieRefusedError as error:
            refuse(check_alarm_accounts(new, app))
            raise too_busy(f"the accounts of the alarms of the plan {new.plan_name}") from error
    lost = [account_id for account_id in before if account_id not in after]
    with _tied(app.account_ties, gained, lost, holder):
        yield


@contextmanager
def _tied(ties: Ties | AccountTies, gained: list[str], lost: list[str], holder: Holder) -> Iterator[None]:
    """Around the write: what it has gained is given back if nothing is stored, else what it has lost is let go."""
    try:
        yield
    except SURELY_NOT_STORED:
        ties.give_back(gained, holder)
        raise
    ties.let_go(lost, holder.kind, holder.owner_id, holder.version)
