"""The documents for a role of one's own: what their commands write, IAM takes, and it means what the templates do."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from tests.least_privilege.calls import Call, kept
from tests.least_privilege.iam import decide
from tests.least_privilege.judging import grants
from tests.least_privilege.roles import ORCHESTRATION, RECOVERY, statements
from tests.support.templates import HUB, load_template
from tools.contract.role_policy import CALLER, PATH
from tools.roles.policies import PLACEHOLDERS

ROOT: Final = Path(__file__).resolve().parents[2]
NAMES: Final = {
    PATH: ("trust", "orchestration", "recovery", "customer-key", "staging-keys"),
    CALLER: ("caller",),
}
INLINE: Final = 10_240
"""Characters of all inline policies of a role together (IAM's quota)."""
MANAGED: Final = 6_144
"""Characters of a managed policy (IAM's quota)."""
VALUES: Final = {
    "111122223333": HUB.account,
    "00000000-0000-0000-0000-000000000000": "notifications",
    "stack/aws-drs-orchestration-dev-": "stack/stack-",
}
"""What the examples of the documents are in the deployment that is judged here."""


@cache
def policy(name: str, path: str = PATH) -> dict[str, Any]:
    """What the function of the document's commands writes."""
    text = (ROOT / path).read_text(encoding="utf-8")
    function = re.search(r"^policy\(\) \{\n.*?^\}\n", text, re.MULTILINE | re.DOTALL)
    assert function
    script = f"{function.group()}policy {name}"
    ran = subprocess.run(["/bin/bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not [word for word in PLACEHOLDERS if word in ran.stdout]
    written = ran.stdout
    for given, meant in VALUES.items():
        written = written.replace(given, meant)
    document: dict[str, Any] = json.loads(written)
    return document


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, names in NAMES.items() for name in names])
def test_a_document_is_what_iam_takes(path: str, name: str) -> None:
    document = policy(name, path)

    assert set(document) == {"Version", "Statement"} and document["Version"] == "2012-10-17"
    assert document["Statement"]
    if name != "trust":
        for statement in document["Statement"]:
            assert {"Sid", "Effect", "Action", "Resource"} <= set(statement)
            assert re.fullmatch(r"[A-Za-z0-9]+", statement["Sid"])
    assert len(_short(document)) <= MANAGED


def test_there_is_no_document_without_a_test() -> None:
    for path, names in NAMES.items():
        assert tuple(re.findall(r"^### (.+)$", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)) == names


def test_all_rights_of_a_role_fit_into_its_inline_policies() -> None:
    names = ("orchestration", "recovery", "customer-key", "staging-keys")

    assert sum(len(_short(policy(name))) for name in names) <= INLINE


@pytest.mark.parametrize("call", sorted(kept()), ids=lambda call: f"{call.role} {call.action}")
def test_a_role_of_ones_own_allows_what_the_role_of_the_stack_does(call: Call) -> None:
    request = call.request(HUB)
    of_stack = [*statements(ORCHESTRATION), *_in_the_hub()]

    assert decide(_all(), request) == decide(of_stack, request)


def test_it_has_the_same_rights_and_no_others() -> None:
    assert grants(_all()) == grants(statements(ORCHESTRATION)) | grants(statements(RECOVERY))


def test_its_statements_hold_under_the_conditions_of_the_templates() -> None:
    of_stack = [*statements(ORCHESTRATION), *statements(RECOVERY)]

    assert {one["Sid"]: one.get("Condition") for one in _all()} == {
        one["Sid"]: one.get("Condition") for one in of_stack
    }


def test_it_is_trusted_as_the_role_of_the_stack_is() -> None:
    role = load_template("master-template.yaml").properties("UnifiedOrchestrationRole")

    assert policy("trust") == role["AssumeRolePolicyDocument"]


def test_the_policy_for_callers_is_the_one_of_the_stack() -> None:
    assert policy("caller", CALLER) == load_template("lambda-stack.yaml").properties("CallerPolicy")["PolicyDocument"]


def _all() -> list[dict[str, Any]]:
    names = ("orchestration", "recovery", "customer-key", "staging-keys")
    return [statement for name in names for statement in policy(name)["Statement"]]


@cache
def _in_the_hub() -> list[dict[str, Any]]:
    given = {"OrchestrationAccountId": HUB.account, "ExternalId": "nobody-assumes-a-role-here", "HubRoleName": "role"}
    template = load_template("cross-account-role-stack.yaml", HUB, **given)
    found: list[dict[str, Any]] = template.properties("RecoveryRights")["PolicyDocument"]["Statement"]
    return found


def _short(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))
