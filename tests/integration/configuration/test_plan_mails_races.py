"""The mails of plans where answers get lost, and where saves of one plan meet."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from shared.errors import ConflictError, ValidationError
from shared.models.mail_subscription import MailSubscription
from shared.stores.mail_subscriptions import MailSubscriptions
from shared.stores.table import Throttled
from tests.integration.configuration.conftest import System, new_system
from tests.integration.configuration.test_plan_mails import DBA, OPS, mails_of, new_plan, rows, save, stored
from tests.support.at_once import at_once
from tests.support.tampered_table import ForgetfulTable


def test_an_address_that_sns_refuses_keeps_its_plan_from_being_stored_though_the_answer_of_its_row_got_lost(
    system: System,
) -> None:
    rows = MailSubscriptions(ForgetfulTable(system.tables["plans"]))
    system.topic.refuses["subscribe"] = ValidationError.one("notificationEmail", "no such address", "REFUSED_ADDRESS")
    mails = replace(mails_of(system), rows=rows)

    with pytest.raises(ValidationError, match="no such address"), mails.saving(stored("a", OPS)):
        raise AssertionError("written")

    assert (rows.get(OPS), system.topic.addresses()) == (None, [])


@pytest.mark.parametrize("removed", ["first", "last"])
def test_who_keeps_an_address_and_loses_to_its_removal_leaves_it_no_mails(system: System, removed: str) -> None:
    save(system, stored("a", OPS))
    read, mails = system.plans.get("a"), mails_of(system)
    removing = mails.saving(stored("a", None), read)

    removing.__enter__()
    with pytest.raises(ConflictError), mails.saving(read, read):
        system.plans.put(stored("a", None), 1)
        if removed == "first":
            removing.__exit__(None, None, None)
        system.plans.put(read, 1)
    if removed == "last":
        removing.__exit__(None, None, None)

    assert (system.topic.mails("a"), system.topic.addresses()) == ([], [])


def test_who_loses_with_an_address_that_the_plan_keeps_takes_nothing_away(system: System) -> None:
    save(system, stored("a", OPS))
    read = system.plans.get("a")

    with pytest.raises(ConflictError), mails_of(system).saving(read, read):
        save(system, read.model_copy(update={"description": "changed"}))
        system.plans.put(read, 1)

    assert system.topic.mails("a") == [OPS]


def test_who_gives_an_address_back_has_its_mails_whoever_loses_with_it_meanwhile(system: System) -> None:
    save(system, stored("a", OPS))
    stale, mails = system.plans.get("a"), mails_of(system)
    save(system, stored("a", None))
    read = system.plans.get("a")

    with mails.saving(stored("a", OPS), read):
        with pytest.raises(ConflictError), mails.saving(stale, stale):
            system.plans.put(stale, 1)
        taken = system.topic.mails("a")
        system.plans.put(stored("a", OPS), 2)

    assert taken == []
    assert system.topic.mails("a") == [OPS]


def test_who_loses_looks_again_after_what_it_took_away(system: System) -> None:
    class Hesitating(MailSubscriptions):
        """Others write the plan right before the plan is taken from the address."""

        def put(self, changed: MailSubscription, before: MailSubscription | None) -> bool:
            if "a" not in changed.plans:
                giving_back.close()
            return super().put(changed, before)

    save(system, stored("a", OPS))
    stale, mails = system.plans.get("a"), mails_of(system)
    save(system, stored("a", None))
    giving_back = ExitStack()
    giving_back.enter_context(mails.saving(stored("a", OPS), system.plans.get("a")))
    giving_back.callback(system.plans.put, stored("a", OPS), 2)
    slow = replace(mails, rows=Hesitating(system.tables["plans"]))

    with pytest.raises(ConflictError), slow.saving(stale, stale):
        system.plans.put(stale, 1)

    assert system.plans.get("a").notification_email == OPS
    assert system.topic.mails("a") == [OPS]


def test_what_a_write_of_unknown_end_left_with_its_former_address_goes_with_the_next_plan_of_that_address(
    system: System,
) -> None:
    save(system, stored("a", OPS))
    with pytest.raises(Throttled), mails_of(system).saving(stored("a", DBA), system.plans.get("a")):
        system.plans.put(stored("a", DBA), 1)
        raise Throttled("busy")
    left = system.topic.mails("a")
    system.clock.advance(timedelta(minutes=61).total_seconds())

    save(system, stored("b", OPS))

    assert sorted(left) == sorted([DBA, OPS])
    assert (system.topic.mails("a"), system.topic.mails("b")) == ([DBA], [OPS])


def test_what_is_left_with_an_address_right_after_its_plans_were_looked_at_goes_five_minutes_later(
    system: System,
) -> None:
    save(system, stored("a", OPS))
    system.clock.advance(timedelta(hours=2).total_seconds())
    save(system, stored("b", OPS))
    with pytest.raises(Throttled), mails_of(system).saving(stored("a", DBA), system.plans.get("a")):
        system.plans.put(stored("a", DBA), 1)
        raise Throttled("busy")

    save(system, stored("c", OPS))
    at_once_after = system.topic.filter_of(OPS)
    system.clock.advance(timedelta(minutes=5).total_seconds())
    save(system, stored("d", OPS))

    assert at_once_after == {"a", "b", "c"}
    assert system.topic.filter_of(OPS) == {"b", "c", "d"}


@pytest.mark.parametrize("round_number", range(10))
def test_however_saves_of_one_plan_meet_its_mails_go_where_it_says(round_number: int) -> None:
    system = new_system()
    save(system, stored("a", OPS))
    read = system.plans.get("a")

    def saving(address: str | None) -> None:
        with mails_of(system).saving(stored("a", address), read):
            system.plans.put(stored("a", address), read.version)

    answers = at_once(*(partial(saving, address) for address in (OPS, DBA, None)))

    assert len([each for each in answers if each is None]) == 1, (round_number, answers)
    address = system.plans.get("a").notification_email
    assert system.topic.mails("a") == ([] if address is None else [address])


def test_whoever_saves_a_plan_as_it_is_asks_its_address_to_confirm_anew(system: System) -> None:
    made = new_plan(system, "First")
    system.topic.lose(OPS)

    again = system.call("update_recovery_plan", planId=made["planId"], version=1)

    assert (again, system.topic.filter_of(OPS)) == (made, {made["planId"]})


@pytest.mark.parametrize("rival", ["deleted", "changed"])
def test_a_plan_that_is_lost_while_it_is_saved_as_it_is_leaves_no_mails(system: System, rival: str) -> None:
    made = new_plan(system, "First")

    def first() -> None:
        if rival == "deleted":
            system.call("delete_recovery_plan", planId=made["planId"])
        else:
            system.call("update_recovery_plan", planId=made["planId"], version=1, notificationEmail=None)

    system.tables["plans"].before_write = first
    answer = system.call("update_recovery_plan", planId=made["planId"], version=1)

    assert answer["error"] == ("RESOURCE_NOT_FOUND" if rival == "deleted" else "CONFLICT_ERROR")
    assert system.topic.mails(made["planId"]) == []
    assert rows(system) == []
