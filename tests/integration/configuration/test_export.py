"""Exporting the configuration through the direct door, and importing what was exported somewhere else."""

import json
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from query.exporting import ITEMS, ExportPosition, Sheet, fill
from tests.integration.configuration.configurations import SERVERS, configurations
from tests.integration.configuration.conftest import System, demo_mappings, new_system, sample
from tests.support.configuration import DATABASE, HUB, group, server_id

Document = dict[str, Any]

P = ParamSpec("P")
T = TypeVar("T")


def export(system: System, **parameters: Any) -> Document:
    answer = system.ask("export_configuration", **parameters)
    assert "error" not in answer, answer
    return answer


def pages(system: System, **parameters: Any) -> list[Document]:
    found = [export(system, **parameters)]
    while "nextToken" in found[-1]:
        found.append(export(system, **parameters, nextToken=found[-1]["nextToken"]))
    return found


def imported(system: System, document: Document, **options: Any) -> Document:
    report = system.call("import_configuration", **document, **options)
    assert "error" not in report, report
    return report


def content(document: Document) -> Document:
    """What a document says of groups and plans; JSON objects are the same in whatever order."""
    return {name: document[name] for name in ("protectionGroups", "recoveryPlans")}


def system_with_servers() -> System:
    system = new_system()
    for target, servers in SERVERS.items():
        system.protect(target, *servers)
    return system


def wave(number: int, *groups: str, **fields: Any) -> Document:
    return {"waveNumber": number, "waveName": f"Wave {number}", "protectionGroupIds": list(groups), **fields}


@pytest.mark.requirement("PRD-26", "SRS-I09")
@given(configurations())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_exported_imported_elsewhere_and_exported_again_is_the_same(configuration: Document) -> None:
    here, there = system_with_servers(), system_with_servers()
    first = imported(here, configuration)
    assert first["summary"]["failed"] == 0, first["failed"]

    exported = export(here)
    report = imported(there, exported)

    assert report["summary"]["created"] == len(configuration["protectionGroups"] + configuration["recoveryPlans"])
    assert content(export(there)) == content(exported)


@pytest.mark.requirement("SRS-F60")
@given(configurations(), st.integers(1, 4))
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
def test_pages_are_documents_that_are_imported_one_after_the_other(configuration: Document, limit: int) -> None:
    here, there = system_with_servers(), system_with_servers()
    imported(here, configuration)

    documents = pages(here, limit=limit)
    reports = [imported(there, document) for document in documents]

    assert [report["summary"]["failed"] for report in reports] == [0] * len(reports)
    counts = [len(document["protectionGroups"]) + len(document["recoveryPlans"]) for document in documents]
    assert counts[:-1] == [limit] * (len(counts) - 1)
    assert 0 < counts[-1] <= limit or counts == [0]
    assert content(export(there)) == content(export(here))


def test_the_sample_is_exported_as_it_was_mapped() -> None:
    here, there = new_system(), new_system()
    here.protect_the_sample()
    there.protect_the_sample()
    imported(here, sample(), mappings=demo_mappings())

    exported = export(here)
    imported(there, exported)

    assert content(export(there)) == content(exported)


@pytest.mark.requirement("SRS-F60")
def test_a_document_says_where_it_comes_from_and_names_groups_by_name(system: System) -> None:
    system.protect(DATABASE, server_id(1))
    by_id = system.group("Databases", sourceServerIds=[server_id(1)])
    by_tag = system.group("Application", serverSelectionTags={"tier": "app"})
    system.plan(wave(7, by_id, by_tag), name="Everything", notificationEmail="ops@example.com")

    document = export(system)

    assert document.keys() == {
        "schemaVersion", "exportedAt", "sourceRegion", "sourceAccount", "protectionGroups", "recoveryPlans"
    }  # fmt: skip
    assert (document["schemaVersion"], document["sourceRegion"], document["sourceAccount"]) == ("1.1", "us-east-1", HUB)
    application, databases = document["protectionGroups"]
    assert (application["groupName"], application["accountId"]) == ("Application", DATABASE.account_id)
    assert application["serverSelectionTags"] == {"tier": "app"}
    assert "sourceServerIds" not in application
    assert databases["sourceServerIds"] == [server_id(1)]
    assert "serverSelectionTags" not in databases
    [plan] = document["recoveryPlans"]
    assert plan["notificationEmail"] == "ops@example.com"
    assert plan["waves"][0]["protectionGroupNames"] == ["Databases", "Application"]
    for each in (application, databases, plan):
        assert not {"groupId", "planId", "version", "createdAt", "updatedAt", "createdBy"} & each.keys()


def test_an_empty_system_has_an_empty_document(system: System) -> None:
    assert content(export(system, limit=1)) == {"protectionGroups": [], "recoveryPlans": []}


def test_a_document_ends_where_an_answer_can_carry_no_more(system: System) -> None:
    for number in range(30):
        group = system.group(f"Group {number:02}", serverSelectionTags={"n": str(number)}, description="x" * 900)
    system.plan(wave(0, group))
    room = 4_000

    sheets = [Sheet(left=None, room=room)]
    following = fill(sheets[0], ExportPosition(), system)
    while following is not None:
        sheets.append(Sheet(left=None, room=room))
        following = fill(sheets[-1], ExportPosition.of(following.next_token), system)

    sizes = [len(json.dumps(sheet.groups)) + len(json.dumps(sheet.plans)) for sheet in sheets]
    assert len(sheets) > 5
    assert all(room / 2 < size <= room for size in sizes[:-1])
    whole = export(system)
    assert [group for sheet in sheets for group in sheet.groups] == whole["protectionGroups"]
    assert [plan for sheet in sheets for plan in sheet.plans] == whole["recoveryPlans"]


def test_a_group_that_is_larger_than_a_document_is_one_by_itself() -> None:
    sheet = Sheet(left=None, room=10)

    assert sheet.add("groups", [{"groupName": "x" * 100}])
    assert not sheet.add("groups", [{"groupName": "y"}])


def test_a_group_that_is_gone_is_named_by_its_id_which_the_import_says(system: System) -> None:
    group = system.group("Gone", serverSelectionTags={"n": "1"})
    system.plan(wave(0, group))
    system.tables["groups"].delete({"groupId": group})

    report = imported(new_system(), {**export(system)})

    [failed] = report["failed"]
    assert failed["reasons"][0]["code"] == "UNRESOLVED_REFERENCE"
    assert failed["reasons"][0]["field"] == "recoveryPlans[0].waves[0].protectionGroupNames[0]"


@pytest.mark.parametrize("token", ["nonsense", "e30", ""])
def test_a_token_that_is_none_is_refused(system: System, token: str) -> None:
    answer = system.ask("export_configuration", nextToken=token)

    assert answer["error"] == "VALIDATION_ERROR"
    assert answer["details"]["fields"][0]["field"] == "nextToken"


def test_a_token_of_another_list_is_refused(system: System) -> None:
    for number in range(2):
        system.group(f"Group {number}", serverSelectionTags={"n": str(number)})
    foreign = system.ask("list_protection_groups", limit=1)["nextToken"]
    own = export(system, limit=1)["nextToken"]

    refusals = [
        system.ask("export_configuration", nextToken=foreign),
        system.ask("list_protection_groups", nextToken=own),
    ]

    assert [answer["details"]["fields"][0]["code"] for answer in refusals] == ["INVALID_NEXT_TOKEN"] * 2


def test_the_api_gives_the_same_pages(system: System) -> None:
    for number in range(3):
        system.group(f"Group {number}", serverSelectionTags={"n": str(number)})

    status, first = system.by_api(0, "GET /config/export", queryStringParameters={"limit": "2"})
    query = {"limit": "2", "nextToken": first["nextToken"]}
    _, second = system.by_api(0, "GET /config/export", queryStringParameters=query)

    assert status == 200
    assert [first, second] == pages(system, limit=2)


def test_a_document_has_no_more_than_an_import_can_be_expected_to_store_in_one_call(system: System) -> None:
    for number in range(ITEMS + 1):
        system.groups.put_new(group(f"g{number}", group_name=f"Group {number:04}", source_server_ids=()))

    first, second = pages(system)

    assert [len(document["protectionGroups"]) for document in (first, second)] == [ITEMS, 1]


def test_what_exists_is_found_by_a_few_reads_however_many_there_are(system: System) -> None:
    names = [f"Group {number}" for number in range(150)]
    groups = [{"groupName": name, "region": "us-west-2", "serverSelectionTags": {"n": name}} for name in names]
    plans = [
        {"planName": f"Plan {name}", "waves": [{"waveNumber": 0, "waveName": "w", "protectionGroupNames": [name]}]}
        for name in names
    ]
    imported(system, {"schemaVersion": "1.1", "protectionGroups": groups, "recoveryPlans": plans})
    reads = Reads(system)

    report = imported(system, {"schemaVersion": "1.1", "protectionGroups": groups[:100], "recoveryPlans": plans})

    assert report["summary"]["skipped"] == 250
    assert reads.count < 10


class Reads:
    """Counts the reads of the tables of groups and plans from now on."""

    def __init__(self, system: System) -> None:
        self.count = 0
        for table in (system.tables["groups"], system.tables["plans"]):
            table.get = self._counted(table.get)  # type: ignore[method-assign]
            table.batch_get = self._counted(table.batch_get)  # type: ignore[method-assign]

    def _counted(self, read: Callable[P, T]) -> Callable[P, T]:
        def counted(*args: P.args, **options: P.kwargs) -> T:
            self.count += 1
            return read(*args, **options)

        return counted


@pytest.mark.parametrize("whole", [True, False])
def test_the_import_of_a_page_says_that_the_export_goes_on(system: System, whole: bool) -> None:
    for number in range(3):
        system.group(f"Group {number}", serverSelectionTags={"n": str(number)})

    for page, partial in zip(pages(system, limit=2), (True, False), strict=True):
        document = {"document": page} if whole else page
        assert system.call("import_configuration", **document)["partial"] is partial
