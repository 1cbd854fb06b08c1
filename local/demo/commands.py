"""The commands that a mail carries, cut out as a person would copy them."""

import re
from collections.abc import Mapping
from typing import Final

_TOKEN: Final = r"(?:T=.*\n(?:T\+=.*\n)*)?"


def _decision(verb: str) -> re.Pattern[str]:
    return re.compile(rf"^{_TOKEN}aws stepfunctions send-task-{verb} .*$", re.MULTILINE)


def _operation(name: str) -> re.Pattern[str]:
    return re.compile(rf"""^echo '{{"operation": "{name}",.*' \| aws lambda invoke .*$""", re.MULTILINE)


_BLOCKS: Final[Mapping[str, re.Pattern[str]]] = {
    "resume": _decision("success"),
    "cancel": _decision("failure"),
    "retry": _operation("retry_wave"),
    "skip": _operation("skip_wave"),
}


class NoCommandError(ValueError):
    """The mail does not carry the command that was asked for."""


def command_block(body: str, wish: str) -> str:
    """The lines to paste, with LF line ends; NoCommandError if the mail has none.

    A wish is `resume`, which is also to approve and to continue, or `cancel`, `retry`, `skip`.
    """
    block = _BLOCKS[wish].search(body.replace("\r\n", "\n"))
    if block is None:
        raise NoCommandError(f"the mail carries no command to {wish}")
    return block.group(0) + "\n"
