"""The reference of accounts names numbers, resources and operations that there are."""

from __future__ import annotations

import re
from typing import Final

from local.cloudformation.template import Place
from shared.catalogue import CATALOGUE
from shared.cross_account import ACCOUNT_KEPT, REFRESH_BEFORE, SESSION_SECONDS
from tests.support.templates import load_template
from tests.unit.docs.markdown import Document

REFERENCE: Final = Document("docs/reference/DRS_CROSS_ACCOUNT_REFERENCE.md")
ROLE: Final = load_template(
    "cross-account-role-stack.yaml",
    Place("111122223333", "us-west-2"),
    OrchestrationAccountId="123456789012",
    ExternalId="agreed-0001",
)
EVENTS: Final = load_template("eventbridge-stack.yaml")


def test_the_numbers_are_those_of_the_code() -> None:
    seconds = [SESSION_SECONDS, int(REFRESH_BEFORE.total_seconds()), int(ACCOUNT_KEPT.total_seconds())]

    assert [row["is"] for row in REFERENCE.table("number", "is")] == [f"{one} s" for one in seconds]


def test_the_stations_of_an_event_are_in_the_templates() -> None:
    rule = ROLE.properties("LaunchResultForwarding")
    rows = REFERENCE.table("station", "made by", "in")

    (source,), (kind,) = rule["EventPattern"]["source"], rule["EventPattern"]["detail-type"]
    assert rows[0]["station"] == f"rule for `{kind}` of `{source}`, and the role `EventForwardingRole`"
    assert ROLE.creates("EventForwardingRole")
    assert rows[-1]["station"] == f"rule `{EVENTS.properties('LaunchResultRule')['Name']}`"
    for row in rows[1:-1]:
        made = re.findall(r"cfn/([a-z-]+\.yaml)", row["made by"])
        template = load_template(made[0]) if made else ROLE
        assert set(re.findall(r"`(\w+)`", row["station"])) <= set(template.body["Parameters"])


def test_what_checks_something_is_an_operation() -> None:
    rows = REFERENCE.table("question", "operation", "it says")
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row["operation"])}

    assert named <= set(CATALOGUE.entries)
    assert all(re.findall(r"`\w+`", row["operation"]) or row["operation"] == "none" for row in rows)


def test_the_trust_has_the_condition_that_is_told() -> None:
    (statement,) = ROLE.properties("OrchestrationRole")["AssumeRolePolicyDocument"]["Statement"]

    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "agreed-0001"}}
    assert statement["Principal"]["AWS"].endswith(":iam::123456789012:root")
    assert "ExternalId" not in (name for name, one in ROLE.body["Parameters"].items() if "Default" in one)
    assert ROLE.body["Parameters"]["ExternalId"]["NoEcho"] is True
