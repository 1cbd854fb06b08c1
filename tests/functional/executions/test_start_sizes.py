"""A start of any size writes small items: a lost data centre is thousands of findings that an operator accepts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import pytest

from execution.beginning import accepted_counts, beginning
from local.drs_simulator import ReplicationSpec, SourceServerSpec
from shared.models.finding import OVERRIDABLE, FindingCode, failure_at
from shared.models.launch_config import LaunchConfig
from shared.models.launch_config_state import DriftPolicy
from shared.stores.attribute_values import item_size
from tests.support.configuration import DATABASE, WEB, group, server_id, wave
from tests.support.control_room import ControlRoom
from tests.support.findings import telling

SERVERS: Final = 4_000
A_GROUP: Final = 100
ITEM_BYTES: Final = 4 * 1024
HEADER_BYTES: Final = 100 * 1024
FIRE: Final = "\N{FIRE}"
LOST: Final[dict[str, Any]] = {"executionType": "RECOVERY", "override": {"reason": FIRE * 1000}}
DISCONNECTED: Final = ReplicationSpec(state="DISCONNECTED")


def name_of(number: int) -> str:
    return f"{number:04d}".ljust(255, "h")


def lost_data_centre(servers: int = SERVERS) -> ControlRoom:
    """Servers with the longest names in two accounts, in waves of ten groups; none of them replicates any more."""
    room = ControlRoom()
    group_ids = []
    for first in range(0, servers, A_GROUP):
        target = WEB if first // A_GROUP % 2 else DATABASE
        numbers = range(first, first + A_GROUP)
        for number in numbers:
            spec = SourceServerSpec(
                hostname=name_of(number), source_server_id=server_id(number), replication=DISCONNECTED
            )
            room.simulator.add_source_server(target.account_id, target.region, spec)
        group_ids.append(f"group-{first}")
        room.groups.put_new(group(group_ids[-1], target, source_server_ids=tuple(map(server_id, numbers))))
    room.plan_of(*(wave(number, *ids) for number, ids in enumerate(_tens(group_ids))))
    return room


def _tens(group_ids: list[str]) -> Iterable[list[str]]:
    return (group_ids[start : start + 10] for start in range(0, len(group_ids), 10))


def too_large(room: ControlRoom) -> dict[str, int]:
    """The items that are larger than they may be."""
    sizes = {(row["executionId"], row["planId"]): (row, item_size(row)) for row in room.rows()}
    return {
        " ".join(key): size
        for key, (row, size) in sizes.items()
        if size >= (HEADER_BYTES if "headerPlanId" in row else ITEM_BYTES)
    }


def events(room: ControlRoom, execution_id: str) -> list[dict[str, Any]]:
    answer = room.ask("get_execution_events", executionId=execution_id)
    found: list[dict[str, Any]] = answer["items"]
    return found


def test_4000_servers_that_no_longer_replicate_are_recovered_under_a_token_with_small_items() -> None:
    room = lost_data_centre()

    answer = room.start(**LOST, clientToken="lost", reason=FIRE * 1000)

    assert answer["status"] == "PENDING", answer["message"]
    found = Counter(each["code"] for each in telling(answer))
    assert found == {"REPLICATION_STATE": SERVERS, "SNAPSHOTS_NOT_CHECKED": 2}, "one of each account"
    assert too_large(room) == {}
    room.clock.advance(23 * 3600)
    assert room.start(**LOST, clientToken="lost", reason=FIRE * 1000) == answer
    assert len(room.runs.inputs) == 1


def test_the_timeline_counts_what_was_accepted_and_every_server_tells_its_own() -> None:
    room = lost_data_centre(200)

    execution_id = room.start(**LOST, by="alice")["executionId"]

    [event] = events(room, execution_id)
    assert event["details"] == {
        "callId": "request-1",
        "acceptedFindings": {"REPLICATION_STATE": 200},
    }
    assert "alice" in event["message"]
    assert "REPLICATION_STATE was accepted of 200 servers, such as: server 0000hhh" in event["message"]
    shown = room.ask("get_execution", executionId=execution_id, limit=100)["servers"]
    assert [server["acceptedFindings"] for server in shown["items"]] == [
        [{"code": "REPLICATION_STATE", "details": {"replicationState": "DISCONNECTED"}}]
    ] * 100


def test_a_server_for_which_nothing_was_accepted_says_so() -> None:
    room = ControlRoom()
    room.group_of("db", 1)
    room.plan_of(wave(0, "db"))

    shown = room.ask("get_execution", executionId=room.start()["executionId"])

    assert [server["acceptedFindings"] for server in shown["servers"]["items"]] == [[]]


@pytest.mark.parametrize("letter", ["x", FIRE])
def test_whatever_names_and_reasons_are_made_of_no_item_of_a_start_is_large(letter: str) -> None:
    room = ControlRoom()
    spec = SourceServerSpec(hostname=letter * 250, source_server_id=server_id(1), replication=DISCONNECTED)
    room.simulator.add_source_server(DATABASE.account_id, DATABASE.region, spec)
    room.groups.put_new(group("lost", source_server_ids=(server_id(1),)))
    room.plan_of(wave(0, "lost"), plan_name=letter * 64)

    answer = room.start(**LOST, reason=letter * 1000, by=letter * 128, clientToken="lost")

    assert answer["status"] == "PENDING", answer["message"]
    assert too_large(room) == {}


def test_what_is_accepted_of_many_servers_at_once_is_kept_with_each_as_far_as_it_is_about_it() -> None:
    room = ControlRoom()
    numbers = range(1, 301)
    room.protect(*numbers)
    ids = tuple(map(server_id, numbers))
    config, policy = LaunchConfig(copy_tags=True), DriftPolicy.BLOCK
    room.groups.put_new(group("db", source_server_ids=ids, launch_config=config, launch_config_policy=policy))
    room.plan_of(wave(0, "db"))

    answer = room.start(override={"reason": "all is lost", "codes": ["LAUNCH_CONFIG_DRIFT"]})

    assert answer["status"] == "PENDING", answer["message"]
    assert too_large(room) == {}
    shown = room.ask("get_execution", executionId=answer["executionId"], limit=100)["servers"]["items"]
    accepted = [each["acceptedFindings"] for each in shown]
    assert [(one["code"], one["details"]["statuses"]) for [one] in accepted] == [
        ("LAUNCH_CONFIG_DRIFT", {server_id(number): "PENDING"}) for number in range(1, 101)
    ]
    seen = [one["details"]["fields"] for [one] in accepted]
    assert seen == [{server_id(number): ["copyTags"]} for number in range(1, 101)], "a look has told of each"


def test_the_first_line_of_the_timeline_is_small_whatever_was_accepted_and_counts_servers() -> None:
    room = ControlRoom()
    ids = tuple(map(server_id, range(SERVERS)))
    room.plan_of(wave(0, room.group_of("db", 1)), plan_name=FIRE * 64)
    header = room.header(room.start(by=FIRE * 128, reason=FIRE * 1000)["executionId"])
    header = header.model_copy(update={"override_reason": FIRE * 1000})
    accepted = [
        *(failure_at(DATABASE, code, FIRE * 1000, server_ids=ids) for code in OVERRIDABLE for _ in range(5)),
        *(failure_at(target, FindingCode.ROLE, "m") for target in (DATABASE, WEB)),
    ]

    words, details = beginning(header, accepted), accepted_counts(accepted)

    event = {"message": words, "details": {"callId": "c" * 36, **details}, "actor": FIRE * 128}
    assert item_size(event) < ITEM_BYTES - 400, "its keys and its time come on top"
    assert details == {"acceptedFindings": dict.fromkeys(sorted(OVERRIDABLE), SERVERS)}
    of_places = [failure_at(target, FindingCode.ROLE, "m") for target in (DATABASE, WEB)]
    assert accepted_counts(of_places) == {"acceptedFindings": {"ROLE": 2}}


def test_of_a_finding_about_4000_servers_each_keeps_what_is_about_itself() -> None:
    ids = tuple(map(server_id, range(SERVERS)))
    details: dict[str, Any] = {
        "statuses": dict.fromkeys(ids, {"instanceId": "i-1", "why": FIRE * 10}),
        "groupNames": ["db"],
        "needed": SERVERS,
    }
    finding = failure_at(DATABASE, FindingCode.LAUNCH_CONFIG_DRIFT, FIRE * 1000, server_ids=ids, details=details)

    kept = dict(finding.accepted_by_server())[ids[7]]

    assert kept.code == "LAUNCH_CONFIG_DRIFT"
    assert kept.details == {
        "statuses": {ids[7]: {"instanceId": "i-1", "why": FIRE * 10}},
        "groupNames": ["db"],
        "needed": SERVERS,
    }
