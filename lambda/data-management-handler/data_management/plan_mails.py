"""The mails of a plan's own address: one subscription of the topic for each address, filtered by its plans.

The row of an address is what is to be, and SNS is brought to it: a row first, then SNS, then the row again, marked as
settled if nobody changed it meanwhile; else once more. Before a plan is written its address has been subscribed: what
cannot be subscribed is not stored. What an address loses it loses after the plan was written, and if that fails the log
says so: somebody gets mails too many. SNS is told with the next change of a plan of that address; a plan that stayed in
the row leaves it, after an hour, when the address gets another one. For that the plans of the address are looked at,
though not with each plan that an import gives it. An import tells SNS of some plans of an address at once.

An address that has a subscription which is not ours, such as the stack's own subscriber, keeps it as it is: without a
filter it gets every mail anyway, and SNS has no second one for it.
"""

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from data_management.refusals import SURELY_NOT_STORED
from shared.aws.ports import SubscribedOtherwiseError, SubscriptionsPort
from shared.clock import Clock
from shared.errors import QuotaExceededError, ThrottledError, ValidationError
from shared.models.base import format_instant
from shared.models.mail_subscription import MailSubscription
from shared.models.recovery_plan import RecoveryPlan
from shared.observability import Observability
from shared.patience import MAIL_SECONDS, somebody_waits
from shared.stores.mail_subscriptions import MailSubscriptions
from shared.stores.owned_rows import nothing_stored_yet
from shared.stores.recovery_plan_store import RecoveryPlanStore

PLANS_OF_AN_ADDRESS: Final = 150
"""The values that the filter policy of a subscription may have
(https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html)."""

NO_PLAN: Final = "none"
"""What an unconfirmed subscription is filtered by that has no plan left and cannot be ended yet."""

LEFT_BEHIND_AFTER: Final = timedelta(hours=1)
"""No write of a plan takes so long: an older mark of a plan that does not name the address is what a crash left."""

LOOKED_AT_EVERY: Final = timedelta(minutes=5)
"""Longer than an import: whether a row lists what crashes left is asked of all its plans, and so once by an import."""

AT_ONCE: Final = 10
"""New plans of one import that an address is given together; a crash leaves it those that were not saved yet."""

TRIES: Final = 5

_REFUSALS: Final = (ValidationError, QuotaExceededError)
"""With which SNS says that it has made no subscription."""


@dataclass(frozen=True, slots=True)
class PlanMails:
    """Who gets the mails of which plans.

    `coming` has the address of each new plan that is about to be saved, in that order, and `given` address and mark of
    those that their address was given already, with one before them.
    """

    rows: MailSubscriptions
    topic: SubscriptionsPort
    plans: RecoveryPlanStore
    clock: Clock
    observability: Observability
    new_mark: Callable[[], str] = lambda: secrets.token_hex(8)
    coming: dict[str, str] = field(default_factory=dict)
    given: dict[str, tuple[str, str]] = field(default_factory=dict)

    @contextmanager
    def ahead(self, addresses: Mapping[str, str | None]) -> Iterator[None]:
        """Around the saves of many new plans: SNS is told of some of an address at once, with the first of them.

        The addresses are by plan, in the order of the saves; plans may be left out. What its address was given of these
        and no save came for is taken back at the end.
        """
        self.coming.update({plan_id: address for plan_id, address in addresses.items() if address is not None})
        try:
            yield
        finally:
            unsaved = dict[tuple[str, str], list[str]]()
            for plan_id in addresses:
                self.coming.pop(plan_id, None)
                if plan_id in self.given:
                    unsaved.setdefault(self.given.pop(plan_id), []).append(plan_id)
            # the saves may have taken all the time that there was for them
            with somebody_waits(MAIL_SECONDS, anew=True):
                for (address, mark), plan_ids in unsaved.items():
                    self._drop(address, plan_ids, mark)

    @contextmanager
    def saving(self, plan: RecoveryPlan, before: RecoveryPlan | None = None) -> Iterator[None]:
        """Around the write of a plan: subscribes its address first, and lets go of the address it had after.

        Nothing is written if this raises: ValidationError naming notificationEmail, QuotaExceededError,
        NothingStoredError. After a write that surely stored nothing its address has the plan if the stored plan names
        it. After any other the plan may be stored: better a filter that names a plan too many than an address that
        gets none of its mails.
        """
        address, plan_id = plan.notification_email, plan.plan_id
        former = before.notification_email if before else None
        with nothing_stored_yet():
            former_mark = self._mark(former, plan_id) if former != address else None
            mark = self._add(address, plan_id) if address is not None else ""
        try:
            yield
        except SURELY_NOT_STORED:
            if address is not None:
                self._later(address, lambda: self._agree(address, plan_id, mark))
            raise
        if address is not None:
            self._later(address, lambda: self._keep(address, plan_id, mark))
        if former is not None and former_mark is not None:
            self._drop(former, [plan_id], former_mark)

    def deleted(self, plan: RecoveryPlan) -> None:
        """After a plan was deleted: its address gets no mails of it any more; the log has what failed."""
        address = plan.notification_email
        if address is None:
            return

        def drop() -> None:
            mark = self._mark(address, plan.plan_id)
            if mark is not None:
                self._drop(address, [plan.plan_id], mark)

        self._later(address, drop)

    def _mark(self, address: str | None, plan_id: str) -> str | None:
        row = self.rows.get(address) if address is not None else None
        return row.plans.get(plan_id) if row else None

    def _add(self, address: str, plan_id: str) -> str:
        """Give the plan to the address, also if it was there already; the mark to take it back by."""
        company = self._company(address, plan_id)
        if plan_id in self.given:
            _, mark = self.given.pop(plan_id)
            return mark
        mark = self._new_mark()
        before, now = self._give(address, [plan_id, *company], mark)
        if plan_id in before.plans:
            # It had the mails before, so SNS is no reason to refuse this write; but a subscription that nobody
            # confirmed in time is gone, and saving the plan again is how people ask for another.
            self._later(address, lambda: self._settle(address, anew=True))
            return mark
        try:
            self._settle(address)
        except Exception as error:
            # Broad, and raised again: whatever kept SNS from it, the plan will not be written.
            self._drop(address, [plan_id, *company], mark, row_before=before if isinstance(error, _REFUSALS) else None)
            raise
        self.given.update({each: (address, mark) for each in company if each in now.plans})
        return mark

    def _company(self, address: str, plan_id: str) -> list[str]:
        """The next plans of the address that it was not given; those before this one have had their turn."""
        if plan_id not in self.coming:
            return []
        order = list(self.coming)
        for past in order[: order.index(plan_id) + 1]:
            self.coming.pop(past, None)
        later = [each for each, theirs in self.coming.items() if theirs == address and each not in self.given]
        return later[: AT_ONCE - 1]

    def _drop(
        self, address: str, plan_ids: Collection[str], mark: str, *, row_before: MailSubscription | None = None
    ) -> None:
        """Take the plans from the address, unless somebody marked them anew meanwhile; the log has what failed."""

        def drop() -> None:
            self._take(address, plan_ids, mark, row_before=row_before)
            self._settle(address)

        self._later(address, drop)

    def _keep(self, address: str, plan_id: str, mark: str) -> None:
        """After the write of a plan that names the address: give it back what a save that came too late took away."""
        if self._mark(address, plan_id) is None:
            self._agree(address, plan_id, mark)

    def _agree(self, address: str, plan_id: str, mark: str) -> None:
        """Let the address have the plan if and only if the stored plan names it.

        Under another mark than ours another save is under way: whoever marked it last sees to it. The plan is read
        again after each change, because somebody may have written it right before.
        """
        for _ in range(TRIES):
            present = self._mark(address, plan_id)
            named = any(_names(plan, address) for plan in self.plans.get_many([plan_id]))
            if named == (present is not None):
                self._settle(address)
                return
            if named:
                mark = self._new_mark()
                self._give(address, [plan_id], mark)
            elif present == mark:
                self._take(address, [plan_id], mark)
            else:
                return
        raise _busy(address)

    def _later(self, address: str, do: Callable[[], object]) -> None:
        try:
            do()
        except Exception as error:
            # Broad, and not raised again: what the caller asked for stands or falls without it.
            self.observability.logger.warning(
                "SNS does not know yet who gets the mails of which plans",
                address=address,
                left="the next change of a plan of this address tells it",
                cause=repr(error),
                exc_info=True,
            )
            self.observability.count("UnsettledSubscriptions")

    def _change(
        self, address: str, change: Callable[[MailSubscription], MailSubscription]
    ) -> tuple[MailSubscription, MailSubscription]:
        """Change the row of an address; as it was before, and as it is."""
        for _ in range(TRIES):
            stored = self.rows.get(address)
            row = stored or MailSubscription(address=address)
            changed = change(row)
            if changed is row or self.rows.put(_asking(changed), stored):
                return row, changed
        raise _busy(address)

    def _settle(self, address: str, *, anew: bool = False) -> None:
        """Bring SNS to what the row says, and `anew` also if it was told already."""
        told: MailSubscription | None = None
        for _ in range(TRIES):
            row = self.rows.get(address)
            if row is None:
                if told is not None and told.arn is not None:
                    self.topic.unsubscribe(told.arn)
                return
            if row.settled and told is None and not anew:
                return
            told = self._told(row)
            if self.rows.forget(row) if told is None else self.rows.put(told, row):
                return
            told = told or row
        raise _busy(address)

    def _told(self, row: MailSubscription) -> MailSubscription | None:
        """The row once SNS knows of it; None if there is nothing left to know."""
        if not row.plans:
            return self._ended(row)
        if row.arn is not None and self.topic.filter(row.arn, row.plans):
            return row.model_copy(update={"settled": True})
        arn = self._subscribed(row)
        return row.model_copy(update={"arn": arn, "asked": (), "settled": True})

    def _subscribed(self, row: MailSubscription) -> str | None:
        """The ARN of the address' subscription, None if it is not ours."""
        try:
            return self.topic.subscribe(row.address, row.plans)
        except SubscribedOtherwiseError:
            found = self.topic.existing(row.address)
        if found.plan_ids is None or not found.plan_ids <= {*row.asked, *row.plans}:
            return None
        if not self.topic.filter(found.arn, row.plans):
            raise _busy(row.address)
        return found.arn

    def _ended(self, row: MailSubscription) -> MailSubscription | None:
        if row.arn is None:
            return row.model_copy(update={"settled": True}) if row.asked else None
        if self.topic.unsubscribe(row.arn) or not self.topic.filter(row.arn, (NO_PLAN,)):
            return None
        return row.model_copy(update={"settled": True})

    def _new_mark(self) -> str:
        return f"{format_instant(self.clock.now())}#{self.new_mark()}"

    def _give(self, address: str, plan_ids: Sequence[str], mark: str) -> tuple[MailSubscription, MailSubscription]:
        """Mark the first plan in the row, and of the others, which are new, those that it has room for.

        If the first is new too, what crashes left there goes. The row as it was before, and as it is; ValidationError.
        """
        first = plan_ids[0]

        def given(row: MailSubscription) -> MailSubscription:
            if first in row.plans:
                return row.model_copy(update={"plans": {**row.plans, first: mark}})
            known = self._looked_at(row)
            room = max(PLANS_OF_AN_ADDRESS - len(known.plans), 0)
            if not room:
                return known
            plans = {**known.plans, **dict.fromkeys(plan_ids[:room], mark)}
            return known.model_copy(update={"plans": plans, "settled": False})

        before, now = self._change(address, given)
        if first not in now.plans:
            raise _too_many(address)
        return before, now

    def _take(
        self, address: str, plan_ids: Collection[str], mark: str, *, row_before: MailSubscription | None = None
    ) -> None:
        """Leave the plans out of the row that are there under this mark.

        `row_before` is the row from before SNS surely made no subscription for them: nor are they kept as asked for.
        """

        def without(row: MailSubscription) -> MailSubscription:
            left = {each: theirs for each, theirs in row.plans.items() if each not in plan_ids or theirs != mark}
            if len(left) == len(row.plans):
                return row
            return row.model_copy(
                update={"plans": left, "settled": False, "asked": _asked_without(row, plan_ids, row_before)}
            )

        self._change(address, without)

    def _looked_at(self, row: MailSubscription) -> MailSubscription:
        """The row without those of its plans that a crash left there; as it is if its plans were just looked at."""
        now = self.clock.now()
        if row.looked_at is not None and now - row.looked_at < LOOKED_AT_EVERY:
            return row
        young = format_instant(now - LEFT_BEHIND_AFTER)
        old = [plan_id for plan_id, mark in row.plans.items() if mark < young]
        naming = {plan.plan_id for plan in self.plans.get_many(old) if _names(plan, row.address)}
        alive = {plan_id: mark for plan_id, mark in row.plans.items() if plan_id in naming or mark >= young}
        return row.model_copy(
            update={"plans": alive, "looked_at": now, "settled": row.settled and len(alive) == len(row.plans)}
        )


def _too_many(address: str) -> ValidationError:
    reason = f"{PLANS_OF_AN_ADDRESS} plans name {address} already, and SNS filters by no more"
    return ValidationError.one("notificationEmail", reason, "TOO_MANY")


def _names(plan: RecoveryPlan, address: str) -> bool:
    return plan.notification_email == address


def _asking(row: MailSubscription) -> MailSubscription:
    """The row with all plans that a subscription may be made for whose ARN is not known."""
    if row.arn is not None:
        return row
    return row.model_copy(update={"asked": tuple(sorted({*row.asked, *row.plans}))})


def _asked_without(
    row: MailSubscription, plan_ids: Collection[str], row_before: MailSubscription | None
) -> tuple[str, ...]:
    """What a subscription may have been made for without the plans that were refused.

    Beside another save of the address they are kept: it may have asked for them too, and have had no answer.
    """
    if row_before is None or row_before.plans or not {*row.asked} <= {*row_before.asked, *plan_ids}:
        return row.asked
    return row_before.asked


def _busy(address: str) -> ThrottledError:
    return ThrottledError(f"the subscription of {address} changes too often; ask again", retryAfterSeconds=1)
