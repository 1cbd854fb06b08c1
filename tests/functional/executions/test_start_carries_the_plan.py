"""What a plan says of failure, waiting and time is in the records of the execution when its start is answered."""

from tests.support.configuration import WEB, group, server_id, wave
from tests.support.control_room import ControlRoom
from tests.support.findings import telling


def test_waves_carry_their_policy_their_minimum_their_wait_their_deadline_and_their_drain() -> None:
    room = ControlRoom()
    room.group_of("db", 1, 2)
    room.group_of("app", 3)
    room.group_of("web", 4)
    room.plan_of(
        wave(0, "db", failure_policy="STOP", minimum_success=2, deadline_minutes=240),
        wave(1, "app", failure_policy="PAUSE", minimum_success="80%", wait_minutes=10, drain_minutes=30),
        wave(2, "web", failure_policy="CONTINUE"),
    )

    header = room.header(room.start()["executionId"])

    records = room.executions.all_waves(header)
    assert [summary.failure_policy for summary in header.waves] == ["STOP", "PAUSE", "CONTINUE"]
    assert [records[number].minimum_success for number in range(3)] == [2, "80%", None]
    assert [records[number].wait_minutes for number in range(3)] == [None, 10, None]
    assert [records[number].deadline_minutes for number in range(3)] == [240, 120, 120]
    assert [records[number].drain_minutes for number in range(3)] == [360, 30, 360]


def test_exactly_the_optional_servers_of_a_wave_are_optional_in_whatever_account_they_are() -> None:
    room = ControlRoom()
    room.group_of("db", 1, 2)
    room.group_of("web", 3, 4, target=WEB)
    room.plan_of(wave(0, "db", "web", optional_server_ids=(server_id(4), server_id(2))))

    header = room.header(room.start()["executionId"])

    optional = {one.server.source_server_id: one.optional for one in room.executions.servers(header)}
    assert optional == {server_id(1): False, server_id(2): True, server_id(3): False, server_id(4): True}


def test_an_optional_server_that_is_in_another_wave_is_required_there_and_the_start_says_so() -> None:
    room = ControlRoom()
    room.group_of("db", 1)
    room.group_of("web", 2)
    room.plan_of(wave(0, "db", optional_server_ids=(server_id(2),)), wave(1, "web"))

    answer = room.start()

    assert answer["status"] == "PENDING"
    [finding] = telling(answer)
    assert (finding["code"], finding["outcome"]) == ("OPTIONAL_SERVER_NOT_IN_WAVE", "WARN")
    assert (finding["waveNumber"], finding["serverIds"]) == (0, [server_id(2)])
    servers = room.executions.servers(room.header(answer["executionId"]))
    assert [(one.wave_number, one.optional) for one in servers] == [(0, False), (1, False)]


def test_an_optional_server_that_tags_bring_into_the_wave_by_the_start_is_optional() -> None:
    room = ControlRoom()
    room.protect(1, tags={"tier": "web"})
    room.groups.put_new(group("tagged", server_selection_tags={"tier": "web"}))
    room.plan_of(wave(0, "tagged", optional_server_ids=(server_id(2),)))
    room.protect(2, tags={"tier": "web"})

    answer = room.start()

    assert telling(answer) == []
    servers = room.executions.servers(room.header(answer["executionId"]))
    assert [(one.name, one.optional) for one in servers] == [("host1", False), ("host2", True)]
