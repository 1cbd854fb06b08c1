"""A report of an import stays an answer that Lambda lets out, whatever the document was."""

import json
from collections.abc import Callable

import pytest

from data_management.import_document import MOST_ITEMS
from data_management.import_report import (
    REASON_BYTES,
    FailedItem,
    Imported,
    ImportedItem,
    ImportReport,
    Kind,
    failed_item,
    refused_item,
    report_of,
    warned_item,
)
from shared.errors import ValidationError
from shared.models.violation import Violation
from shared.operations import Success
from shared.response_utils import http_success, success_object

LAMBDA_BYTES = 6 * 1024 * 1024
PATH = "document.protectionGroups[4999]"


def failed(count: int, reason: str = "is wrong") -> FailedItem:
    violations = (Violation(f"{PATH}.servers[{number}]", reason, "WRONG") for number in range(count))
    return failed_item(Kind.PROTECTION_GROUP, "Databases", PATH, violations, "VALIDATION_ERROR")


def report(*items: FailedItem) -> ImportReport:
    return report_of(Imported(failed=list(items)), Imported(), dry_run=False, partial=False)


@pytest.mark.parametrize(("count", "more"), [(1, None), (100, None), (60_000, 59_900)])
def test_of_an_item_a_hundred_reasons_are_named_and_the_others_counted(count: int, more: int | None) -> None:
    [item] = report(failed(count)).failed

    assert len(item.reasons) == min(count, 100)
    assert (item.reasons[0].field, item.more_reasons) == (f"{PATH}.servers[0]", more)


def test_of_what_somebody_wrote_a_reason_repeats_a_short_piece() -> None:
    violation = Violation("n" * 10_000, "r" * 10_000, "WRONG")

    [reason] = failed_item(Kind.RECOVERY_PLAN, "Shop", PATH, [violation], "VALIDATION_ERROR").reasons

    assert (reason.field, reason.reason) == ("n" * 255 + "…", "r" * 999 + "…")


def test_what_an_operation_counted_beyond_its_fields_is_counted_in_the_report() -> None:
    error = ValidationError.of({"field": f"ids[{number}]", "reason": "no", "code": "WRONG"} for number in range(130))

    item = refused_item(Kind.PROTECTION_GROUP, "Databases", PATH, error)

    assert (len(item.reasons), item.more_reasons) == (100, 30)


def test_items_beyond_the_room_for_reasons_are_told_with_code_and_number_of_reasons() -> None:
    items = [failed(100, reason="r" * 1_000)] * 20

    found = report(*items).failed

    whole = [item for item in found if item.more_reasons is None]
    assert [len(item.reasons) + (item.more_reasons or 0) for item in found] == [100] * 20
    assert sum(reason.json_bytes for item in found for reason in item.reasons) <= REASON_BYTES
    assert 0 < len(whole) < 20
    assert found[-1].reasons == ()
    assert found[-1].model_dump(exclude={"reasons", "more_reasons"}) == items[-1].model_dump(
        exclude={"reasons", "more_reasons"}
    )


def _all_failed(name: str) -> ImportReport:
    violations = [Violation("n" * 300, '"' * 1_000, "W" * 30)] * 100
    item = failed_item(Kind.PROTECTION_GROUP, name, PATH, violations, "VALIDATION_ERROR")
    return report(*[item] * MOST_ITEMS)


def _all_created(name: str) -> ImportReport:
    item = ImportedItem(kind=Kind.PROTECTION_GROUP, name=name, path=PATH, id="0" * 26)
    return report_of(Imported(created=[item] * MOST_ITEMS), Imported(), dry_run=False, partial=True)


def _all_warned(name: str) -> ImportReport:
    violations = [Violation("n" * 300, '"' * 1_000, "W" * 30)] * 130
    item = warned_item(ImportedItem(kind=Kind.PROTECTION_GROUP, name=name, path=PATH, id="0" * 26), violations)
    return report_of(Imported(created=[item] * MOST_ITEMS), Imported(), dry_run=False, partial=True)


def test_warnings_have_the_room_that_reasons_leave_and_are_counted_beyond_it() -> None:
    warned = _all_warned("Databases").created

    assert {len(item.warnings) + (item.more_warnings or 0) for item in warned} == {130}
    assert 0 < sum(reason.json_bytes for item in warned for reason in item.warnings) <= REASON_BYTES
    assert (len(warned[0].warnings), warned[-1].warnings) == (100, ())


@pytest.mark.parametrize("make", [_all_failed, _all_created, _all_warned])
@pytest.mark.parametrize("name", ["\N{OLD PERSIAN SIGN A}" * 64, '"' * 64, "\\" * 64])
def test_the_largest_report_is_an_answer_of_both_doors(make: Callable[[str], ImportReport], name: str) -> None:
    largest = make(name)

    for answer in (success_object(largest), http_success(largest, Success.OK, "r-1", "https://console.example.com")):
        assert len(json.dumps(answer, ensure_ascii=False).encode()) < LAMBDA_BYTES
