"""What a preflight says of optional servers and minimumSuccess, with the servers of this moment."""

from typing import Any

from tests.integration.configuration.conftest import System
from tests.integration.configuration.test_plans import wave
from tests.integration.configuration.test_preflight import errors, preflight, warnings
from tests.support.configuration import DATABASE, WEB, server_id

ONE, TWO, THREE = server_id(1), server_id(2), server_id(3)


def said(system: System, *waves: dict[str, Any]) -> list[tuple[str, int]]:
    """The warnings of a preflight that lets the plan start, each with its wave."""
    report = preflight(system, system.plan(*waves))
    assert report["canStart"] is True
    return [(each["code"], each["waveNumber"]) for each in warnings(report)]


def test_a_plan_that_expects_what_its_servers_can_give_is_ready_without_a_word(system: System) -> None:
    system.protect(DATABASE, ONE, TWO)
    system.protect(WEB, THREE)
    groups = [system.group("Databases", sourceServerIds=[ONE, TWO]), system.group("Web", WEB, sourceServerIds=[THREE])]

    assert said(system, wave(0, *groups, optionalServerIds=[THREE], minimumSuccess=2, waitMinutes=5)) == []


def test_an_optional_server_whose_tags_no_longer_put_it_into_the_wave_is_a_warning(system: System) -> None:
    system.protect(DATABASE, ONE, TWO, tags={"tier": "web"})
    system.protect(DATABASE, THREE, tags={"tier": "db"})
    group = system.group("Web", serverSelectionTags={"tier": "web"})

    report = preflight(system, system.plan(wave(0, group, optionalServerIds=[TWO, THREE])))

    [finding] = warnings(report)
    assert report["canStart"] is True
    assert (finding["code"], finding["waveNumber"]) == ("OPTIONAL_SERVER_NOT_IN_WAVE", 0)
    assert finding["serverIds"] == [THREE]
    assert {"accountId", "region"}.isdisjoint(finding)


def test_what_cannot_be_reached_and_what_cannot_fail_are_warnings_of_their_waves(system: System) -> None:
    system.protect(DATABASE, ONE, TWO, THREE)
    first = system.group("First", sourceServerIds=[ONE, TWO])
    second = system.group("Second", sourceServerIds=[THREE])

    assert said(
        system,
        wave(3, first, optionalServerIds=[ONE], minimumSuccess=2),
        wave(7, second, optionalServerIds=[THREE], minimumSuccess="50%"),
    ) == [("MINIMUM_SUCCESS_NOT_REACHABLE", 3), ("NO_REQUIRED_SERVERS", 7)]


def test_where_an_account_could_not_be_asked_only_that_is_said(system: System) -> None:
    system.protect(DATABASE, ONE)
    system.protect(WEB, TWO)
    groups = [system.group("Databases", sourceServerIds=[ONE]), system.group("Web", WEB, sourceServerIds=[TWO])]
    plan_id = system.plan(wave(0, *groups, optionalServerIds=[TWO], minimumSuccess=5))
    fault = {"kind": "serverError", "status": 500, "operation": "DescribeSourceServers", "times": None}
    system.simulator.add_faults({"faults": [{**fault, "account": WEB.account_id}]})

    report = preflight(system, plan_id)

    assert errors(report) == ["DRS_STATE"]
    assert warnings(report) == []
