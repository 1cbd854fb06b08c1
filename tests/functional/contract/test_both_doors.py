"""Every operation answers the same by both doors: sequences from create to delete on twin worlds."""

from functools import cache

import pytest

from shared.catalogue import CATALOGUE
from tests.functional.contract.rights import NO_CALL, PORTS_OF_ACCOUNTS, RIGHT_OF, operations_by_right
from tests.functional.contract.stories import STORIES, Visit, by_api, by_direct, lived


@cache
def _by_direct(name: str) -> Visit:
    return lived(name, by_direct)


@cache
def _by_api(name: str) -> Visit:
    return lived(name, by_api)


@pytest.mark.requirement("PRD-21", "SRS-I01")
@pytest.mark.parametrize("story", STORIES)
def test_a_story_is_the_same_through_both_doors(story: str) -> None:
    direct, api = _by_direct(story).told, _by_api(story).told

    for once, again in zip(direct, api, strict=True):
        assert once == again


@pytest.mark.requirement("PRD-21")
def test_every_operation_goes_well_in_some_story() -> None:
    well = {operation for story in STORIES for operation, answer in _by_direct(story).told if "error" not in answer}

    assert well == set(CATALOGUE.entries)


@pytest.mark.parametrize("story", STORIES)
def test_the_reference_of_rights_tells_what_an_operation_asks_in_an_account(story: str) -> None:
    told = operations_by_right()
    found = [
        (RIGHT_OF[verb], operation)
        for operation, verbs in _by_direct(story).asked.items()
        for verb in verbs & RIGHT_OF.keys()
    ]

    assert {(right, operation) for right, operation in found if operation not in told[right]} == set()


def test_every_question_to_an_account_that_a_story_asks_has_its_right() -> None:
    asked = {verb for story in STORIES for verbs in _by_direct(story).asked.values() for verb in verbs}

    assert {verb for verb in asked if verb.partition(".")[0] in PORTS_OF_ACCOUNTS} == RIGHT_OF.keys() | NO_CALL


def test_every_further_route_is_asked_in_some_story() -> None:
    asked = set().union(*(_by_api(story).routes for story in STORIES))

    assert asked == {route for entry in CATALOGUE.entries.values() for route in entry.routes[1:]}


def test_what_a_second_function_answers_too_is_the_same_there() -> None:
    visit = Visit(by_direct)
    world = visit.world
    execution = world.start(world.plan_of(1))
    world.run_until_end(execution)
    ids = {"executionId": execution, "planId": world.header(execution).plan_id}
    ids["groupId"] = world.ask("list_protection_groups")["items"][0]["groupId"]

    elsewhere = [(name, home) for name, entry in CATALOGUE.entries.items() for home in entry.homes[1:]]

    assert elsewhere
    for name, home in elsewhere:
        route = CATALOGUE.entries[name].routes[0]
        parameters = {field: value for field, value in ids.items() if f"{{{field}}}" in route}
        doors = visit.doors
        assert doors.direct(name, parameters, home=home) == doors.direct(name, parameters)


def test_another_function_names_the_one_that_answers() -> None:
    doors = Visit(by_direct).doors

    answer = doors.direct("start_execution", {}, home="query-handler")

    assert answer.code == "OPERATION_NOT_FOUND"
    assert answer.value["details"]["function"] == "execution-handler"
