"""The example of failure policies is a document that an import accepts and a plan that can start."""

from typing import Any, Final

from shared.models.recovery_plan import FailurePolicy
from shared.models.targets import Target
from tests.integration.configuration.conftest import System, example
from tests.integration.configuration.test_import import reasons, run, without_ids
from tests.integration.configuration.test_preflight import preflight
from tests.support.findings import telling

SAID_OF_A_WAVE: Final = {
    "failurePolicy",
    "minimumSuccess",
    "optionalServerIds",
    "waitMinutes",
    "deadlineMinutes",
    "drainMinutes",
}


def document() -> dict[str, Any]:
    return example("failure-policies-sample")


def waves() -> list[dict[str, Any]]:
    [plan] = document()["recoveryPlans"]
    found: list[dict[str, Any]] = plan["waves"]
    return found


def protect_its_servers(system: System) -> None:
    """Let DRS protect exactly the servers that its groups list."""
    for group in document()["protectionGroups"]:
        system.protect(Target(account_id=group["accountId"], region=group["region"]), *group["sourceServerIds"])


def test_it_shows_every_field_every_policy_and_both_ways_to_say_a_minimum() -> None:
    assert set().union(*waves()) >= SAID_OF_A_WAVE
    assert {wave["failurePolicy"] for wave in waves()} == set(FailurePolicy)
    assert {type(wave["minimumSuccess"]) for wave in waves() if "minimumSuccess" in wave} == {int, str}


def test_a_dry_run_accepts_it_where_its_servers_are_and_the_real_run_does_the_same(system: System) -> None:
    protect_its_servers(system)
    before = system.content()

    dry = run(system, document(), dryRun=True)
    unchanged = system.content()
    real = run(system, document())

    assert dry["failed"] == []
    assert dry["summary"]["created"] == 5
    assert unchanged == before
    assert without_ids(dry) == without_ids(real)


def test_its_waves_are_stored_as_the_document_says(system: System) -> None:
    protect_its_servers(system)
    run(system, document())

    [plan] = system.ask("list_recovery_plans")["items"]

    assert [{name: wave[name] for name in SAID_OF_A_WAVE & wave.keys()} for wave in plan["waves"]] == [
        {"optionalServerIds": [], "deadlineMinutes": 120, "drainMinutes": 360}
        | {name: wave[name] for name in SAID_OF_A_WAVE & wave.keys()}
        for wave in waves()
    ]


def test_its_preflight_finds_nothing_to_warn_of(system: System) -> None:
    protect_its_servers(system)
    report = run(system, document())

    report = preflight(system, report["created"][-1]["id"])

    assert report["canStart"] is True
    assert telling(report) == []


def test_where_other_servers_are_a_dry_run_names_each_that_is_missing_by_path(system: System) -> None:
    system.protect_the_sample()

    report = run(system, document(), dryRun=True)

    assert report["created"] == []
    assert set(reasons(report).values()) == {"SERVER_NOT_FOUND", "CASCADE_FAILURE"}
    assert "protectionGroups[2].sourceServerIds[4]" in reasons(report)
    assert "recoveryPlans[0].waves[3].protectionGroupNames[0]" in reasons(report)
