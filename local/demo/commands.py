"""The commands that a mail carries, cut out as a person would copy them."""

import re
from typing import Final

_BLOCK: Final = re.compile(
    r"^(?:T=.*\n(?:T\+=.*\n)*)?aws stepfunctions (send-task-(?:success|failure)) .*$", re.MULTILINE
)
_VERBS: Final = {"resume": "send-task-success", "cancel": "send-task-failure"}


class NoCommandError(ValueError):
    """The mail does not carry the command that was asked for."""


def command_block(body: str, wish: str) -> str:
    """The lines to paste for `resume` or `cancel`, with LF line ends; NoCommandError if the mail has none."""
    for block in _BLOCK.finditer(body.replace("\r\n", "\n")):
        if block.group(1) == _VERBS[wish]:
            return block.group(0) + "\n"
    raise NoCommandError(f"the mail carries no command to {wish}")
