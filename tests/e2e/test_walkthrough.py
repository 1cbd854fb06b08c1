"""docs/guides/DRS_EXECUTION_WALKTHROUGH.md, command by command: what is printed is what the document shows."""

import re
from typing import Final

import pytest

from tests.e2e.hub import Hub
from tests.e2e.pasting import settle
from tests.e2e.terminal import Terminal
from tests.unit.docs.markdown import Document

DOCUMENT: Final = Document("docs/guides/DRS_EXECUTION_WALKTHROUGH.md")
SHOWN: Final = re.findall(r"^```bash\n(.*?)^```\n\n```text\n(.*?)^```$", DOCUMENT.text, re.MULTILINE | re.DOTALL)


def _lasting(text: str) -> str:
    """What does not differ from one run to the next: ids, times and other numbers do."""
    return re.sub(r"\d+(?:\.\d+)?", "N", re.sub(r"\bexec-\w{26}\b", "exec-N", text)).strip()


def test_every_command_of_the_walkthrough_is_shown_with_what_it_prints() -> None:
    assert [command for command, _ in SHOWN] == [block.text for block in DOCUMENT.shell_blocks()]


def _change_settings(hub: Hub, plan_id: str) -> None:
    """DRS does not have the groups' launch settings, as before the first drill: other documents have run some."""
    plan = hub.ask("get_recovery_plan", planId=plan_id)
    for group_id in {group_id for wave in plan["waves"] for group_id in wave["protectionGroupIds"]}:
        group = hub.ask("get_protection_group", groupId=group_id)
        config = group["launchConfig"]
        changed = {**config, "copyTags": not config.get("copyTags", False)}
        hub.ask("update_protection_group", groupId=group_id, version=group["version"], launchConfig=changed)


@pytest.mark.requirement("PRD-02", "PRD-34")
def test_the_walkthrough_goes_as_it_is_shown(hub: Hub, terminal: Terminal) -> None:
    _change_settings(hub, terminal.given["PLAN"])
    printed = []
    for command, _ in SHOWN:
        if execution_id := terminal.value("EXECUTION"):
            settle(hub, execution_id)
        printed.append(terminal.paste(command))

    assert [_lasting(text) for text in printed] == [_lasting(shown) for _, shown in SHOWN], "\n---\n".join(printed)
