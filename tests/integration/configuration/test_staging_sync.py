"""Servers of staging accounts are extended into their target account, whoever breaks off and whatever refuses."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import Context
from types import SimpleNamespace
from typing import Any

import pytest

from data_management.extending import STALLED_SECONDS
from local.drs_simulator.estate import EncryptionSpec, RegionState
from shared.aws.ports import HandOverError
from shared.clock import VirtualClock
from shared.errors import DrsServiceError
from shared.models.staging_sync import MOST_TOLD
from shared.patience import patience
from tests.integration.configuration.conftest import Call, System, codes
from tests.integration.configuration.staging import (
    FIRST,
    KEY,
    REGION,
    SECOND,
    SHARED,
    TARGET,
    add,
    ending,
    last_sync,
    remove,
    replicate,
    strike,
    synced,
    used_in_one_region,
)
from tests.support.configuration import DATABASE, WEB
from tests.support.functions import FunctionsOfTest


@pytest.fixture
def regional(system: System) -> System:
    return used_in_one_region(system)


@pytest.mark.requirement("SRS-F53")
def test_every_server_is_extended_and_a_second_sync_extends_none(regional: System) -> None:
    add(regional)
    add(regional, SECOND)
    first, second = replicate(regional, 3), replicate(regional, 2, SECOND)

    done = synced(regional)
    again = synced(regional)

    assert (done["status"], done["extendedCount"], done["failedCount"], done["pendingCount"]) == ("DONE", 5, 0, 0)
    seen = {server["sourceServerId"]: server for place in done["places"] for server in place["servers"]}
    assert set(seen) == {*first, *second}
    assert {server["outcome"] for server in seen.values()} == {"EXTENDED"}
    theirs = regional.drs.source_servers(DATABASE, [server["extendedServerId"] for server in seen.values()])
    assert {server.staging_server.source_server_id for server in theirs if server.staging_server} == set(seen)
    assert {tuple(server.tags.items()) for server in theirs} == {(("tier", "web"),)}
    assert (again["status"], again["extendedCount"], again["placeCount"]) == ("DONE", 0, 2)
    assert len(regional.simulator.record.calls("CreateExtendedSourceServer")) == 5


def test_by_the_api_it_is_202(regional: System) -> None:
    add(regional)

    status, begun = regional.by_api(
        1, "POST /accounts/targets/{accountId}/staging-accounts/sync", body={}, pathParameters={"accountId": TARGET}
    )

    assert (status, begun["status"], begun["requestedBy"]) == (202, "RUNNING", "ann@example.com")


@pytest.mark.requirement("SRS-F53")
def test_servers_with_the_default_key_are_refused_and_it_is_said_what_to_do(regional: System) -> None:
    add(regional)
    [server] = replicate(regional, 1, encryption=EncryptionSpec())

    done = synced(regional)

    [refused] = done["places"][0]["servers"]
    assert (refused["outcome"], refused["problem"], done["failedCount"]) == ("REFUSED", "ENCRYPTION", 1)
    for word in (server, "ebsEncryption is DEFAULT", "customer managed key", TARGET, "sync again"):
        assert word in refused["message"]
    regional.simulator.set_encryption(FIRST, REGION, SHARED)
    assert synced(regional)["extendedCount"] == 1


def test_a_refusal_is_told_though_the_staging_account_cannot_be_entered(regional: System) -> None:
    add(regional)
    replicate(regional, 1, encryption=EncryptionSpec())
    regional.sts.missing.add(FIRST)

    [refused] = synced(regional)["places"][0]["servers"]

    assert (refused["outcome"], refused["problem"]) == ("REFUSED", "NOT_LOOKED_AT")
    assert "must be CUSTOM" in refused["message"]
    assert f"arn:aws:iam::{FIRST}:role/DRSOrchestrationRole" in refused["message"]


def test_a_key_that_is_not_shared_makes_an_extension_that_is_told_as_unusable(regional: System) -> None:
    add(regional)
    replicate(regional, 1, encryption=EncryptionSpec(ebs_encryption="CUSTOM", key_arn=KEY))

    [made] = synced(regional)["places"][0]["servers"]

    assert (made["outcome"], made["problem"], "extendedServerId" in made) == ("UNUSABLE", "KEY_NOT_SHARED", True)
    assert "policy of the key" in made["message"]


@pytest.mark.parametrize(
    ("fault", "outcome", "problem"),
    [
        ({"kind": "revokedRole"}, "REFUSED", "DENIED"),
        ({"kind": "lostReply"}, "UNKNOWN", "NO_ANSWER"),
        ({"kind": "serverError"}, "UNKNOWN", "NO_ANSWER"),
    ],
)
def test_one_server_that_goes_wrong_keeps_no_other(
    regional: System, fault: dict[str, Any], outcome: str, problem: str
) -> None:
    add(regional)
    replicate(regional, 3)
    regional.simulator.add_faults({"faults": [{**fault, "operation": "CreateExtendedSourceServer"}]})

    done = synced(regional)

    servers = done["places"][0]["servers"]
    assert [(one["outcome"], one.get("problem")) for one in servers] == [
        (outcome, problem),
        ("EXTENDED", None),
        ("EXTENDED", None),
    ]
    assert servers[0]["message"]
    assert synced(regional)["failedCount"] == 0
    assert len(regional.drs.source_servers(DATABASE)) == 3


@pytest.mark.parametrize("state", ["notInitialized", "notEnabled", "denied"])
def test_a_region_that_says_nothing_of_servers_is_a_finding(regional: System, state: RegionState) -> None:
    add(regional)
    replicate(regional, 1)
    regional.simulator.set_region(TARGET, REGION, state)

    done = synced(regional)

    assert done["status"] == "DONE"
    assert done["places"][0]["finding"]["outcome"] in ("FAIL", "UNKNOWN")
    assert done["places"][0]["servers"] == []


def test_what_is_throttled_is_handed_on_and_done_in_the_end(regional: System) -> None:
    add(regional)
    replicate(regional, 4)
    throttled = {"kind": "throttling", "operation": "CreateExtendedSourceServer", "nth": 2, "times": 2}
    listing = {"kind": "throttling", "operation": "ListExtensibleSourceServers", "times": 4}
    regional.simulator.add_faults({"faults": [throttled, listing]})

    done = synced(regional)

    assert (done["status"], done["extendedCount"], done["failedCount"]) == ("DONE", 4, 0)


def test_a_sync_waits_for_a_role_that_is_asked_for_too_often(regional: System) -> None:
    add(regional)
    replicate(regional, 2)
    begun = regional.call("sync_staging_accounts", accountId=TARGET)
    regional.sts.throttled = 4

    done = ending(regional)

    assert (begun["syncId"], done["extendedCount"], done["failedCount"]) == (done["syncId"], 2, 0)
    assert regional.sts.throttled == 0


def test_what_is_throttled_for_ever_is_told_in_the_end(regional: System) -> None:
    add(regional)
    replicate(regional, 2)
    throttled = {"kind": "throttling", "operation": "CreateExtendedSourceServer", "times": None}
    regional.simulator.add_faults({"faults": [throttled]})

    done = synced(regional)

    assert done["status"] == "DONE"
    assert [one["problem"] for one in done["places"][0]["servers"]] == ["THROTTLED", "THROTTLED"]
    calls = regional.simulator.record.calls("CreateExtendedSourceServer")
    assert (calls[-1].time - calls[0].time).total_seconds() > STALLED_SECONDS, "it was patient"


def test_what_one_invocation_does_not_get_to_the_next_one_does(regional: System) -> None:
    add(regional)
    replicate(regional, 2)
    regional.call("sync_staging_accounts", accountId=TARGET)
    _, first = regional.functions.waiting.popleft()

    with patience(1):
        regional.handlers[1](first, Call())
    undone = regional.ask("discover_staging_accounts", accountId=TARGET, regions=[REGION])["lastSync"]
    regional.functions.deliver(lambda _, payload: regional.handlers[1](payload, Call()))

    assert (undone["status"], undone["pendingCount"], undone["extendedCount"]) == ("RUNNING", 1, 0)
    assert len(regional.drs.source_servers(DATABASE)) == 2


def test_an_invocation_that_comes_twice_is_one(regional: System) -> None:
    add(regional)
    replicate(regional, 2)
    regional.call("sync_staging_accounts", accountId=TARGET)
    _, event = regional.functions.waiting.popleft()

    answers = [regional.handlers[1](event, Call()) for _ in range(2)]

    assert answers == [{"goesOn": False, "tried": 2}, {"goesOn": False}]


def test_two_syncs_at_once_are_one_until_nobody_goes_on_with_it(regional: System) -> None:
    add(regional)
    replicate(regional, 1)
    begun = regional.call("sync_staging_accounts", accountId=TARGET)
    second = regional.call("sync_staging_accounts", accountId=TARGET)
    _, lost = regional.functions.waiting.popleft()
    regional.clock.advance(181)
    broken = regional.ask("discover_staging_accounts", accountId=TARGET, regions=[REGION])["lastSync"]

    third = synced(regional)

    assert second["syncId"] == begun["syncId"]
    assert not regional.functions.waiting
    assert (broken["status"], third["extendedCount"]) == ("BROKEN_OFF", 1)
    assert third["syncId"] != begun["syncId"]
    assert regional.handlers[1](lost, Call()) == {"goesOn": False}


def test_what_cannot_be_handed_over_the_schedule_begins(regional: System) -> None:
    add(regional)
    replicate(regional, 1)
    regional.functions.refuses = True

    begun = regional.call("sync_staging_accounts", accountId=TARGET)

    assert (begun["status"], last_sync(regional)["status"]) == ("RUNNING", "RUNNING")
    assert strike(regional)["syncs"] == 1, "and Lambda takes nothing still"
    regional.functions.refuses = False
    ended = ending(regional)
    assert (ended["syncId"], ended["extendedCount"]) == (begun["syncId"], 1)
    assert strike(regional)["syncs"] == 0


@pytest.mark.parametrize("at_once", [True, False])
def test_a_hand_over_whose_answer_gets_lost_is_one_that_was_taken(regional: System, at_once: bool) -> None:
    """The other invocation may be through with the sync before the answer is given up, or come a while later."""
    add(regional)
    replicate(regional, 2)
    app = getattr(regional.handlers[1], "__self__")  # noqa: B009 - a handler is a method, whatever its type says
    taken = FunctionsOfTest()

    def lost(arn: str, payload: Mapping[str, Any]) -> None:
        taken.invoke_later(arn, payload)
        if at_once:
            # another process, which has time of its own
            Context().run(taken.deliver, lambda _, event: regional.handlers[1](event, Call()))
        raise HandOverError("read timed out")

    vars(app)["functions"] = SimpleNamespace(invoke_later=lost)
    begun = regional.call("sync_staging_accounts", accountId=TARGET)
    vars(app)["functions"] = regional.functions
    strike(regional)
    taken.deliver(lambda _, event: regional.handlers[1](event, Call()))

    ended = ending(regional)
    assert (begun["status"], begun["syncId"]) == ("DONE" if at_once else "RUNNING", ended["syncId"])
    assert ended["extendedCount"] == 2
    assert len(regional.simulator.record.calls("CreateExtendedSourceServer")) == 2


def test_a_sync_that_broke_off_is_taken_up_by_the_schedule(regional: System) -> None:
    add(regional)
    replicate(regional, 2)
    begun = regional.call("sync_staging_accounts", accountId=TARGET)
    regional.functions.waiting.clear()
    assert strike(regional)["syncs"] == 0, "it may be on its way"
    regional.clock.advance(181)

    assert strike(regional)["syncs"] == 1

    ended = ending(regional)
    assert (ended["syncId"], ended["extendedCount"]) == (begun["syncId"], 2)


def test_a_sync_that_breaks_off_again_and_again_comes_to_its_end(regional: System) -> None:
    add(regional)
    replicate(regional, 1)
    app = getattr(regional.handlers[1], "__self__")  # noqa: B009 - a handler is a method, whatever its type says
    vars(app)["extensions"] = SimpleNamespace(named=lambda _: SimpleNamespace(extensible=_breaks_off))
    regional.call("sync_staging_accounts", accountId=TARGET)
    for _ in range(5):
        with pytest.raises(RuntimeError):
            regional.functions.deliver(lambda _, payload: regional.handlers[1](payload, Call()))
        regional.clock.advance(181)
        strike(regional)
    regional.functions.deliver(lambda _, payload: regional.handlers[1](payload, Call()))

    [place] = last_sync(regional)["places"]
    assert last_sync(regional)["status"] == "DONE"
    assert (place["finding"]["outcome"], place["servers"]) == ("UNKNOWN", [])
    assert "broke off 5 times" in place["finding"]["message"]


def _breaks_off(*_args: Any) -> None:
    raise RuntimeError("unforeseen")


def test_nothing_is_extended_of_an_account_that_is_no_staging_account_any_more(regional: System) -> None:
    add(regional)
    replicate(regional, 2)
    regional.call("sync_staging_accounts", accountId=TARGET)
    assert remove(regional) == {}

    [place] = ending(regional)["places"]

    assert (place["servers"], place["finding"]["reason"]) == ([], "ACCOUNT_NOT_REGISTERED")
    assert FIRST in place["finding"]["message"]
    assert regional.simulator.record.calls("CreateExtendedSourceServer") == []


def test_nothing_is_extended_into_an_account_that_is_not_active_any_more(regional: System) -> None:
    add(regional)
    replicate(regional, 2)
    regional.call("sync_staging_accounts", accountId=TARGET)
    version = regional.accounts.get(TARGET).version
    regional.call("update_target_account", accountId=TARGET, version=version, status="inactive")

    [place] = ending(regional)["places"]

    assert (place["servers"], place["finding"]["reason"]) == ([], "ACCOUNT_INACTIVE")


def test_many_servers_with_the_same_problem_are_told_with_few_words(regional: System) -> None:
    add(regional)
    replicate(regional, 25, encryption=EncryptionSpec())

    [place] = synced(regional)["places"]

    told = [server for server in place["servers"] if server["message"]]
    assert {server["problem"] for server in place["servers"]} == {"ENCRYPTION"}
    assert (len(place["servers"]), len(told)) == (25, MOST_TOLD)


class _Paced:
    """DRS, which takes ten calls a minute that extend, after a burst of twenty; how many it was asked for."""

    def __init__(self, real: Any, clock: VirtualClock) -> None:
        self._real = real
        self._clock = clock
        self._room, self._since = 20.0, clock.now()
        self.calls = 0

    def named(self, _purpose: str) -> _Paced:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def extend(self, *args: Any, **more: Any) -> Any:
        self.calls += 1
        now = self._clock.now()
        self._room = min(20, self._room + (now - self._since).total_seconds() / 6)
        self._since = now
        if self._room < 1:
            raise DrsServiceError("too many", drsCode="ThrottlingException", httpStatus=429)
        self._room -= 1
        return self._real.extend(*args, **more)


def test_at_the_pace_that_drs_allows_every_server_is_extended(regional: System) -> None:
    add(regional)
    replicate(regional, 60)
    app = getattr(regional.handlers[1], "__self__")  # noqa: B009 - a handler is a method, whatever its type says
    paced = vars(app)["extensions"] = _Paced(app.extensions, regional.clock)

    done = synced(regional)

    assert (done["status"], done["extendedCount"], done["failedCount"]) == ("DONE", 60, 0)
    assert paced.calls < 60 * 5, "it waits before it asks again"


def test_some_staging_accounts_and_regions_may_be_named(regional: System) -> None:
    add(regional)
    add(regional, SECOND)
    replicate(regional, 1)
    replicate(regional, 1, SECOND)

    done = synced(regional, stagingAccountIds=[SECOND], regions=[REGION])

    assert [place["stagingAccountId"] for place in done["places"]] == [SECOND]
    wrong = regional.call(
        "sync_staging_accounts", accountId=TARGET, stagingAccountIds=[FIRST, WEB.account_id], regions=["xx-east-1"]
    )
    assert codes(wrong) == {
        "regions[0]": "UNKNOWN_REGION",
        "stagingAccountIds[1]": "UNKNOWN_STAGING_ACCOUNT",
    }


def test_without_staging_accounts_or_regions_there_is_nothing_to_sync(system: System) -> None:
    nobody = system.call("sync_staging_accounts", accountId=TARGET)
    add(system)
    nowhere = system.call("sync_staging_accounts", accountId=TARGET)

    for refused, word in ((nobody, "no staging account"), (nowhere, "no region in use")):
        assert refused["details"]["reason"] == "INVALID_STATE"
        assert word in refused["message"]
    assert system.call("sync_staging_accounts", accountId="999999999999")["error"] == "RESOURCE_NOT_FOUND"
