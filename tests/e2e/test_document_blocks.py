"""The blocks of shell in README and docs, pasted in their order; tests/unit/docs sees to those that say why not."""

from typing import Final

import pytest

from tests.e2e.hub import Hub
from tests.e2e.pasting import settle
from tests.e2e.terminal import Terminal
from tests.unit.docs.markdown import Block, Document, documents


def _is_run(block: Block) -> bool:
    """CI itself runs blocks of make."""
    return not block.note and not all(line.startswith("make ") for line in block.text.split("\n") if line)


DOCUMENTS: Final = [one for one in documents() if any(_is_run(block) for block in one.shell_blocks())]


@pytest.mark.requirement("PRD-34")
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.path)
def test_every_block_of_a_document_succeeds(hub: Hub, terminal: Terminal, document: Document) -> None:
    for block in filter(_is_run, document.shell_blocks()):
        if "EXECUTION=" in block.text and "start_execution" not in block.text:
            started = hub.ask("start_execution", planId=terminal.given["PLAN"], executionType="DRILL")
            terminal.given["EXECUTION"] = started["executionId"]
            settle(hub, started["executionId"])
        elif (execution_id := terminal.value("EXECUTION")) and "$EXECUTION" in block.text:
            settle(hub, execution_id)
        terminal.paste(block.text)
