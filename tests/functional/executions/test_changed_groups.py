"""What a plan would take now against what it took last, and that a preview of tags is what a start takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.aws.drs_tags import ServerTags
from shared.models.execution import ExecutionStatus
from shared.stores.execution_store import ExecutionStore
from tests.support.configuration import DATABASE, group, server_id, wave
from tests.support.control_room import ControlRoom
from tests.support.counted_table import CountedTable

TIER = {"Tier": "db"}


@pytest.fixture
def room() -> ControlRoom:
    """Ten servers, all of them selected by a tag, and a plan over them."""
    return tagged(ControlRoom())


def tagged(room: ControlRoom) -> ControlRoom:
    room.protect(*range(1, 11), tags=TIER)
    room.groups.put_new(group("db", server_selection_tags=TIER))
    room.plan_of(wave(0, "db"))
    return room


def retag(room: ControlRoom, number: int, tags: Mapping[str, str]) -> None:
    """Let DRS have other tags on a server."""
    arn = f"arn:aws:drs:{DATABASE.region}:{DATABASE.account_id}:source-server/{server_id(number)}"
    writer = ServerTags(room.sessions)
    writer.remove_tags(DATABASE, arn, ["Tier"])
    if tags:
        writer.put_tags(DATABASE, arn, tags)


def told(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The findings about servers that are others than before."""
    codes = ("SERVERS_CHANGED", "GROUP_SHRUNK", "SERVERS_NOT_COMPARED")
    findings = answer["details"]["findings"] if "error" in answer else answer["findings"]
    return [each for each in findings if each["code"] in codes]


def test_the_difference_to_the_last_execution_is_in_the_preflight_and_in_the_dry_run_of_a_start(
    room: ControlRoom,
) -> None:
    assert told(room.ask("preflight_recovery_plan", planId="plan-1")) == [], "there was none before"
    execution_id = room.start()["executionId"]
    assert told(room.ask("preflight_recovery_plan", planId="plan-1")) == [], "nothing has changed"

    retag(room, 1, {"Tier": "web"})
    room.protect(11, tags=TIER)

    [finding] = told(room.ask("preflight_recovery_plan", planId="plan-1"))
    assert told(room.start(dryRun=True)) == [finding]
    assert (finding["code"], finding["outcome"]) == ("SERVERS_CHANGED", "WARN")
    assert finding["details"]["executionId"] == execution_id
    assert (finding["details"]["gained"], finding["details"]["lost"]) == ([server_id(11)], [server_id(1)])


def test_a_group_that_lost_more_than_half_is_a_warning_of_its_own(room: ControlRoom) -> None:
    room.start()
    for number in range(1, 7):
        retag(room, number, {})

    [finding] = told(room.ask("preflight_recovery_plan", planId="plan-1"))

    assert (finding["code"], finding["outcome"]) == ("GROUP_SHRUNK", "WARN")
    assert (finding["details"]["serversBefore"], finding["details"]["serversNow"]) == (10, 4)


def test_the_comparison_costs_two_reads_whatever_the_size(room: ControlRoom) -> None:
    room.start()
    counted = CountedTable(room.history)
    executions = ExecutionStore(counted, room.clock)

    [newest] = executions.list_by_plan("plan-1", 5).items
    members = executions.members(newest.execution_id, "plan-1")

    assert members == {"db": frozenset(server_id(number) for number in range(1, 11))}
    assert counted.calls == 2


def test_a_start_that_broke_off_is_not_the_last_execution(room: ControlRoom) -> None:
    first = room.start()["executionId"]
    room.clock.advance(60)
    header = room.header(first).model_copy(
        update={"execution_id": "exec-broken", "status": ExecutionStatus.FAILED, "started_at": room.clock.now()}
    )
    room.executions.create(header)
    retag(room, 1, {})

    [finding] = told(room.ask("preflight_recovery_plan", planId="plan-1"))

    assert finding["details"]["executionId"] == first


def test_an_execution_of_an_earlier_version_is_told_to_be_not_comparable(room: ControlRoom) -> None:
    first = room.header(room.start()["executionId"])
    room.clock.advance(60)
    old = {"execution_id": "exec-old", "status": ExecutionStatus.RUNNING, "started_at": room.clock.now()}
    room.executions.create(first.model_copy(update=old))

    [finding] = told(room.ask("preflight_recovery_plan", planId="plan-1"))

    assert (finding["code"], finding["details"]) == ("SERVERS_NOT_COMPARED", {"executionId": "exec-old"})


KEYS, VALUES = st.sampled_from(["Tier", "Site"]), st.sampled_from(["a", "b"])
TAGS = st.dictionaries(KEYS, VALUES)


@pytest.mark.requirement("SRS-F03")
@settings(max_examples=20, deadline=None)
@given(
    servers=st.lists(TAGS, max_size=8),
    later=st.dictionaries(st.integers(0, 7), TAGS),
    selection=st.dictionaries(KEYS, VALUES, min_size=1),
    page=st.integers(1, 4),
)
def test_a_preview_of_tags_is_exactly_what_a_start_takes(
    servers: list[dict[str, str]], later: dict[int, dict[str, str]], selection: dict[str, str], page: int
) -> None:
    room = ControlRoom()
    room.simulator.initialize(DATABASE.account_id, DATABASE.region)
    for number, tags in enumerate(servers):
        room.protect(number, tags=tags)
    room.groups.put_new(group("g", server_selection_tags=selection))
    room.plan_of(wave(0, "g"))
    for number, tags in later.items():
        if number < len(servers):
            retag(room, number, tags)

    previewed: list[str] = []
    more: dict[str, Any] = {}
    while True:
        answer = room.ask(
            "resolve_protection_group_tags", **DATABASE.wire(), serverSelectionTags=selection, limit=page, **more
        )
        previewed += [each["sourceServerId"] for each in answer["items"]]
        if "nextToken" not in answer:
            break
        more = {"nextToken": answer["nextToken"]}
    started = room.start()

    assert answer["serverCount"] == len(previewed)
    if not previewed:
        assert "NO_SERVERS_MATCH" in {each["code"] for each in started["details"]["findings"]}
        return
    header = room.header(started["executionId"])
    assert [each.server.source_server_id for each in room.executions.servers(header)] == previewed
    assert room.executions.members(header.execution_id, "plan-1") == {"g": frozenset(previewed)}
