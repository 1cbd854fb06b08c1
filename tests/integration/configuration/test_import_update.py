"""Importing over what exists: what the document says changes it, as an update would, and the rest stays."""

import copy
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType
from shared.stores.table import Throttled, Write
from shared.stores.tie_holders import Holder, Owners
from shared.stores.ties import Ties
from tests.integration.configuration.configurations import SERVERS, configurations
from tests.integration.configuration.conftest import System, new_system
from tests.integration.configuration.running import begin
from tests.support.configuration import DATABASE, HUB, NOW, WEB, server_id

Document = dict[str, Any]

ONE, TWO = server_id(1), server_id(2)


def run(system: System, document: Document, **options: Any) -> dict[str, Any]:
    return system.call("import_configuration", **document, **{"onConflict": "update", **options})


def done(system: System, document: Document, **options: Any) -> dict[str, Any]:
    """Import it dry and for real, and see that both say the same, item by item."""
    before = system.content()
    dry = run(system, document, dryRun=True, **options)
    assert system.content() == before
    real = run(system, document, **options)
    assert without_ids(dry) == without_ids(real)
    return real


def without_ids(report: dict[str, Any]) -> dict[str, Any]:
    plain = copy.deepcopy(report)
    plain.pop("dryRun", None)
    for item in plain.get("created", ()):
        item.pop("id", None)
    return plain


def document(*groups: Document, plans: tuple[Document, ...] = ()) -> Document:
    return {"schemaVersion": "1.1", "protectionGroups": list(groups), "recoveryPlans": list(plans)}


def tagged(name: str, **fields: Any) -> Document:
    return {"groupName": name, "region": "us-west-2", "serverSelectionTags": {"name": name}, **fields}


def plan_over(*names: str, **fields: Any) -> Document:
    waves = [
        {"waveNumber": number, "waveName": f"Wave {number}", "protectionGroupNames": [name]}
        for number, name in enumerate(names)
    ]
    return {"planName": "Plan", "waves": waves, **fields}


def group(system: System, name: str) -> dict[str, Any]:
    found = {each["groupName"]: each for each in system.ask("list_protection_groups")["items"]}
    return dict(found[name])


def plan(system: System) -> dict[str, Any]:
    [found] = system.ask("list_recovery_plans")["items"]
    return dict(found)


def codes(report: dict[str, Any]) -> dict[str, str]:
    return {each["field"]: each["code"] for item in report["failed"] for each in item["reasons"]}


def test_what_the_document_says_changes_and_what_it_does_not_mention_stays(system: System) -> None:
    run(system, document(tagged("A", description="old", owner="ann"), plans=(plan_over("A", rtoMinutes=30),)))
    before = group(system, "A")

    report = done(
        system, document({"groupName": "A", "description": "new"}, plans=({"planName": "Plan", "rtoMinutes": 60},))
    )

    assert [item["name"] for item in report["updated"]] == ["A", "Plan"]
    assert report["summary"]["updated"] == 2
    after = group(system, "A")
    assert (after["description"], after["owner"], after["version"]) == ("new", "ann", before["version"] + 1)
    assert after["serverSelectionTags"] == {"name": "A"}
    assert (plan(system)["rtoMinutes"], len(plan(system)["waves"])) == (60, 1)
    assert report["updated"][0]["id"] == after["groupId"]


def test_what_is_as_it_was_is_skipped_and_not_written(system: System) -> None:
    body = document(tagged("A"), plans=(plan_over("A"),))
    run(system, body)
    before = system.content()

    report = done(system, body)

    assert (report["summary"]["skipped"], report["summary"]["updated"]) == (2, 0)
    assert system.content() == before


def test_an_export_imported_back_changes_nothing(system: System) -> None:
    system.protect(DATABASE, ONE)
    system.group("By id", sourceServerIds=[ONE])
    run(system, document(tagged("A"), plans=(plan_over("A", "By id"),)))
    before = system.content()

    report = done(system, system.ask("export_configuration"))

    assert report["summary"]["skipped"] == 3
    assert system.content() == before


def test_what_does_not_exist_is_created_beside_what_is_changed(system: System) -> None:
    run(system, document(tagged("A")))

    report = done(system, document(tagged("A", owner="ann"), tagged("B"), plans=(plan_over("A", "B"),)))

    assert [item["name"] for item in report["updated"]] == ["A"]
    assert [item["name"] for item in report["created"]] == ["B", "Plan"]


def test_without_the_option_what_exists_is_skipped(system: System) -> None:
    run(system, document(tagged("A")))

    report = run(system, document(tagged("A", owner="ann")), onConflict="skip")

    assert report["summary"]["skipped"] == 1
    assert group(system, "A")["owner"] == ""


def test_a_group_without_an_account_stays_in_its_own(system: System) -> None:
    run(system, document(tagged("A", accountId=DATABASE.account_id)))

    done(system, document(tagged("A", owner="ann")))

    assert group(system, "A")["accountId"] == DATABASE.account_id


def test_mappings_move_a_group_to_another_account(system: System) -> None:
    run(system, document(tagged("A", accountId=HUB)))

    done(system, document(tagged("A")), mappings={"accounts": {"A": WEB.account_id}})

    assert group(system, "A")["accountId"] == WEB.account_id


def test_a_region_is_for_ever(system: System) -> None:
    run(system, document(tagged("A")))

    report = done(system, document(tagged("A", region="eu-west-1"), plans=(plan_over("A"),)))

    assert set(codes(report)) == {"protectionGroups[0].region", "recoveryPlans[0].waves[0].protectionGroupNames[0]"}
    assert codes(report)["recoveryPlans[0].waves[0].protectionGroupNames[0]"] == "CASCADE_FAILURE"
    assert group(system, "A")["region"] == "us-west-2"


def test_a_group_may_change_from_tags_to_servers_and_back(system: System) -> None:
    system.protect(DATABASE, ONE, TWO)
    place = {"accountId": DATABASE.account_id, "region": DATABASE.region}
    run(system, document({"groupName": "A", **place, "serverSelectionTags": {"tier": "db"}}))

    done(system, document({"groupName": "A", "sourceServerIds": [ONE, TWO]}))
    assert (group(system, "A")["sourceServerIds"], group(system, "A")["serverSelectionTags"]) == ([ONE, TWO], {})

    done(system, document({"groupName": "A", "serverSelectionTags": {"tier": "db"}}))
    assert (group(system, "A")["sourceServerIds"], group(system, "A")["serverSelectionTags"]) == ([], {"tier": "db"})


def test_a_server_moves_from_one_group_to_the_next_of_the_document(system: System) -> None:
    system.protect(DATABASE, ONE, TWO)
    system.group("A", sourceServerIds=[ONE, TWO])
    system.group("B", serverSelectionTags={"tier": "web"})

    report = done(
        system,
        document({"groupName": "A", "sourceServerIds": [ONE]}, {"groupName": "B", "sourceServerIds": [TWO]}),
    )

    assert report["summary"]["updated"] == 2
    assert group(system, "B")["sourceServerIds"] == [TWO]


def test_a_server_that_another_group_keeps_is_a_conflict(system: System) -> None:
    system.protect(DATABASE, ONE, TWO)
    system.group("A", sourceServerIds=[ONE])
    system.group("B", sourceServerIds=[TWO])

    report = done(system, document({"groupName": "B", "sourceServerIds": [ONE, TWO]}))

    assert codes(report) == {"protectionGroups[0]": "SERVER_CONFLICT"}
    assert group(system, "B")["sourceServerIds"] == [TWO]


def test_a_broken_rule_refuses_the_whole_document(system: System) -> None:
    run(system, document(tagged("A"), plans=(plan_over("A"),)))
    before = system.content()

    refused = run(system, document(tagged("A", owner="ann"), plans=({"planName": "Plan", "rtoMinutes": 0},)))

    assert refused["error"] == "VALIDATION_ERROR"
    assert [field["field"] for field in refused["details"]["fields"]] == ["recoveryPlans[0].rtoMinutes"]
    assert system.content() == before


def test_a_change_between_look_and_write_is_a_conflict(system: System) -> None:
    run(system, document(tagged("A"), tagged("B")))
    rival = document({"groupName": "A", "owner": "ben"})
    system.tables["groups"].before_write = lambda: run(system, rival)

    report = run(system, document({"groupName": "A", "owner": "ann"}))

    assert codes(report) == {"protectionGroups[0]": "VERSION_CONFLICT"}
    assert group(system, "A")["owner"] == "ben"


def test_what_runs_is_not_changed_and_the_rest_of_the_document_is(system: System) -> None:
    run(system, document(tagged("A"), tagged("B"), plans=(plan_over("A"),)))
    running(system, plan(system)["planId"], group(system, "A")["groupId"])

    report = done(
        system,
        document(tagged("A", owner="ann"), tagged("B", owner="ben"), plans=({"planName": "Plan", "rtoMinutes": 5},)),
    )

    assert codes(report) == {"protectionGroups[0]": "ACTIVE_EXECUTION", "recoveryPlans[0]": "ACTIVE_EXECUTION"}
    assert [item["name"] for item in report["updated"]] == ["B"]
    assert (group(system, "A")["owner"], "rtoMinutes" in plan(system)) == ("", False)


def test_what_a_paused_plan_may_not_change_is_the_reason_of_its_item_by_path(system: System) -> None:
    run(system, document(tagged("A"), plans=(plan_over("A"),)))
    begin(system, plan(system)["planId"], ExecutionStatus.PAUSED)

    report = done(system, document(plans=(plan_over("A", rtoMinutes=5),)))

    assert codes(report) == {"recoveryPlans[0].rtoMinutes": "ACTIVE_EXECUTION"}


def running(system: System, plan_id: str, group_id: str) -> None:
    """An execution of the plan, as a start leaves it."""
    header = ExecutionHeader(
        execution_id="exec-1",
        plan_id=plan_id,
        plan_name="Plan",
        plan_version=1,
        execution_type=ExecutionType.DRILL,
        status=ExecutionStatus.RUNNING,
        started_at=NOW,
        initiated_by="test",
        waves=(),
        wave_count=0,
        server_count=0,
    )
    system.executions.create(header)
    owners = Owners(system.clock, plans=system.plans, groups=system.groups, executions=system.executions)
    Ties(system.tables["plans"], "planId", owners).take({plan_id: None}, Holder.of_execution(header))
    Ties(system.tables["groups"], "groupId", owners).take({group_id: None}, Holder.of_execution(header))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("groupId", "01M851TWDG7Y0EP1YH96FN32S2"),
        ("planId", "01M851TWDG7Y0EP1YH96FN32S2"),
        ("version", 1),
        ("createdAt", "2026-01-29T02:00:00.000Z"),
        ("updatedAt", "2026-01-29T02:00:00.000Z"),
        ("createdBy", "somebody"),
        ("createdAt", "no instant"),
        ("createdBy", 5),
        ("version", "1"),
    ],
)
def test_a_document_goes_by_names_and_has_no_history(system: System, field: str, value: object) -> None:
    run(system, document(tagged("A"), plans=(plan_over("A"),)))

    refused = run(system, document(tagged("A", **{field: value}), plans=({"planName": "Plan", field: value},)))

    found = [(each["field"], each["code"]) for each in refused["details"]["fields"]]
    assert [each for each in found if each[0].endswith(f".{field}")] == [
        (f"protectionGroups[0].{field}", "UNKNOWN_FIELD"),
        (f"recoveryPlans[0].{field}", "UNKNOWN_FIELD"),
    ]


def test_another_address_moves_the_mails_of_a_plan(system: System) -> None:
    run(system, document(tagged("A"), plans=(plan_over("A", notificationEmail="old@example.com"),)))

    done(system, document(plans=({"planName": "Plan", "notificationEmail": "new@example.com"},)))

    assert system.topic.addresses() == ["new@example.com"]


def test_null_takes_away(system: System) -> None:
    run(system, document(tagged("A"), plans=(plan_over("A", notificationEmail="old@example.com", rtoMinutes=5),)))

    done(system, document(plans=({"planName": "Plan", "notificationEmail": None, "rtoMinutes": None},)))

    assert not {"notificationEmail", "rtoMinutes"} & plan(system).keys()
    assert system.topic.addresses() == []


@pytest.mark.parametrize("value", ["merge", "", 1])
def test_another_word_is_refused(system: System, value: Any) -> None:
    refused = run(system, document(), onConflict=value)

    assert [field["field"] for field in refused["details"]["fields"]] == ["onConflict"]


@given(configurations(), configurations(), st.booleans())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_imported_over_whatever_the_dry_run_says_what_the_real_run_does(
    first: Document, second: Document, renamed: bool
) -> None:
    system = new_system()
    for target, servers in SERVERS.items():
        system.protect(target, *servers)
    run(system, first)
    if renamed:
        for old, new in zip(first["protectionGroups"], second["protectionGroups"], strict=False):
            _rename(second, new["groupName"], old["groupName"])

    report = done(system, second)

    if "error" not in report and not report["failed"]:
        again = done(system, second)
        assert again["summary"]["skipped"] == len(second["protectionGroups"]) + len(second["recoveryPlans"])


def _rename(configuration: Document, old: str, new: str) -> None:
    for each in configuration["protectionGroups"]:
        each["groupName"] = new if each["groupName"] == old else each["groupName"]
    for each in configuration["recoveryPlans"]:
        for wave in each["waves"]:
            wave["protectionGroupNames"] = [new if name == old else name for name in wave["protectionGroupNames"]]


def test_a_group_that_somebody_deletes_meanwhile_fails_by_itself_and_the_report_goes_on(system: System) -> None:
    run(system, document(tagged("A"), tagged("B"), tagged("C"), plans=(plan_over("B"),)))
    plan_id, gone = plan(system)["planId"], group(system, "B")["groupId"]

    def delete_both() -> None:
        system.call("delete_recovery_plan", planId=plan_id)
        system.call("delete_protection_group", groupId=gone)

    system.tables["groups"].before_write = delete_both
    changed = [tagged(name, owner="ann") for name in "ABC"]

    report = run(system, document(*changed, plans=(plan_over("A", rtoMinutes=5),)))

    assert codes(report) == {"protectionGroups[1]": "RESOURCE_NOT_FOUND", "recoveryPlans[0]": "RESOURCE_NOT_FOUND"}
    assert [item["name"] for item in report["updated"]] == ["A", "C"]
    assert [group(system, name)["owner"] for name in "AC"] == ["ann", "ann"]


@pytest.mark.parametrize("was_stored", [False, True])
def test_a_write_that_a_busy_table_refuses_fails_by_itself_and_a_repeated_import_mends_it(
    system: System, was_stored: bool
) -> None:
    busy = BusyOnce(system, after=1, was_stored=was_stored)
    body = document(tagged("A"), tagged("B"), tagged("C"), plans=(plan_over("B"), plan_over("C", planName="Other")))

    with busy:
        report = run(system, body)

    assert [item["name"] for item in report["created"]] == ["A", "C", "Other"]
    assert codes(report) == {
        "protectionGroups[1]": "THROTTLED",
        "recoveryPlans[0].waves[0].protectionGroupNames[0]": "CASCADE_FAILURE",
    }
    assert "whether it was stored" in report["failed"][0]["reasons"][0]["reason"]
    repeated = run(system, body)
    assert repeated["failed"] == []
    assert len(repeated["created"]) == (1 if was_stored else 2)


def test_a_plan_that_is_as_it_was_fails_with_a_group_that_could_not_be_changed(system: System) -> None:
    plans = (plan_over("A"), plan_over("B", planName="Other"))
    run(system, document(tagged("A"), tagged("B"), plans=plans))
    wrong = {"groupName": "A", "region": "us-west-2", "sourceServerIds": [ONE]}

    report = done(system, document(wrong, plans=plans))

    assert codes(report) == {
        "protectionGroups[0]": "DRS_SERVICE_ERROR",
        "recoveryPlans[0].waves[0].protectionGroupNames[0]": "CASCADE_FAILURE",
    }
    assert [item["name"] for item in report["skipped"]] == ["Other"]
    assert run(system, document(wrong, plans=plans), onConflict="skip")["summary"]["skipped"] == 3


def test_a_group_that_goes_meanwhile_is_named_where_the_document_names_it(system: System) -> None:
    gone = system.group("A", serverSelectionTags={"n": "A"})
    system.tables["groups"].before_write = lambda: system.call("delete_protection_group", groupId=gone)

    report = run(system, document(plans=(plan_over("A"),)))

    assert codes(report) == {"recoveryPlans[0].waves[0].protectionGroupNames[0]": "UNKNOWN_GROUP"}


class BusyOnce:
    """A groups table that is busy for one transaction, after so many, and stores it all the same if `was_stored`."""

    def __init__(self, system: System, *, after: int, was_stored: bool) -> None:
        self._table, self._left, self._was_stored = system.tables["groups"], after, was_stored

    def __enter__(self) -> None:
        transact = self._table.transact

        def busy(writes: Sequence[Write]) -> None:
            self._left -= 1
            if self._left == -1:
                if self._was_stored:
                    transact(writes)
                raise Throttled("the table is busy")
            transact(writes)

        self._table.transact = busy  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        del self._table.transact
