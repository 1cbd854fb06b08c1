"""A mail's commands are cut out exactly as a person would copy them."""

import pytest

from local.demo.commands import NoCommandError, command_block

RESUME = "T='AAAA' #\nT+='BBBB' #\naws stepfunctions send-task-success --task-token \"$T\" --task-output '{}' #\n"
CANCEL = "T='AAAA' #\nT+='BBBB' #\naws stepfunctions send-task-failure --task-token \"$T\" --error UserCancelled #\n"
INVOKE = (
    "| aws lambda invoke --function-name execution-handler:live --payload fileb:///dev/stdin /dev/stdout; sleep 3 #\n"
)
RETRY = f"""echo '{{"operation": "retry_wave", "parameters": {{"executionId": "e", "waveNumber": 1}}}}' {INVOKE}"""
SKIP = RETRY.replace("retry_wave", "skip_wave")
TERMINATE = RETRY.replace("retry_wave", "terminate_instances")
MAIL = f"Wave 2 waits.\n\nTo resume:\n\n{RESUME}\nTo cancel:\n\n{CANCEL}\nGood luck.\n"
FAILURE = f"Wave 2 failed.\n\nTo retry:\n\n{RETRY}\nTo skip:\n\n{SKIP}\n{MAIL}"


@pytest.mark.parametrize(
    ("mail", "wish", "block"),
    [
        (MAIL, "resume", RESUME),
        (MAIL, "cancel", CANCEL),
        (FAILURE, "retry", RETRY),
        (FAILURE, "skip", SKIP),
        (FAILURE, "resume", RESUME),
        (FAILURE, "cancel", CANCEL),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_the_block_of_a_wish_is_cut_out_whole_whatever_a_mail_program_made_of_its_line_ends(
    mail: str, wish: str, block: str, line_end: str
) -> None:
    assert command_block(mail.replace("\n", line_end), wish) == block


@pytest.mark.parametrize(
    ("mail", "wish"),
    [("Nothing to do.", "resume"), (MAIL, "retry"), (MAIL, "skip"), (f"Clean up:\n\n{TERMINATE}", "skip")],
)
def test_a_mail_without_the_command_is_refused(mail: str, wish: str) -> None:
    with pytest.raises(NoCommandError, match=wish):
        command_block(mail, wish)


@pytest.mark.parametrize("wish", ["retry", "skip", "resume"])
def test_a_command_within_a_sentence_is_none(wish: str) -> None:
    words = f"  app-1: could not be launched: {RETRY.strip()} {SKIP.strip()} aws stepfunctions send-task-success #\n"

    assert command_block(words + FAILURE, wish) == command_block(FAILURE, wish)
