"""How large a document and a report may be."""

import json

from tests.integration.configuration.conftest import System
from tests.integration.configuration.test_import import document, run


def test_more_groups_and_plans_than_a_report_can_name_are_refused_by_their_number(system: System) -> None:
    many = [{"groupName": f"G{number}", "region": "us-west-2", "sourceServerIds": []} for number in range(4_990)]
    plans = tuple({"planName": f"P{number}", "waves": []} for number in range(11))

    answer = run(system, document(*many, plans=plans))

    [field] = answer["details"]["fields"]
    assert field == {
        "field": "protectionGroups",
        "reason": "5,001 groups and plans in all, at most 5,000 are imported at once: "
        "make it several documents, groups before the plans that name them",
        "code": "TOO_MANY",
    }
    nested = system.call("import_configuration", document=document(*many, plans=plans), dryRun=True)
    assert [each["field"] for each in nested["details"]["fields"]] == ["document.protectionGroups"]


def test_plans_over_many_unknown_groups_are_reported_in_an_answer_that_lambda_lets_out(system: System) -> None:
    names = [f"{'unknown ' * 7}{number}" for number in range(1_000)]
    wave = {"waveNumber": 0, "waveName": "One", "protectionGroupNames": names}
    plans = tuple({"planName": f"Plan {number}", "waves": [wave]} for number in range(40))

    report = run(system, document(plans=plans), dryRun=True)

    assert report["summary"]["failed"] == 40
    assert [len(item["reasons"]) + item["moreReasons"] for item in report["failed"]] == [1_000] * 40
    assert len(json.dumps(report).encode()) < 2_000_000
