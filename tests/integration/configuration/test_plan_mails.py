"""The address of a plan gets its mails: from before the plan is stored, and those of no other plan."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from data_management.plan_mails import PLANS_OF_AN_ADDRESS, PlanMails
from shared.errors import QuotaExceededError, ThrottledError
from shared.models.mail_subscription import MailSubscription
from shared.models.recovery_plan import RecoveryPlan
from shared.observability import observe
from shared.stores.mail_subscriptions import MailSubscriptions
from shared.stores.table import Throttled
from tests.integration.configuration.conftest import System, new_system
from tests.support.at_once import at_once
from tests.support.configuration import NOW, plan, wave

OPS, DBA = "ops@example.com", "dba@example.com"


def mails_of(system: System) -> PlanMails:
    """Those that the functions use, over the same tables and topic."""
    rows = MailSubscriptions(system.tables["plans"])
    return PlanMails(rows, system.topic, system.plans, system.clock, observe("test", "CRITICAL"))


def new_plan(system: System, name: str, address: str | None = OPS) -> dict[str, Any]:
    group = system.group(f"Group of {name}", serverSelectionTags={"plan": name})
    waves = [{"waveNumber": 0, "waveName": "Only", "protectionGroupId": group}]
    more = {} if address is None else {"notificationEmail": address}
    return system.call("create_recovery_plan", planName=name, waves=waves, **more)


def stored(plan_id: str, address: str | None) -> RecoveryPlan:
    return plan(wave(0, "group"), plan_id=plan_id, plan_name=plan_id, notification_email=address)


def save(system: System, changed: RecoveryPlan) -> None:
    """Store a plan as an update does, which reads it before."""
    found = system.plans.get_many([changed.plan_id])
    before = found[0] if found else None
    with mails_of(system).saving(changed, before):
        if before is None:
            system.plans.put_new(changed)
        else:
            system.plans.put(changed, before.version)


def rows(system: System) -> list[dict[str, Any]]:
    return [item for item in system.tables["plans"].scan() if item["planId"].startswith("mail#")]


def test_two_plans_of_one_address_share_its_subscription_and_each_address_gets_its_plans(system: System) -> None:
    first, second = new_plan(system, "First")["planId"], new_plan(system, "Second")["planId"]
    third = new_plan(system, "Third", DBA)["planId"]

    assert system.topic.addresses() == [DBA, OPS]
    assert system.topic.filter_of(OPS) == {first, second}
    assert system.topic.filter_of(DBA) == {third}


def test_a_plan_without_an_address_asks_sns_for_nothing(system: System) -> None:
    new_plan(system, "Silent", None)

    assert system.topic.calls == []
    assert rows(system) == []


def test_a_change_moves_the_mails_and_the_old_address_loses_only_them(system: System) -> None:
    save(system, stored("a", OPS))
    save(system, stored("b", OPS))

    save(system, stored("a", DBA))

    assert (system.topic.mails("a"), system.topic.mails("b")) == ([DBA], [OPS])


def test_an_address_that_is_taken_out_of_its_last_plan_has_no_subscription(system: System) -> None:
    save(system, stored("a", OPS))

    save(system, stored("a", None))

    assert system.topic.addresses() == []
    assert rows(system) == []


def test_a_deleted_plan_ends_its_mails_and_those_of_others_go_on(system: System) -> None:
    save(system, stored("a", OPS))
    save(system, stored("b", OPS))

    mails_of(system).deleted(system.plans.get("a"))

    assert system.topic.filter_of(OPS) == {"b"}
    mails_of(system).deleted(system.plans.get("b"))
    assert system.topic.addresses() == []


def test_a_deletion_stands_whatever_becomes_of_its_mails(system: System) -> None:
    class BusyRows(MailSubscriptions):
        def get(self, address: str) -> MailSubscription | None:
            raise Throttled(f"no row of {address} now")

    save(system, stored("a", OPS))
    log = io.StringIO()
    watching = observe("mails-of-a-deletion", "INFO", log)
    busy = replace(mails_of(system), rows=BusyRows(system.tables["plans"]), observability=watching)

    busy.deleted(system.plans.get("a"))

    assert system.topic.filter_of(OPS) == {"a"}
    assert "no row of ops@example.com now" in log.getvalue()


def test_the_stacks_own_subscriber_still_gets_everything(system: System) -> None:
    system.topic.add(OPS)

    first = new_plan(system, "First")["planId"]
    save(system, stored("a", OPS))
    save(system, stored("a", DBA))

    assert system.topic.filter_of(OPS) is None
    assert system.topic.mails(first) == [OPS]


def test_a_subscription_that_somebody_filters_otherwise_stays_as_it_is(system: System) -> None:
    system.topic.add(OPS, {"another plan"})

    new_plan(system, "First")

    assert system.topic.filter_of(OPS) == {"another plan"}


def test_when_a_subscriber_of_everything_leaves_the_next_plan_subscribes_its_address(system: System) -> None:
    system.topic.add(OPS)
    save(system, stored("a", OPS))
    system.topic.lose(OPS)

    save(system, stored("b", OPS))

    assert system.topic.filter_of(OPS) == {"a", "b"}


def test_who_unsubscribed_by_a_mails_link_is_asked_anew_when_another_plan_names_the_address(system: System) -> None:
    save(system, stored("a", OPS))
    system.topic.lose(OPS)

    save(system, stored("b", OPS))

    assert system.topic.filter_of(OPS) == {"a", "b"}


def test_a_subscription_that_nobody_confirmed_in_time_is_made_anew_when_its_plan_is_saved_again(
    system: System,
) -> None:
    save(system, stored("a", OPS))
    system.topic.lose(OPS)

    save(system, stored("a", OPS))

    assert system.topic.filter_of(OPS) == {"a"}


@pytest.mark.parametrize("and_does_it", [False, True])
def test_where_sns_does_not_answer_nothing_is_stored_and_the_next_try_succeeds(
    system: System, and_does_it: bool
) -> None:
    system.topic.goes_down("subscribe", and_does_it=and_does_it)

    refused = new_plan(system, "First")

    assert (refused["error"], refused["retryable"]) == ("THROTTLED", True)
    assert refused["details"]["retryAfterSeconds"] > 0
    assert system.ask("list_recovery_plans")["items"] == []
    system.topic.comes_back()
    group = system.ask("list_protection_groups")["items"][0]["groupId"]
    wave_of_group = {"waveNumber": 0, "waveName": "Only", "protectionGroupId": group}
    plan_id = system.plan(wave_of_group, name="First", notificationEmail=OPS)
    assert system.topic.filter_of(OPS) == {plan_id}


def test_a_plan_that_sns_kept_from_being_stored_keeps_no_group_from_being_deleted(system: System) -> None:
    group = system.group("Group", serverSelectionTags={"n": "1"})
    system.topic.goes_down("subscribe")
    wave_of_group = {"waveNumber": 0, "waveName": "Only", "protectionGroupId": group}

    refused = system.call("create_recovery_plan", planName="Plan", waves=[wave_of_group], notificationEmail=OPS)

    assert refused["error"] == "THROTTLED"
    assert system.call("delete_protection_group", groupId=group) == {}


def test_an_answer_that_got_lost_is_found_by_the_next_plan_of_that_address(system: System) -> None:
    system.topic.goes_down("subscribe", and_does_it=True)
    new_plan(system, "First")
    system.topic.comes_back()

    second = new_plan(system, "Second", OPS)["planId"]

    assert system.topic.filter_of(OPS) == {second}


def test_a_plan_whose_name_is_taken_asks_nobody_to_confirm(system: System) -> None:
    new_plan(system, "First", None)
    group = system.ask("list_protection_groups")["items"][0]["groupId"]
    wave_of_group = {"waveNumber": 0, "waveName": "Only", "protectionGroupId": group}

    refused = system.call("create_recovery_plan", planName="first", waves=[wave_of_group], notificationEmail=OPS)

    assert refused["details"]["reason"] == "NAME_EXISTS"
    assert system.topic.calls == []


def test_a_write_that_fails_takes_its_address_back(system: System) -> None:
    save(system, stored("a", OPS))
    group = system.group("Group", serverSelectionTags={"n": "1"})
    wave_of_group = {"waveNumber": 0, "waveName": "Only", "protectionGroupId": group}
    system.topic.before["filter"] = lambda: system.plan(wave_of_group, name="New")

    refused = system.call("create_recovery_plan", planName="new", waves=[wave_of_group], notificationEmail=OPS)

    assert refused["details"]["reason"] == "NAME_EXISTS"
    assert system.topic.filter_of(OPS) == {"a"}


@pytest.mark.parametrize("error", [Throttled("busy"), ConnectionError("reset")])
def test_a_plan_that_was_stored_although_the_answer_of_its_write_got_lost_gets_its_mails(
    system: System, error: Exception
) -> None:
    plan = stored("a", OPS)

    with pytest.raises(type(error)), mails_of(system).saving(plan):
        system.plans.put_new(plan)
        raise error

    assert system.topic.mails("a") == [OPS]


def test_a_plan_whose_new_address_may_be_stored_or_not_mails_to_both(system: System) -> None:
    save(system, stored("a", OPS))

    with pytest.raises(Throttled), mails_of(system).saving(stored("a", DBA), system.plans.get("a")):
        raise Throttled("busy")

    assert sorted(system.topic.mails("a")) == sorted([DBA, OPS])


def test_a_failed_write_of_an_address_that_the_plan_had_before_takes_nothing_away(system: System) -> None:
    save(system, stored("a", OPS))

    with pytest.raises(ThrottledError), mails_of(system).saving(stored("a", OPS), system.plans.get("a")):
        raise ThrottledError("the table")

    assert system.topic.filter_of(OPS) == {"a"}


def test_what_sns_cannot_take_away_is_taken_away_with_the_next_change(system: System) -> None:
    save(system, stored("a", OPS))
    save(system, stored("b", OPS))
    system.topic.goes_down("filter")

    save(system, stored("a", DBA))

    assert system.plans.get("a").notification_email == DBA
    assert system.topic.filter_of(OPS) == {"a", "b"}
    system.topic.comes_back()
    save(system, stored("b", OPS))
    assert system.topic.filter_of(OPS) == {"b"}


def test_a_plan_that_keeps_its_address_can_be_changed_while_sns_is_down(system: System) -> None:
    save(system, stored("a", OPS))
    system.topic.goes_down("subscribe", "filter", "unsubscribe", "existing")

    save(system, stored("a", OPS).model_copy(update={"description": "changed"}))

    assert system.plans.get("a").description == "changed"


def test_a_plan_of_an_earlier_version_gets_its_mails_when_it_is_saved_again(system: System) -> None:
    system.plans.put_new(stored("a", OPS))

    save(system, stored("a", OPS))

    assert system.topic.filter_of(OPS) == {"a"}


def test_two_plans_saved_at_once_both_get_their_mails(system: System) -> None:
    save(system, stored("a", OPS))
    system.topic.before["filter"] = lambda: save(system, stored("c", OPS))

    save(system, stored("b", OPS))

    assert system.topic.filter_of(OPS) == {"a", "b", "c"}


def test_two_first_plans_of_an_address_saved_at_once_both_get_their_mails(system: System) -> None:
    system.topic.before["subscribe"] = lambda: save(system, stored("b", OPS))

    save(system, stored("a", OPS))

    assert system.topic.filter_of(OPS) == {"a", "b"}


def test_a_plan_that_is_saved_while_the_last_other_one_is_deleted_gets_its_mails(system: System) -> None:
    save(system, stored("a", OPS))
    system.topic.before["unsubscribe"] = lambda: save(system, stored("b", OPS))

    mails_of(system).deleted(system.plans.get("a"))

    assert system.topic.filter_of(OPS) == {"b"}


def test_an_address_given_back_while_it_is_being_let_go_is_kept(system: System) -> None:
    save(system, stored("a", OPS))
    back = stored("a", OPS)

    with mails_of(system).saving(stored("a", DBA), system.plans.get("a")):
        system.plans.put(stored("a", DBA), 1)
        save(system, back)

    assert system.topic.mails("a") == [OPS]


def test_one_plan_too_many_for_an_address_is_refused_by_its_field(system: System) -> None:
    for number in range(PLANS_OF_AN_ADDRESS):
        save(system, stored(f"plan-{number}", OPS))

    refused = new_plan(system, "One too many")

    assert [(each["field"], each["code"]) for each in refused["details"]["fields"]] == [
        ("notificationEmail", "TOO_MANY")
    ]
    assert len(system.topic.filter_of(OPS) or ()) == PLANS_OF_AN_ADDRESS
    assert "planId" in new_plan(system, "Elsewhere", DBA)


def test_what_crashes_left_with_an_address_makes_room_after_an_hour(system: System) -> None:
    for number in range(PLANS_OF_AN_ADDRESS - 1):
        with mails_of(system).saving(stored(f"never-stored-{number}", OPS)):
            pass
    save(system, stored("a", OPS))
    system.clock.advance(timedelta(minutes=61).total_seconds())

    created = new_plan(system, "First")["planId"]

    assert system.topic.filter_of(OPS) == {"a", created}


def test_an_address_that_nobody_confirmed_gets_nothing_after_its_last_plan_and_later_that_of_the_next(
    system: System,
) -> None:
    system.topic.confirms = False
    save(system, stored("a", OPS))

    save(system, stored("a", None))

    assert "a" not in (system.topic.filter_of(OPS) or set())
    save(system, stored("b", OPS))
    assert system.topic.filter_of(OPS) == {"b"}


def test_no_room_in_sns_is_a_quota_and_stores_nothing(system: System) -> None:
    system.topic.refuses["subscribe"] = QuotaExceededError("full", quota="FilterPolicyLimit", needed=1)

    refused = new_plan(system, "First")

    assert refused["error"] == "QUOTA_EXCEEDED"
    assert system.ask("list_recovery_plans")["items"] == []


def test_an_address_is_not_among_the_plans(system: System) -> None:
    new_plan(system, "First")

    assert len(system.ask("list_recovery_plans")["items"]) == 1
    assert [row["address"] for row in rows(system)] == [OPS]
    assert system.plans.get_many([row["planId"] for row in rows(system)]) == []
    assert system.clock.now() >= NOW


def test_an_import_subscribes_the_addresses_of_its_plans_and_its_dry_run_does_not(system: System) -> None:
    group = {"groupName": "A", "region": "us-west-2", "serverSelectionTags": {"n": "1"}}
    only = {"waveNumber": 0, "waveName": "Only", "protectionGroupNames": ["A"]}
    plans = [
        {"planName": f"Plan {n}", "waves": [only], "notificationEmail": address} for n, address in enumerate([OPS, DBA])
    ]
    document = {"schemaVersion": "1.1", "protectionGroups": [group], "recoveryPlans": plans}

    system.call("import_configuration", **document, dryRun=True)
    unasked = list(system.topic.calls)
    report = system.call("import_configuration", **document)

    assert unasked == []
    first, second = [item["id"] for item in report["created"] if item["kind"] == "recoveryPlan"]
    assert (system.topic.filter_of(OPS), system.topic.filter_of(DBA)) == ({first}, {second})


def test_the_dry_run_of_an_import_counts_the_plans_of_an_address_as_the_real_run_does(system: System) -> None:
    for number in range(PLANS_OF_AN_ADDRESS - 1):
        save(system, stored(f"plan-{number}", OPS))
    group = {"groupName": "A", "region": "us-west-2", "serverSelectionTags": {"n": "1"}}
    only = {"waveNumber": 0, "waveName": "Only", "protectionGroupNames": ["A"]}
    plans = [{"planName": f"Plan {n}", "waves": [only], "notificationEmail": OPS} for n in range(2)]
    document = {"schemaVersion": "1.1", "protectionGroups": [group], "recoveryPlans": plans}

    dry, real = (system.call("import_configuration", **document, dryRun=dry_run) for dry_run in (True, False))

    assert dry["failed"] == real["failed"]
    [reason] = real["failed"][0]["reasons"]
    assert (reason["field"], reason["code"]) == ("recoveryPlans[1].notificationEmail", "TOO_MANY")


@pytest.mark.parametrize("round_number", range(10))
def test_however_saves_and_deletions_meet_each_plan_that_is_left_gets_its_mails(round_number: int) -> None:
    system = new_system()
    for number in range(3):
        save(system, stored(f"old-{number}", OPS))

    answers = at_once(
        *(partial(_until_done, partial(save, system, stored(f"new-{number}", OPS))) for number in range(3)),
        *(
            partial(_until_done, partial(save, system, stored(f"old-{number}", (OPS, DBA, None)[number])))
            for number in range(3)
        ),
    )

    assert answers == [None] * 6, round_number
    assert system.topic.filter_of(OPS) == {"new-0", "new-1", "new-2", "old-0"}
    assert system.topic.filter_of(DBA) == {"old-1"}


def _until_done(call: Callable[[], None]) -> None:
    """Make a call again for as long as others are faster."""
    for _ in range(50):
        try:
            call()
        except ThrottledError:
            continue
        else:
            return
    raise AssertionError("others were always faster")


def test_an_update_moves_the_mails_and_a_deletion_ends_them_through_the_door(system: System) -> None:
    first, second = new_plan(system, "First"), new_plan(system, "Second")

    changed = system.call("update_recovery_plan", planId=first["planId"], version=1, notificationEmail=DBA)
    moved = (system.topic.mails(first["planId"]), system.topic.mails(second["planId"]))
    emptied = system.call("update_recovery_plan", planId=first["planId"], version=2, notificationEmail=None)
    silent = system.topic.mails(first["planId"])
    deleted = system.call("delete_recovery_plan", planId=second["planId"])

    assert (changed["version"], emptied["version"], deleted) == (2, 3, {})
    assert (moved, silent) == (([DBA], [OPS]), [])
    assert system.topic.addresses() == []
    assert rows(system) == []


def test_an_update_that_is_refused_moves_no_mails(system: System) -> None:
    plan_id = new_plan(system, "First")["planId"]
    new_plan(system, "Second", None)

    stale = system.call("update_recovery_plan", planId=plan_id, version=7, notificationEmail=DBA)
    taken = system.call("update_recovery_plan", planId=plan_id, version=1, planName="second", notificationEmail=DBA)
    system.topic.goes_down("subscribe")
    silent = system.call("update_recovery_plan", planId=plan_id, version=1, notificationEmail=DBA)

    assert [answer["details"].get("reason") for answer in (stale, taken)] == ["VERSION_CONFLICT", "NAME_EXISTS"]
    assert silent["error"] == "THROTTLED"
    assert system.ask("get_recovery_plan", planId=plan_id)["notificationEmail"] == OPS
    assert (system.topic.mails(plan_id), system.topic.addresses()) == ([OPS], [OPS])


def test_a_create_that_is_repeated_with_its_token_subscribes_once(system: System) -> None:
    group = system.group("Group", serverSelectionTags={"n": "1"})
    waves = [{"waveNumber": 0, "waveName": "Only", "protectionGroupId": group}]
    request = {"planName": "First", "waves": waves, "notificationEmail": OPS, "clientToken": "token-1"}

    first, second = (system.call("create_recovery_plan", **request) for _ in range(2))

    assert first == second
    assert system.topic.filter_of(OPS) == {first["planId"]}
    assert system.topic.calls == ["subscribe"]
