"""docs/guides/DRS_EXECUTION_WALKTHROUGH.md, command by command: what is printed is what the document shows."""

import re
from typing import Final

import pytest

from tests.e2e import test_document_blocks as blocks
from tests.e2e.hub import Hub
from tests.e2e.terminal import Terminal
from tests.unit.docs.markdown import Document

DOCUMENT: Final = Document("docs/guides/DRS_EXECUTION_WALKTHROUGH.md")
SHOWN: Final = re.findall(r"^```bash\n(.*?)^```\n\n```text\n(.*?)^```$", DOCUMENT.text, re.MULTILINE | re.DOTALL)

sample = blocks.sample
terminal = blocks.terminal


def _lasting(text: str) -> str:
    """What does not differ from one run to the next: ids, times and other numbers do."""
    return re.sub(r"\d+(?:\.\d+)?", "N", re.sub(r"\bexec-\w{26}\b", "exec-N", text)).strip()


def test_every_command_of_the_walkthrough_is_shown_with_what_it_prints() -> None:
    assert [command for command, _ in SHOWN] == [block.text for block in DOCUMENT.shell_blocks()]


@pytest.mark.requirement("PRD-02", "PRD-34")
def test_the_walkthrough_goes_as_it_is_shown(hub: Hub, terminal: Terminal) -> None:
    printed = []
    for command, _ in SHOWN:
        if execution_id := terminal.value("EXECUTION"):
            blocks._settle(hub, execution_id)
        printed.append(terminal.paste(command))

    assert [_lasting(text) for text in printed] == [_lasting(shown) for _, shown in SHOWN], "\n---\n".join(printed)
