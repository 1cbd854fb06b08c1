"""What the guide of recovery and failback leaves to people, no role of the stacks may do."""

from __future__ import annotations

import re
from typing import Any, Final

from botocore.session import get_session

from tests.unit.docs.markdown import ROOT, Document

GUIDES: Final = (
    Document("docs/guides/DRS_RECOVERY_AND_FAILBACK_COMPLETE_GUIDE.md"),
    Document("docs/guides/DRS_PRE_PROVISIONED_INSTANCE_RECOVERY.md"),
)
OURS: Final = {"DescribeRecoveryInstances", "StartRecovery", "UpdateLaunchConfiguration"}
"""What the hub calls too, of what these guides have people call."""

FOR_NOBODY: Final = re.compile(r"Failback|Reverse|Disconnect|Delete|Stop|Retry")


def _allowed() -> set[str]:
    """Every action on DRS that a template names."""
    templates = [path.read_text(encoding="utf-8") for path in (ROOT / "cfn").glob("*.yaml")]
    return {action for text in templates for action in re.findall(r"(?<![:\w])drs:([A-Z]\w*\*?|\*)(?!:)", text)}


def _of_people() -> set[str]:
    blocks = [block.text for guide in GUIDES for block in guide.shell_blocks()]
    commands = {name for block in blocks for name in re.findall(r"^aws drs ([a-z-]+)", block, re.MULTILINE)}
    return {"".join(word.capitalize() for word in name.split("-")) for name in commands}


def test_what_people_are_to_do_in_drs_no_role_may() -> None:
    people = _of_people()

    assert {"ReverseReplication", "StartFailbackLaunch", "DeleteRecoveryInstance"} <= people
    assert people & _allowed() <= OURS


def test_nothing_of_drs_is_taken_out_or_failed_back_by_a_role() -> None:
    model: Any = get_session().get_service_model("drs")
    allowed = _allowed()

    assert "StartRecovery" in allowed
    assert {name for name in model.operation_names if FOR_NOBODY.search(name)} & allowed == set()
    assert not [action for action in allowed if action.endswith("*")]
