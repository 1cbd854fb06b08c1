"""The same key gives the same answer for a day, also when what the call was about is gone since."""

from tests.functional.contract.seeded import Seeded


def test_a_start_is_repeated_although_its_plan_was_deleted_since() -> None:
    seeded, start = Seeded(), {"executionType": "DRILL", "clientToken": "monday"}
    world, doors = seeded.world, seeded.doors
    world.run_until_end(seeded.execution)
    first = doors.api("start_execution", {"planId": seeded.plan, **start})
    world.run_until_end(first.value["executionId"])

    deleted = doors.api("delete_recovery_plan", {"planId": seeded.plan, "version": 1})
    again = doors.api("start_execution", {"planId": seeded.plan, **start})

    assert (deleted.code, again) == (None, first)
    assert doors.api("start_execution", {"planId": seeded.plan, **start, "clientToken": "tuesday"}).status == 404


def test_a_termination_is_repeated_although_its_execution_was_deleted_since() -> None:
    seeded = Seeded()
    world, doors, execution_id = seeded.world, seeded.doors, seeded.execution
    end = {"executionId": execution_id, "confirm": execution_id, "clientToken": "monday"}
    world.run_until_end(execution_id)
    first = doors.api("terminate_instances", end)
    world.run_until_terminated(execution_id)

    deleted = doors.api("delete_executions", {"executionIds": [execution_id]})
    again = doors.api("terminate_instances", end)

    assert (deleted.code, again) == (None, first)
    assert doors.api("terminate_instances", {**end, "clientToken": "tuesday"}).status == 404
