"""The contract of launches and quota rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest

from shared.errors import NotFoundError
from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchState
from shared.models.launch_events import Hearing
from shared.models.quota import QuotaRow, Reservation
from shared.stores.execution_store import ExecutionStore
from shared.stores.quota_store import QuotaStore
from shared.stores.refusals import (
    AlreadyExistsError,
    QuotaRowChangedError,
    StepLostError,
)
from shared.stores.table import TRANSACTION_LIMIT, Table
from tests.support.store_contract.executions import StoreFixtures
from tests.support.store_contract.samples import (
    NOW,
    TARGET,
    event,
    launch,
    seconds,
    wave,
)

STAGGER: Final = timedelta(seconds=15)


class LaunchesContract(StoreFixtures):
    """Admission and intent are one; a job id is never lost."""

    @pytest.fixture
    def quotas(self, table: Table) -> QuotaStore:
        return QuotaStore(table)

    def test_a_launch_is_opened_with_its_reservation(
        self, store: ExecutionStore, running: ExecutionHeader, quotas: QuotaStore
    ) -> None:
        opened = store.open_launch(running, launch(running), reserved(launch(running).launch_id, 1))

        assert opened.launch_ids == ("e1-1-0",)
        assert store.find("e1") == opened
        assert store.launches(opened) == [launch(running)]
        assert quotas.get(TARGET) == reserved("e1-1-0", 1)

    def test_an_abandoned_launch_keeps_that_whatever_is_learnt_of_it_later(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        opened = store.open_launch(running, launch(running), reserved("e1-1-0", 1))
        abandoned = launch(running, abandoned_at=NOW)
        store.write_items(opened, [abandoned])

        found = store.record_job(abandoned, "job-1")

        assert (found.state, found.job_id, found.abandoned_at) == (LaunchState.STARTED, "job-1", NOW)
        assert found.is_abandoned

    @pytest.mark.parametrize(("state", "job"), [(LaunchState.DONE, "job-1"), (LaunchState.LOST, None)])
    def test_what_became_of_an_abandoned_launch_is_recorded_once_with_its_event(
        self, store: ExecutionStore, running: ExecutionHeader, state: LaunchState, job: str | None
    ) -> None:
        opened = store.open_launch(running, launch(running), reserved("e1-1-0", 1))
        before = LaunchState.STARTED if job else LaunchState.OPEN
        abandoned = launch(running, abandoned_at=NOW, job_id=job, state=before)
        store.write_items(opened, [abandoned])
        taken = event(opened, time=seconds(60), step=0)
        store.append_events([taken])
        told = event(opened, time=seconds(60), step=0, message="it is over")

        assert store.settle_abandoned(abandoned, state, told)
        assert not store.settle_abandoned(abandoned, state, told)

        [stored] = store.launches(opened)
        assert (stored.state, stored.ended_at, stored.is_abandoned) == (state, seconds(60), False)
        assert [one.message for one in store.events(opened, 10).items] == [taken.message, "it is over"]

    def test_a_launch_is_not_lost_whose_job_was_found_meanwhile(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        opened = store.open_launch(running, launch(running), reserved("e1-1-0", 1))
        abandoned = launch(running, abandoned_at=NOW)
        store.write_items(opened, [abandoned])
        store.record_job(abandoned, "job-1")

        assert not store.settle_abandoned(abandoned, LaunchState.LOST, event(opened, step=0))

        assert store.launches(opened)[0].is_abandoned

    def test_whoever_stood_still_until_a_launch_was_abandoned_says_no_more_of_it_than_its_job(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        opened = store.open_launch(running, launch(running), reserved("e1-1-0", 1))
        store.write_items(opened, [launch(running, abandoned_at=NOW)])

        refused = store.refuse_launch(launch(running, reason="sent too late"))
        lost = store.lose_launch(launch(running), "no job is listed")

        assert (refused.state, lost.state) == (LaunchState.OPEN, LaunchState.OPEN)
        assert store.launches(opened)[0].is_abandoned

    def test_a_launch_that_was_not_abandoned_is_not_settled(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        opened = store.open_launch(running, launch(running), reserved("e1-1-0", 1))

        assert not store.settle_abandoned(launch(running), LaunchState.LOST, event(opened, step=0))

    def test_launches_are_forgotten_by_their_step_before_it_opens_others(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        first = refused(store, running, 0)
        both = refused(store, first, 1)

        with pytest.raises(StepLostError):
            store.forget_launches(first, ["e1-1-0"])
        left = store.forget_launches(both, ["e1-1-0"])

        assert left.launch_ids == ("e1-1-1",)
        assert store.find("e1") == left
        store.claim_step("e1", "p1", 1, "0001#b")
        with pytest.raises(StepLostError):
            store.forget_launches(left, ["e1-1-1"])

    @pytest.mark.dynamodb_local
    def test_of_a_forgotten_launch_nothing_is_left(
        self, store: ExecutionStore, running: ExecutionHeader, table: Table
    ) -> None:
        header = running
        for index in range(TRANSACTION_LIMIT + 1):
            header = refused(store, header, index)
        forgotten = header.launch_ids[1:]

        left = store.forget_launches(header, forgotten)

        assert left.launch_ids == header.launch_ids[:1]
        assert store.find("e1") == left
        assert [item["launchId"] for item in table.scan() if "#LAUNCH#" in item["planId"]] == list(left.launch_ids)

    @pytest.mark.parametrize("state", [LaunchState.OPEN, LaunchState.STARTED])
    def test_a_launch_that_may_have_a_job_is_not_forgotten(
        self, store: ExecutionStore, running: ExecutionHeader, state: LaunchState
    ) -> None:
        header = refused(store, running, 0)
        if state is LaunchState.STARTED:
            store.record_job(launch(running), "job-1")
        else:
            store.write_items(header, [launch(running)])

        with pytest.raises(StepLostError):
            store.forget_launches(header, ["e1-1-0"])

        assert store.find("e1") == header
        assert [one.state for one in store.launches(header)] == [state]

    def test_a_commit_keeps_launches_that_it_does_not_know(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        store.open_launch(running, launch(running), reserved("e1-1-0", 1))

        store.commit(running)

        assert store.find("e1").launch_ids == ("e1-1-0",)

    def test_a_launch_of_a_lost_step_is_not_opened(
        self, store: ExecutionStore, running: ExecutionHeader, table: Table
    ) -> None:
        store.claim_step("e1", "p1", 1, "0001#b")
        before = table.scan()

        with pytest.raises(StepLostError):
            store.open_launch(running, launch(running), reserved("e1-1-0", 1))

        assert table.scan() == before

    def test_a_launch_is_not_opened_on_a_quota_row_that_changed(
        self, store: ExecutionStore, running: ExecutionHeader, quotas: QuotaStore
    ) -> None:
        quotas.put(reserved("other", 1))

        for version in (1, 3):
            with pytest.raises(QuotaRowChangedError):
                store.open_launch(running, launch(running), reserved("e1-1-0", version))

        assert store.find("e1").launch_ids == ()
        store.open_launch(running, launch(running), reserved("e1-1-0", 2))

    def test_a_launch_is_opened_once(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        store.open_launch(running, launch(running), reserved("e1-1-0", 1))

        with pytest.raises(AlreadyExistsError):
            store.open_launch(running, launch(running), reserved("e1-1-0", 2))

    @pytest.mark.parametrize("state", [LaunchState.OPEN, LaunchState.LOST, LaunchState.REFUSED])
    def test_a_late_success_is_always_recorded(
        self, store: ExecutionStore, running: ExecutionHeader, state: LaunchState
    ) -> None:
        opened = launch(running)
        store.write_items(running, [opened])
        if state is not LaunchState.OPEN:
            store.write_items(running, [opened.model_copy(update={"state": state, "ended_at": NOW})])

        recorded = store.record_job(opened, "job-1")

        assert (recorded.state, recorded.job_id, recorded.ended_at) == (LaunchState.STARTED, "job-1", None)
        assert store.record_job(opened, "job-2") == recorded
        assert store.refuse_launch(opened) == recorded

    def test_only_an_open_launch_is_refused_or_lost(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        first, second = launch(running, 0), launch(running, 1)
        store.write_items(running, [first, second])

        refused = store.refuse_launch(first.model_copy(update={"reason": "402", "ended_at": NOW}))
        lost = store.lose_launch(second, "no job is listed")

        assert (refused.state, refused.reason, refused.ended_at) == (LaunchState.REFUSED, "402", NOW)
        assert (lost.state, lost.reason) == (LaunchState.LOST, "no job is listed")
        assert store.lose_launch(first, "x") == refused
        assert store.refuse_launch(second) == lost

    def test_which_jobs_are_not_a_launchs_is_kept_until_its_job_is_known(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        store.write_items(running, [launch(running)])
        lost = store.lose_launch(launch(running), "no job is listed")

        spared = tuple(member.model_copy(update={"spared": True}) for member in lost.servers)
        told = {"strangers": ("job-7",), "suspects": ("job-9",), "unread": ("job-8",), "servers": spared}
        known = lost.model_copy(update=told)
        remembered = store.remember_jobs(running, known)
        recorded = store.record_job(lost, "job-1")

        assert remembered == known
        assert (recorded.state, recorded.job_id) == (LaunchState.STARTED, "job-1")
        assert store.remember_jobs(running, lost.model_copy(update={"strangers": ("job-7", "job-8")})) == recorded

    def test_what_a_step_has_found_of_a_launchs_jobs_is_kept_in_that_step_only(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        store.write_items(running, [launch(running)])
        lost = store.lose_launch(launch(running), "no job is listed")
        late = running.model_copy(update={"step": running.step - 1})

        with pytest.raises(StepLostError):
            store.remember_jobs(late, lost.model_copy(update={"suspects": ("job-9",)}))
        with pytest.raises(StepLostError):
            store.record_job(lost, "job-1", late)

        assert store.launches(running.model_copy(update={"launch_ids": (lost.launch_id,)})) == [lost]
        recorded = store.record_job(lost, "job-1", running)
        assert (recorded.state, recorded.job_id) == (LaunchState.STARTED, "job-1")
        assert store.record_job(lost, "job-2", running) == recorded

    def test_when_a_job_was_first_seen_to_have_ended_is_kept(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        store.write_items(running, [launch(running)])
        recorded = store.record_job(launch(running), "job-1")

        noted = store.note_end(recorded, NOW)

        assert noted == recorded.model_copy(update={"ended_at": NOW})
        assert store.note_end(recorded, seconds(60)) == noted

    def test_a_launch_that_is_not_there_is_not_found(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        with pytest.raises(NotFoundError):
            store.record_job(launch(running), "job-1")
        with pytest.raises(NotFoundError):
            store.record_job(launch(running), "job-1", running)

    def test_quota_rows_change_on_their_version_only(self, quotas: QuotaStore) -> None:
        assert quotas.get(TARGET) == QuotaRow(target=TARGET)
        quotas.put(reserved("a", 1))

        with pytest.raises(QuotaRowChangedError):
            quotas.put(reserved("b", 1))
        with pytest.raises(QuotaRowChangedError):
            quotas.put(reserved("b", 3))

        quotas.put(reserved("b", 2))
        assert quotas.get(TARGET) == reserved("b", 2)

    def test_quota_rows_that_are_wanted_together_come_together(self, quotas: QuotaStore) -> None:
        other = TARGET.model_copy(update={"region": "eu-west-1"})
        quotas.put(reserved("a", 1))

        assert quotas.get_many([TARGET, other]) == {TARGET: reserved("a", 1), other: QuotaRow(target=other)}
        assert quotas.get_many([]) == {}

    def test_a_call_that_started_nothing_keeps_nobody_from_the_next(self, quotas: QuotaStore) -> None:
        quotas.put(reserved("a", 1).model_copy(update={"next_call_at": NOW + STAGGER}))

        quotas.withdraw(TARGET, "a", STAGGER)

        row = quotas.get(TARGET)
        assert (row.reservations, row.next_call_at) == ((), None)

    def test_nor_does_it_give_up_the_turn_that_another_call_has_taken_since(self, quotas: QuotaStore) -> None:
        later = NOW + 2 * STAGGER
        quotas.put(reserved("a", 1).model_copy(update={"next_call_at": later}))

        quotas.withdraw(TARGET, "a", STAGGER)
        quotas.withdraw(TARGET, "a", STAGGER)

        row = quotas.get(TARGET)
        assert (row.reservations, row.next_call_at, row.version) == ((), later, 2)

    def test_a_reservation_gets_its_job_and_ends(self, quotas: QuotaStore) -> None:
        quotas.put(reserved("a", 1))

        quotas.record_job(TARGET, "a", "job-1")
        quotas.record_job(TARGET, "absent", "job-2")
        assert [one.job_id for one in quotas.get(TARGET).reservations] == ["job-1"]

        quotas.release(TARGET, "a")
        quotas.release(TARGET, "a")
        assert quotas.get(TARGET) == QuotaRow(target=TARGET, version=3)

    def test_a_job_keeps_its_reservation_and_has_it_made_anew_when_it_is_gone(self, quotas: QuotaStore) -> None:
        quotas.put(reserved("a", 1))
        mine = quotas.get(TARGET).reservations[0]
        late = mine.model_copy(update={"reservation_id": "late", "job_id": "job-2"})

        for one in (mine.model_copy(update={"job_id": "job-1"}), late, late):
            quotas.keep_job(TARGET, one)

        row = quotas.get(TARGET)
        assert row.reservations == (mine.model_copy(update={"job_id": "job-1"}), late)
        assert row.version == 3

    def test_a_reservation_that_was_there_is_as_young_as_the_job_that_it_names_for_the_first_time(
        self, quotas: QuotaStore
    ) -> None:
        quotas.put(reserved("a", 1))
        mine = quotas.get(TARGET).reservations[0].model_copy(update={"job_id": "job-1"})

        for at in (60, 120):
            quotas.keep_job(TARGET, mine.model_copy(update={"taken_at": seconds(at)}))

        assert [one.taken_at for one in quotas.get(TARGET).reservations] == [seconds(60)]

    def test_room_is_given_back_unless_it_names_a_job(self, quotas: QuotaStore) -> None:
        quotas.put(reserved("a", 1))
        quotas.record_job(TARGET, "a", "job-1")

        quotas.give_back(TARGET, "a")
        quotas.withdraw(TARGET, "a", STAGGER)
        assert [one.job_id for one in quotas.get(TARGET).reservations] == ["job-1"]

        quotas.put(reserved("a", 3))
        quotas.give_back(TARGET, "a")
        assert quotas.get(TARGET).reservations == ()

    def test_of_jobs_that_may_be_a_launchs_one_has_room_unless_it_has_that_already(self, quotas: QuotaStore) -> None:
        quotas.put(reserved("a", 1))
        quotas.record_job(TARGET, "a", "job-1")
        mine = quotas.get(TARGET).reservations[0].model_copy(update={"reservation_id": "b", "job_id": None})

        quotas.keep_suspect(TARGET, mine, ("job-1",))
        assert [one.reservation_id for one in quotas.get(TARGET).reservations] == ["a"]

        quotas.keep_suspect(TARGET, mine, ("job-1", "job-2"))
        quotas.keep_suspect(TARGET, mine, ("job-2", "job-1"))
        assert [(one.reservation_id, one.job_id) for one in quotas.get(TARGET).reservations][1:] == [("b", "job-2")]

        quotas.keep_suspect(TARGET, mine, ("job-1",))
        assert [one.reservation_id for one in quotas.get(TARGET).reservations] == ["a"]


def reserved(reservation_id: str, version: int) -> QuotaRow:
    """A quota row with one reservation."""
    reservation = Reservation(reservation_id=reservation_id, execution_id="e1", server_count=2, taken_at=NOW)
    return QuotaRow(target=TARGET, reservations=(reservation,), version=version)


def refused(store: ExecutionStore, header: ExecutionHeader, index: int) -> ExecutionHeader:
    """The header after a launch more, which DRS has refused."""
    one = launch(header, index)
    opened = store.open_launch(header, one, reserved(one.launch_id, index + 1))
    store.refuse_launch(one.model_copy(update={"reason": "402", "ended_at": NOW}))
    return opened


class LaunchEventsContract(StoreFixtures):
    """What DRS's events told, and what a step loads of it at once."""

    def test_a_step_loads_what_it_needs_in_one_read(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        opened = store.open_launch(running, launch(running), reserved("e1-1-0", 1))
        store.write_items(opened, [wave(2, running)])
        store.hear(TARGET, NOW)

        loaded = store.load_step(opened, [2, 7])

        assert loaded.inbox == store.get_inbox("e1", "p1")
        assert loaded.waves == (wave(2, running),)
        assert loaded.launches == (launch(running),)
        assert loaded.hearings == {TARGET: Hearing(target=TARGET, heard_at=NOW)}

    def test_what_does_not_exist_is_not_loaded(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        loaded = store.load_step(running, [])

        assert (loaded.waves, loaded.launches, loaded.hearings) == ((), (), {})
        with pytest.raises(NotFoundError):
            store.load_step(running.model_copy(update={"execution_id": "e-none"}), [])

    def test_events_are_counted_by_job_until_the_last_server_has_reported(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        one = launch(running)
        job = "drsjob-00000000000000001"
        assert store.count_report("e1", "p1", job).is_complete, "nobody has said how many there are"
        store.expect_reports(one, job)

        reports = [store.count_report("e1", "p1", job) for _ in range(len(one.servers))]

        assert [report.reported for report in reports] == [number + 2 for number in range(len(one.servers))]
        assert all(report.expected == len(one.servers) for report in reports)
        assert reports[-1].is_complete
        assert store.count_report("e1", "p1", "drsjob-00000000000000002").reported == 1

    def test_an_account_and_region_is_remembered_as_heard_and_as_silent(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        store.note_silence(TARGET, NOW)
        store.hear(TARGET, seconds(5))

        hearing = store.load_step(running, []).hearings[TARGET]

        assert hearing == Hearing(target=TARGET, heard_at=seconds(5), silent_at=NOW)

    def test_a_signal_of_an_event_says_when(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        assert store.signal("e1", "p1").last_event_at is None

        inbox = store.signal("e1", "p1", seconds(3))

        assert (inbox.signals, inbox.last_event_at) == (2, seconds(3))
        assert store.load_step(running, []).inbox == inbox
