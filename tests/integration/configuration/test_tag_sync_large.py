"""The tag sync of many servers: what it costs, what it hands over, and that it comes to its end whatever happens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from data_management.tag_sync_app import LAST_PART_SECONDS, LAST_PLACE_SECONDS
from data_management.tag_sync_work import work
from shared.models.targets import Target
from shared.patience import patience
from tests.integration.configuration.conftest import System
from tests.integration.configuration.tag_syncs import (
    ORIGIN,
    REGIONS,
    TRIES_OF_THE_SDK,
    TagSyncs,
    app_of,
    counts,
    remembered,
    tag_syncs,
)
from tests.support.configuration import DATABASE, WEB


@pytest.fixture
def syncs(system: System) -> TagSyncs:
    return tag_syncs(system)


def test_what_an_invocation_has_no_time_for_another_goes_on_with(syncs: TagSyncs) -> None:
    for number in range(1, 81):
        syncs.protect(number, {"Tier": "db"})
    slow = _Slow(syncs.system.server_tags)
    syncs.tamper(server_tags=slow, writes_at_once=1, has_time_for=lambda seconds: slow.left > seconds)
    syncs.trigger()
    [(_, event)] = syncs.system.functions.waiting
    syncs.system.functions.waiting.clear()
    progress = []
    while True:
        slow.left = LAST_PLACE_SECONDS + 1
        answer = work(event, app_of(syncs))
        progress.append([each["done"] for each in syncs.status()["places"] if each["fromEc2"]])
        if answer != {"tagSync": "handed over"}:
            break
        _, event = syncs.system.functions.waiting.popleft()

    assert answer == {"tagSync": "ended"}
    assert progress[-1] == [80]
    assert len(progress) > 1, "it took more than one invocation"
    assert syncs.writes() == 80
    assert counts(syncs.status()) == (80, 0, 0, 0, 0)


def test_the_time_of_an_invocation_bounds_every_place_it_works_on(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    syncs.trigger()
    [(_, event)] = syncs.system.functions.waiting

    with patience(LAST_PLACE_SECONDS - 1):
        answer = work(event, app_of(syncs))

    assert answer == {"tagSync": "handed over"}
    assert syncs.writes() == 0


class _Slow:
    """Tags of which each takes a part of an invocation's time, whatever the machine is busy with."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.left = 0.0

    def put_tags(self, *args: Any) -> None:
        self.left -= (LAST_PLACE_SECONDS + 1 - LAST_PART_SECONDS) / 30
        self._real.put_tags(*args)

    def remove_tags(self, *args: Any) -> None:
        self._real.remove_tags(*args)

    def let_go(self, *_args: Any) -> None:
        """It has no connections."""


def test_where_drs_wants_fewer_calls_the_sync_waits_and_no_server_fails(syncs: TagSyncs) -> None:
    for number in range(1, 31):
        syncs.protect(number, {"Tier": "db"})
    syncs.tamper(writes_at_once=1)
    throttled = {"kind": "throttling", "operation": "TagResource", "nth": 11, "times": TRIES_OF_THE_SDK}
    syncs.system.simulator.add_faults({"faults": [throttled]})
    syncs.trigger()

    assert syncs.deliver() == 1

    status = syncs.status()
    assert (status["run"]["status"], counts(status)) == ("COMPLETED", (30, 0, 0, 0, 0))
    assert syncs.writes() == 30 + TRIES_OF_THE_SDK


def test_many_servers_cost_a_write_each_and_their_reads_are_batched(syncs: TagSyncs) -> None:
    for number in range(1, 151):
        syncs.protect(number, {"Tier": "db", "Number": str(number)})
    syncs.run()
    assert syncs.writes() == 150
    for number in range(1, 11):
        syncs.retag(number, {"Number": str(number)})
    asked = len(syncs.system.instance_tags.asked)
    calls = len(syncs.system.simulator.record.calls("DescribeSourceServers"))

    status = syncs.run()

    assert counts(status) == (0, 0, 10, 140, 0)
    assert syncs.writes() == 160
    assert syncs.system.instance_tags.asked[asked:] == [(ORIGIN, 150)]
    assert len(syncs.system.simulator.record.calls("DescribeSourceServers")) - calls <= 2 + 3 * len(REGIONS)


def test_workers_that_come_at_the_same_moment_are_one(syncs: TagSyncs) -> None:
    for number in range(1, 31):
        syncs.protect(number, {"Tier": "db"})
    syncs.trigger()
    [(arn, event)] = syncs.system.functions.waiting
    syncs.system.functions.waiting.clear()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: syncs.invoke(arn, event)["tagSync"], range(4)))

    assert sorted(answers) == ["ended", *["nothing to take up"] * 3]
    assert syncs.writes() == 30


@pytest.mark.parametrize("at", range(1, 9))
def test_a_process_that_ends_anywhere_leaves_a_run_that_comes_to_its_end(syncs: TagSyncs, at: int) -> None:
    """Whichever of its writes is the last, the next worker finishes, removes what was copied and nothing else."""
    syncs.protect(1, {"Tier": "db", "Old": "x"}, tags={"Own": "kept"})
    syncs.run()
    syncs.retag(1, {"Tier": "web"})
    syncs.trigger()
    syncs.system.functions.waiting.clear()
    accounts, left = syncs.system.tables["accounts"], [at]

    def dies(_writes: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise RuntimeError("the process is gone")

    accounts.answers = dies
    with suppress(RuntimeError):
        syncs.strike()
    accounts.answers = lambda _: None
    syncs.system.clock.advance(120)
    syncs.strike()

    assert syncs.status()["run"]["status"] == "COMPLETED"
    assert syncs.tags(1) == {"Own": "kept", "Tier": "web"}
    syncs.retag(1, {})
    syncs.run()
    assert syncs.tags(1) == {"Own": "kept"}
    assert remembered(syncs.system) == []


def test_a_place_that_breaks_off_again_and_again_is_given_up_and_the_others_come_to_their_end(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    syncs.protect(2, {"Tier": "web"}, target=WEB)
    syncs.trigger()
    syncs.system.functions.waiting.clear()
    syncs.tamper(drs=_Broken(syncs.system.drs))
    for _ in range(3):
        with pytest.raises(RuntimeError):
            syncs.strike()
        syncs.system.clock.advance(120)

    assert syncs.strike() == {"tagSync": "ended"}
    status = syncs.status()
    assert syncs.tags(2, WEB) == {"Tier": "web"}
    [finding] = status["run"]["findings"]
    assert (status["run"]["status"], finding["code"]) == ("PARTIAL", "TAG_SYNC")
    assert "did not come on in 3 tries" in finding["message"]


class _Broken:
    """DRS as it is, but for one account and region at which we stumble."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def source_servers(self, target: Target, *args: Any) -> Any:
        if target == DATABASE:
            raise RuntimeError("unforeseen")
        return self._real.source_servers(target, *args)

    def let_go(self, target: Target) -> None:
        self._real.let_go(target)
