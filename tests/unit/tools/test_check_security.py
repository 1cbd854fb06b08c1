"""What is made of checkov's report: every finding has its reason, every reason its finding, and all was read."""

from __future__ import annotations

from typing import Any

import pytest

from tools.check_security import CFN, Reason, complaints, resources_in

REASONS = {"CKV_1": Reason("it is meant so", ("Logs",))}


def report(*failed: tuple[str, str], read: int = 3, errors: int = 0, skipped: int = 0) -> dict[str, Any]:
    """A report of checkov, as far as it is read."""
    checks = [
        {"check_id": check, "resource": f"AWS::S3::Bucket.{name}", "file_path": "/stack.yaml", "check_name": "is kept"}
        for check, name in failed
    ]
    summary = {"resource_count": read, "parsing_errors": errors, "skipped": skipped}
    return {"summary": summary, "results": {"failed_checks": checks}}


def test_what_has_its_reason_is_no_complaint() -> None:
    assert complaints(report(("CKV_1", "Logs")), 3, REASONS) == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (report(("CKV_1", "Logs"), ("CKV_2", "Logs")), "CKV_2: Logs of stack.yaml: is kept"),
        (report(("CKV_1", "Logs"), ("CKV_1", "Pages")), "CKV_1: Pages of stack.yaml: is kept"),
        (report(), "CKV_1: is not found at Logs any more: its reason goes"),
        (report(("CKV_1", "Logs"), read=2), "checkov read 2 of 3 resources, with 0 errors"),
        (report(("CKV_1", "Logs"), errors=1), "checkov read 3 of 3 resources, with 1 errors"),
        (
            report(("CKV_1", "Logs"), skipped=1),
            "1 findings are left out inside the templates: their reasons belong here",
        ),
    ],
)
def test_everything_else_is_one(said: dict[str, Any], told: str) -> None:
    assert complaints(said, 3, REASONS) == [told]


def test_every_resource_of_every_template_is_counted() -> None:
    assert resources_in(CFN) > 300
