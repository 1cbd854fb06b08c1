"""The tag sync where AWS is slow, silent or wants fewer calls, and where its own hand-overs get lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from data_management.tag_sync_place import MOST_TRIES
from data_management.tag_sync_work import HOPS
from local.drs_simulator.estate import SourceServerSpec
from shared.aws.ports import HandOverError
from shared.clock import VirtualClock
from shared.errors import DrsServiceError
from shared.models.targets import Target
from shared.patience import answer_of, patience
from shared.services.inventory import WITHOUT_SERVERS_SECONDS
from tests.integration.configuration.conftest import System
from tests.integration.configuration.staging import FIRST, add, strike
from tests.integration.configuration.tag_syncs import ORIGIN, TagSyncs, app_of, counts, tag_syncs
from tests.support.configuration import DATABASE, WEB, server_id
from tests.support.silence import Silence

Tags = dict[str, dict[str, str]]


@pytest.fixture
def syncs(system: System) -> TagSyncs:
    return tag_syncs(system)


class _Instances:
    """EC2, which answers the first calls with errors."""

    def __init__(self, real: Any, *errors: DrsServiceError, ever: DrsServiceError | None = None) -> None:
        self._real = real
        self._errors = list(errors)
        self._ever = ever
        self.calls = 0

    def instance_tags(self, target: Target, ids: Sequence[str]) -> Tags:
        self.calls += 1
        if self._errors or self._ever:
            raise self._errors.pop(0) if self._errors else self._ever or AssertionError
        tags: Tags = self._real.instance_tags(target, ids)
        return tags


def too_fast() -> DrsServiceError:
    """As EC2 says it in a busy account."""
    return DrsServiceError("Request limit exceeded.", drsCode="RequestLimitExceeded", httpStatus=503)


# -- reads that are refused for now ----------------------------------------------------------------------------------


def test_servers_that_could_not_be_read_for_a_moment_are_read_all_the_same(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    syncs.system.simulator.add_faults(
        {"faults": [{"kind": "throttling", "operation": "DescribeSourceServers", "times": 8}]}
    )

    status = syncs.run()

    assert (status["run"]["status"], syncs.tags(1)) == ("COMPLETED", {"Tier": "db"})


def test_at_the_pace_that_drs_allows_every_server_has_its_tags(syncs: TagSyncs) -> None:
    """One call each six seconds, after a burst of ten."""
    for number in range(1, 31):
        syncs.protect(number, {"Tier": "db"})
    paced = _Paced(syncs.system.server_tags, syncs.system.clock)
    syncs.tamper(server_tags=paced, writes_at_once=1)
    syncs.trigger()

    for _ in range(20):
        syncs.deliver()
        if syncs.status()["run"]["status"] != "RUNNING":
            break
        syncs.system.clock.advance(60)
        strike(syncs.system)

    assert (syncs.status()["run"]["status"], counts(syncs.status())) == ("COMPLETED", (30, 0, 0, 0, 0))
    assert paced.calls < 30 * 5, "it waits before it asks again"


class _Paced:
    """The tags of source servers, of which DRS takes ten calls a minute."""

    def __init__(self, real: Any, clock: VirtualClock) -> None:
        self._real = real
        self._clock = clock
        self._room, self._since = 10.0, clock.now()
        self.calls = 0

    def put_tags(self, *args: Any) -> None:
        self.calls += 1
        now = self._clock.now()
        self._room = min(10, self._room + (now - self._since).total_seconds() / 6)
        self._since = now
        if self._room < 1:
            raise DrsServiceError("too many", drsCode="ThrottlingException", httpStatus=429)
        self._room -= 1
        self._real.put_tags(*args)

    def let_go(self, target: Target) -> None:
        self._real.let_go(target)


def test_instances_that_could_not_be_read_for_a_moment_are_read_all_the_same(syncs: TagSyncs) -> None:
    for number in (1, 2, 3):
        syncs.protect(number, {"Tier": "db"})
    instances = _Instances(syncs.system.instance_tags, too_fast(), too_fast())
    syncs.tamper(instances=instances)

    status = syncs.run()

    assert (status["run"]["status"], counts(status)) == ("COMPLETED", (3, 0, 0, 0, 0))
    assert instances.calls == 3


def test_instances_that_nobody_may_read_for_long_are_told_in_the_end(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    syncs.tamper(instances=_Instances(syncs.system.instance_tags, ever=too_fast()))
    syncs.trigger()

    assert syncs.deliver() == MOST_TRIES + 1

    status = syncs.status()
    [finding] = status["run"]["findings"]
    assert (status["run"]["status"], finding["code"]) == ("PARTIAL", "TAG_SYNC")
    assert "AWS took no calls" in finding["message"]


# -- extended servers ------------------------------------------------------------------------------------------------


def test_a_server_that_runs_in_a_staging_account_has_its_tags_from_there(syncs: TagSyncs) -> None:
    add(syncs.system)
    home = Target(account_id=FIRST, region=DATABASE.region)
    syncs.protect(1, {"Tier": "db"}, origin=home, staging_account_id=FIRST)

    status = syncs.run()

    assert (status["run"]["status"], syncs.tags(1)) == ("COMPLETED", {"Tier": "db"})
    assert syncs.system.instance_tags.asked == [(home, 1)]


def test_a_server_that_runs_in_an_account_of_nobodys_is_told(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"}, origin=Target(account_id=FIRST, region=DATABASE.region))

    [finding] = syncs.run()["run"]["findings"]

    assert (finding["reason"], finding["accountId"]) == ("ACCOUNT_NOT_REGISTERED", FIRST)


# -- what is remembered ----------------------------------------------------------------------------------------------


def test_regions_without_drs_are_not_asked_anew_by_the_next_run(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    record = syncs.system.simulator.record

    def asked() -> int:
        before = len(record.calls("DescribeSourceServers"))
        syncs.run()
        return len(record.calls("DescribeSourceServers")) - before

    first = asked()
    assert asked() == 1, "where the servers are"
    syncs.system.clock.advance(WITHOUT_SERVERS_SECONDS)
    assert asked() == first


def test_what_was_written_onto_servers_that_are_gone_is_forgotten(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    syncs.protect(2, {"Tier": "db"})
    syncs.run()
    rows = app_of(syncs).tag_sync.rows
    ids = [server_id(1), server_id(2)]
    assert set(rows.written(DATABASE, ids)) == set(ids)
    seen = syncs.system.drs.source_servers(DATABASE)

    syncs.tamper(drs=_Without(syncs.system.drs, server_id(2)))
    syncs.run()

    assert len(seen) == 2
    assert set(rows.written(DATABASE, ids)) == {server_id(1)}


class _Without:
    """DRS, in which one server is not any more."""

    def __init__(self, real: Any, gone: str) -> None:
        self._real = real
        self._gone = gone

    def source_servers(self, target: Target) -> tuple[Any, ...]:
        return tuple(each for each in self._real.source_servers(target) if each.source_server_id != self._gone)

    def let_go(self, target: Target) -> None:
        self._real.let_go(target)


def test_no_connection_is_kept_to_a_place_that_is_done(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    syncs.protect(2, {"Tier": "web"}, target=WEB)
    drs = _Watched(syncs.system.drs)
    syncs.tamper(drs=drs)

    syncs.run()

    assert len(drs.asked) > 3
    assert drs.left == drs.asked


class _Watched:
    """DRS as it is; who was asked, and whom to let go of."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.asked: set[Target] = set()
        self.left: set[Target] = set()

    def source_servers(self, target: Target) -> tuple[Any, ...]:
        self.asked.add(target)
        servers: tuple[Any, ...] = self._real.source_servers(target)
        return servers

    def let_go(self, target: Target) -> None:
        self.left.add(target)
        self._real.let_go(target)


# -- time ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def silence() -> Iterator[Silence]:
    silent = Silence()
    yield silent
    silent.end()


class _Silent:
    """DRS or EC2, whose calls in one place are never answered; a real one is bounded like this, by more seconds."""

    def __init__(self, real: Any, silent: Target, silence: Silence) -> None:
        self._real = real
        self._silent = silent
        self._silence = silence

    def source_servers(self, target: Target) -> tuple[Any, ...]:
        self._hold(target)
        servers: tuple[Any, ...] = self._real.source_servers(target)
        return servers

    def instance_tags(self, target: Target, ids: Sequence[str]) -> Tags:
        self._hold(target)
        tags: Tags = self._real.instance_tags(target, ids)
        return tags

    def let_go(self, target: Target) -> None:
        self._real.let_go(target)

    def _hold(self, target: Target) -> None:
        if target != self._silent:
            return
        try:
            with patience(0.2):
                answer_of(self._silence.hold)
        except BotoCoreError as error:
            raise DrsServiceError("no answer", drsCode="ENDPOINT_UNREACHABLE") from error


@pytest.mark.parametrize("silent", ["drs", "instances"])
def test_what_does_not_answer_holds_no_invocation_beyond_its_time(
    syncs: TagSyncs, silence: Silence, silent: str
) -> None:
    """The try that is under way is given up: otherwise Lambda would end the function."""
    syncs.protect(1, {"Tier": "db"})
    where = DATABASE if silent == "drs" else ORIGIN
    syncs.tamper(**{silent: _Silent(getattr(app_of(syncs).tag_sync, silent), where, silence)})

    [finding] = syncs.run()["run"]["findings"]

    assert (finding["outcome"], finding["reason"]) == ("UNKNOWN", "NO_ANSWER")
    assert (finding["accountId"], finding["region"]) == (where.account_id, where.region)


def test_a_run_that_its_worker_left_is_taken_up_within_minutes(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    syncs.trigger()
    syncs.system.functions.waiting.clear()
    assert strike(syncs.system)["syncs"] == 0, "it may be on its way"
    syncs.system.clock.advance(121)

    assert strike(syncs.system)["syncs"] == 1

    syncs.deliver()
    assert (syncs.status()["run"]["status"], syncs.tags(1)) == ("COMPLETED", {"Tier": "db"})
    assert strike(syncs.system)["syncs"] == 0


def test_invocations_do_not_hand_over_to_one_another_without_end(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    syncs.tamper(has_time_for=lambda _: False)
    syncs.trigger()

    assert syncs.deliver() == HOPS + 1

    assert strike(syncs.system)["syncs"] == 1, "the schedule begins the next ones"
    syncs.tamper(has_time_for=lambda _: True)
    syncs.deliver()
    assert syncs.status()["run"]["status"] == "COMPLETED"


# -- hand-overs whose answer gets lost -------------------------------------------------------------------------------


@pytest.mark.parametrize("worker_is_faster", [True, False])
def test_a_hand_over_whose_answer_gets_lost_copies_the_tags_all_the_same(
    syncs: TagSyncs, worker_is_faster: bool
) -> None:
    syncs.protect(1, {"Tier": "db"})

    refused = _losing(syncs, syncs.deliver if worker_is_faster else lambda: 0, syncs.trigger)
    syncs.deliver()

    assert refused["error"] == "THROTTLED"
    assert syncs.status()["run"]["runId"] == refused["details"]["runId"]
    assert (syncs.status()["run"]["status"], syncs.writes()) == ("COMPLETED", 1)


def _losing(syncs: TagSyncs, meanwhile: Callable[[], int], ask: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """What a call is answered while Lambda takes what it is handed, and its answers get lost."""
    app = app_of(syncs)
    taken = app.tag_sync.hand_over

    def lost(**event: str) -> None:
        taken(**event)
        meanwhile()
        raise HandOverError("read timed out")

    syncs.tamper(hand_over=lost)
    answer = ask()
    syncs.tamper(hand_over=taken)
    return answer


def test_servers_that_come_from_elsewhere_need_no_row(syncs: TagSyncs) -> None:
    syncs.system.simulator.add_source_server(DATABASE.account_id, DATABASE.region, SourceServerSpec(hostname="h"))

    status = syncs.run()

    assert (status["run"]["status"], syncs.system.instance_tags.asked) == ("COMPLETED", [])
    assert ORIGIN.account_id not in str(status["places"])
