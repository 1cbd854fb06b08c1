"""Executions: one store, its verbs grouped by noun in the modules beside it."""

from __future__ import annotations

from functools import partial

from shared.clock import Clock
from shared.stores import keys
from shared.stores.children import Children
from shared.stores.dead_starts import bury
from shared.stores.deletions import Deletions
from shared.stores.gates import Gates
from shared.stores.headers import Headers
from shared.stores.idempotency import IdempotencyRows
from shared.stores.launch_events import LaunchEvents
from shared.stores.launch_settings_seen import LaunchSettingsSeen
from shared.stores.launches import Launches
from shared.stores.listings import Listings
from shared.stores.mails import Mails
from shared.stores.overviews import Overviews
from shared.stores.requests import Requests
from shared.stores.steps import Steps
from shared.stores.table import Table
from shared.stores.temporary_settings import TemporarySettingsStore
from shared.stores.terminations import Terminations
from shared.stores.timeline import Timeline


class ExecutionStore:
    """All verbs on executions; each is documented where it is made."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._for_everyone(table, clock)
        self._for_the_engine(table)
        self._for_people(table, clock)

    def _for_everyone(self, table: Table, clock: Clock) -> None:
        headers = Headers(table)
        self.bury = partial(bury, headers=headers, clock=clock)
        self.create = headers.create
        self.put_children = headers.put_children
        self.discard = headers.discard
        self.move_from_preparing = headers.move_from_preparing
        self.replace_run = headers.replace_run
        self.note_late = headers.note_late
        self.close = headers.close
        self.find = headers.find
        self.get_header = headers.get_header
        self.get_headers = headers.get_headers
        self.get_inbox = headers.get_inbox
        self.header_and_inbox = headers.header_and_inbox
        self.signal = headers.signal
        self.note_woken = headers.note_woken

        children = Children(table)
        self.waves = children.waves
        self.all_waves = children.all_waves
        self.servers = children.servers
        self.members = children.members
        self.server_page = children.server_page

        timeline = Timeline(table)
        self.events = timeline.events
        self.append_events = timeline.append_events

    def _for_the_engine(self, table: Table) -> None:
        steps = Steps(table)
        self.claim_step = steps.claim_step
        self.load_step = steps.load_step
        self.write_items = steps.write_items
        self.write_together = steps.write_together
        self.commit = steps.commit

        launches = Launches(table)
        self.launches = launches.launches
        self.settle_abandoned = launches.settle_abandoned
        self.open_launch = launches.open_launch
        self.forget_launches = launches.forget_launches
        self.record_job = launches.record_job
        self.refuse_launch = launches.refuse_launch
        self.lose_launch = launches.lose_launch
        self.note_end = launches.note_end
        self.remember_jobs = launches.remember_jobs

        settings = LaunchSettingsSeen(table)
        self.verified_settings = settings.verified_settings
        self.note_verified = settings.note_verified
        self.begin_verifying = settings.begin_verifying
        self.verifying_until = settings.verifying_until
        self.end_verifying = settings.end_verifying

        temporary = TemporarySettingsStore(table)
        self.temporary_settings = temporary.among
        self.temporary_settings_of = temporary.of
        self.temporary_settings_count = temporary.count

        launch_events = LaunchEvents(table)
        self.expect_reports = launch_events.expect_reports
        self.count_report = launch_events.count_report
        self.hear = launch_events.hear
        self.note_silence = launch_events.note_silence

        gates = Gates(table)
        self.gates = gates.gates
        self.gate = gates.gate
        self.store_token = gates.store_token
        self.mark_notified = gates.mark_notified
        self.decide_gate = gates.decide_gate
        self.confirm_gate_closed = gates.confirm_gate_closed
        self.replace_gate = gates.replace_gate

    def _for_people(self, table: Table, clock: Clock) -> None:
        requests = Requests(table)
        self.requests = requests.requests
        self.request = requests.request
        self.put_request = requests.put_request
        self.has_decision = requests.has_decision

        terminations = Terminations(table)
        self.create_termination = terminations.create_termination
        self.termination = terminations.termination
        self.latest_termination = terminations.latest_termination
        self.not_begun = terminations.not_begun
        self.update_termination = terminations.update_termination
        self.mark_servers = terminations.mark_servers

        mails = Mails(table)
        self.mail = mails.mail
        self.request_mail = mails.request_mail
        self.mark_mail_sent = mails.mark_mail_sent
        self.mark_ops_item = mails.mark_ops_item

        self.overview = Overviews(table).overview

        listings = Listings(table)
        self.list_by_start = listings.list_by_start
        self.list_by_plan = listings.list_by_plan
        self.list_open = listings.list_open
        self.last_turn = listings.last_turn
        self.note_turn = listings.note_turn

        deletions = Deletions(table)
        self.hide = deletions.hide
        self.plan_of_hidden = deletions.plan_of_hidden
        self.delete_some = deletions.delete_some
        self.forget = deletions.forget

        idempotency = IdempotencyRows(table, clock, (keys.PARTITION, keys.SORT))
        self.claim_idempotency = idempotency.claim_idempotency
        self.put_idempotency_result = idempotency.put_idempotency_result
        self.drop_idempotency_claim = idempotency.drop_idempotency_claim
        self.drop_idempotency_result = idempotency.drop_idempotency_result
        self.find_idempotency_result = idempotency.find
        self.keeping_idempotency_result = idempotency.keeping
        self.keep_idempotency_result = idempotency.keep
