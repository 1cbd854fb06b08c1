"""The contract of the rows that say who gets the mails of which plans."""

from __future__ import annotations

import pytest

from shared.models.mail_subscription import MailSubscription
from shared.stores.mail_subscriptions import MailSubscriptions
from shared.stores.recovery_plan_store import RecoveryPlanStore
from tests.support.four_tables import FourTables
from tests.support.tampered_table import ForgetfulTable

ADDRESS = "Ops+drills@example.com"


class MailSubscriptionsContract:
    """Written only in place of what was read."""

    @pytest.fixture
    def rows(self, tables: FourTables) -> MailSubscriptions:
        return MailSubscriptions(tables.recovery_plans)

    @pytest.fixture
    def stored(self, rows: MailSubscriptions) -> MailSubscription:
        """A row as it is read."""
        plans = {"a": "2026-01-29T02:00:00.000Z#1"}
        assert rows.put(MailSubscription(address=ADDRESS, plans=plans, asked=("a", "b")), None)
        found = rows.get(ADDRESS)
        assert found is not None
        return found

    def test_what_is_written_is_found_by_the_address_as_it_is_spelt(
        self, rows: MailSubscriptions, stored: MailSubscription
    ) -> None:
        assert (stored.address, stored.asked, stored.arn, stored.settled) == (ADDRESS, ("a", "b"), None, False)
        assert stored.plans == {"a": "2026-01-29T02:00:00.000Z#1"}
        assert rows.get(ADDRESS.lower()) is None

    def test_a_row_is_made_once(self, rows: MailSubscriptions, stored: MailSubscription) -> None:
        assert not rows.put(MailSubscription(address=ADDRESS), None)
        assert rows.get(ADDRESS) == stored

    def test_of_two_that_read_the_same_one_writes(self, rows: MailSubscriptions, stored: MailSubscription) -> None:
        assert rows.put(stored.model_copy(update={"arn": "first"}), stored)

        assert not rows.put(stored.model_copy(update={"arn": "second"}), stored)
        assert not rows.forget(stored)

        now = rows.get(ADDRESS)
        assert now is not None
        assert now.arn == "first"
        assert rows.forget(now)
        assert rows.get(ADDRESS) is None

    def test_a_row_that_is_gone_is_not_written_again(self, rows: MailSubscriptions, stored: MailSubscription) -> None:
        assert rows.forget(stored)

        assert not rows.put(stored, stored)
        assert not rows.forget(stored)

    def test_a_write_whose_first_answer_gets_lost_is_ours(self, tables: FourTables) -> None:
        rows = MailSubscriptions(ForgetfulTable(tables.recovery_plans))

        assert rows.put(MailSubscription(address=ADDRESS), None)
        made = rows.get(ADDRESS)
        assert made is not None
        assert rows.put(made.model_copy(update={"arn": "a"}), made)
        changed = rows.get(ADDRESS)
        assert changed is not None
        assert changed.arn == "a"
        assert rows.forget(changed)
        assert rows.get(ADDRESS) is None

    def test_lists_of_plans_do_not_meet_it(self, tables: FourTables, stored: MailSubscription) -> None:
        assert stored.address == ADDRESS
        assert RecoveryPlanStore(tables.recovery_plans).page(10).items == ()
