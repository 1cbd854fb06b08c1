"""A mail's commands are cut out exactly as a person would copy them."""

import pytest

from local.demo.commands import NoCommandError, command_block

RESUME = "T='AAAA' #\nT+='BBBB' #\naws stepfunctions send-task-success --task-token \"$T\" --task-output '{}' #\n"
CANCEL = "T='AAAA' #\nT+='BBBB' #\naws stepfunctions send-task-failure --task-token \"$T\" --error UserCancelled #\n"
MAIL = f"Wave 2 waits.\n\nTo resume:\n\n{RESUME}\nTo cancel:\n\n{CANCEL}\nGood luck.\n"


@pytest.mark.parametrize(("wish", "block"), [("resume", RESUME), ("cancel", CANCEL)])
def test_the_block_of_a_wish_is_cut_out_whole(wish: str, block: str) -> None:
    assert command_block(MAIL, wish) == block


def test_line_ends_of_a_mail_program_are_no_obstacle() -> None:
    assert command_block(MAIL.replace("\n", "\r\n"), "resume") == RESUME


def test_a_mail_without_the_command_is_refused() -> None:
    with pytest.raises(NoCommandError, match="resume"):
        command_block("Nothing to do.", "resume")
