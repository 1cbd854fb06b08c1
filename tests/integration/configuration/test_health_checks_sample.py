"""The example of health checks is a document that an import accepts and a plan that can start where they are there."""

from typing import Any

from shared.models.targets import Target
from tests.integration.configuration.conftest import System, example
from tests.integration.configuration.test_import import run
from tests.integration.configuration.test_preflight import preflight
from tests.support.configuration import DATABASE, WEB
from tests.support.findings import telling


def imported(system: System) -> str:
    """The plan of the example, where DRS replicates exactly the servers that its groups list; answers its id."""
    document: dict[str, Any] = example("health-checks-sample")
    for group in document["protectionGroups"]:
        system.protect(Target(account_id=group["accountId"], region=group["region"]), *group["sourceServerIds"])
    report = run(system, document)
    assert report["failed"] == []
    return str(report["created"][-1]["id"])


def test_its_checks_are_stored_as_the_document_says(system: System) -> None:
    plan = system.ask("get_recovery_plan", planId=imported(system))

    written = example("health-checks-sample")["recoveryPlans"][0]["waves"]
    for stored, wave in zip(plan["waves"], written, strict=True):
        assert stored["healthChecks"] == [
            check if "alarmName" in check else {"parameters": {}, "timeoutSeconds": 600, **check}
            for check in wave["healthChecks"]
        ]


def test_its_preflight_is_clear_where_its_alarms_and_documents_are(system: System) -> None:
    plan_id = imported(system)
    system.alarms.put(WEB, "shop-5xx")
    system.alarms.put(DATABASE, "shop-cache-evictions", "INSUFFICIENT_DATA")
    system.commands.documents.add("DRSCheck-Shop")

    report = preflight(system, plan_id)

    assert report["canStart"] is True
    assert telling(report) == []


def test_its_preflight_names_everything_that_is_missing(system: System) -> None:
    report = preflight(system, imported(system))

    assert [(finding["code"], finding["accountId"]) for finding in telling(report)] == [
        ("ALARM_NOT_FOUND", DATABASE.account_id),
        ("COMMAND_NOT_RUNNABLE", DATABASE.account_id),
        ("ALARM_NOT_FOUND", WEB.account_id),
        ("COMMAND_NOT_RUNNABLE", WEB.account_id),
    ]
