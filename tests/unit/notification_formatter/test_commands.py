"""The blocks of a mail, pasted into a real bash whose `aws` only writes down what it was asked."""

import json
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jmespath  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notification_formatter.commands import PIECE, Place, retry_command, skip_command
from shared.models.execution import ExecutionStatus
from shared.models.gate import Gate, GateKind
from shared.stores.attribute_values import to_attributes
from tests.unit.notification_formatter.conftest import EXECUTION_ID, PLACE, PLAN_ID, TOKEN, Desk

STUB = """#!/bin/bash
if [ "$1" = lambda ]; then
  cat > "$CALLS.piped"
  printf '{"answer": true}' > "${@: -1}"  # the CLI opens its output file anew, which cuts what is in it
fi
echo "told by $2"
printf '%s\\0' "$@" >> "$CALLS"
printf '\\n' >> "$CALLS"
exit "${STATUS:-0}"
"""
# What mail programs and terminals make of a line end.
ENDS = {"LF": "\n", "CRLF": "\r\n"}


@pytest.fixture
def shell(tmp_path: Path) -> "Shell":
    return Shell(tmp_path)


class Shell:
    """bash with a stub `aws`, and `sleep` without the waiting."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in (("aws", STUB), ("sleep", "#!/bin/bash\n")):
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)

    def paste(self, block: str, *, end: str, status: int = 0) -> list[list[str]]:
        """Feed the block line by line, as a paste does; answers the arguments of each call of `aws`."""
        calls = self.folder / "calls"
        calls.unlink(missing_ok=True)
        with self.record.open("ab") as record:
            ran = subprocess.run(
                ["/bin/bash"],
                input=(block + "\n").replace("\n", end).encode(),
                env={"PATH": f"{self.folder}:/usr/bin:/bin", "CALLS": str(calls), "STATUS": str(status)},
                stdout=record,
                stderr=subprocess.PIPE,
                check=False,
            )
        assert ran.stderr == b""
        if not calls.exists():
            return []
        return [line.split("\0")[:-1] for line in calls.read_text().split("\n") if line]

    @property
    def record(self) -> Path:
        """The file in which the person keeps what the shell prints."""
        return self.folder / "record"

    @property
    def piped(self) -> Any:
        """The JSON that the last invocation was given."""
        return json.loads((self.folder / "calls.piped").read_text())


def blocks(message: str) -> list[str]:
    """The pasteable blocks of a mail: from `T=` to the next empty line."""
    return [part for part in message.split("\n\n") if part.startswith("T=")]


def paused(desk: Desk, token: str = TOKEN) -> list[str]:
    desk.execution(status=ExecutionStatus.PAUSED)
    desk.gate(token=token)
    desk.send_pause()
    return blocks(desk.message)


QUERY = [
    "dynamodb",
    "query",
    "--table-name",
    "aws-drs-orchestration-execution-history-dev",
    "--key-condition-expression",
    "executionId = :e AND planId = :p",
    "--expression-attribute-values",
    json.dumps({":e": {"S": EXECUTION_ID}, ":p": {"S": PLAN_ID}}, separators=(",", ":")),
    "--consistent-read",
    "--query",
    "Items[].[status.S,waves.L[].M.join(' ',[waveName.S,status.S])]",
    "--output",
    "text",
    "--region",
    "us-east-1",
]


INVOKE = [
    "lambda",
    "invoke",
    "--function-name",
    "aws-drs-orchestration-execution-handler-dev:live",
    "--payload",
    "fileb:///dev/stdin",
    "--region",
    "us-east-1",
    "/dev/stdout",
]


@pytest.mark.parametrize("token", [TOKEN, "short", "3f2c9c8e-0d6c-4b58-9d6b-2a1f8f5c1e77", "it's $HOME `id` \\ !"])
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_the_first_block_approves_with_the_whole_token_and_shows_the_status(
    desk: Desk, shell: Shell, token: str, end: str
) -> None:
    approve, _ = paused(desk, token)

    succeed, query = shell.paste(approve, end=end)

    assert succeed == [
        "stepfunctions",
        "send-task-success",
        "--task-token",
        token,
        "--task-output",
        "{}",
        "--region",
        "us-east-1",
    ]
    assert query == QUERY


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_the_second_block_cancels_and_shows_the_status(desk: Desk, shell: Shell, end: str) -> None:
    _, cancel = paused(desk)

    fail, query = shell.paste(cancel, end=end)

    assert fail == [
        "stepfunctions",
        "send-task-failure",
        "--task-token",
        TOKEN,
        "--error",
        "UserCancelled",
        "--cause",
        "Cancelled by mail",
        "--region",
        "us-east-1",
    ]
    assert query == QUERY


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_a_token_that_was_used_before_still_shows_the_status(desk: Desk, shell: Shell, end: str) -> None:
    approve, _ = paused(desk)

    assert shell.paste(approve, end=end, status=254)[-1] == QUERY


def test_no_line_of_a_token_is_long_and_every_line_swallows_a_carriage_return(desk: Desk) -> None:
    for block in paused(desk):
        *token_lines, _ = block.split("\n")
        assert all(line.endswith(" #") for line in block.split("\n"))
        assert token_lines[0].startswith("T='")
        assert all(line.startswith("T+='") for line in token_lines[1:])
        assert all(len(line) <= PIECE + len("T+='' #") for line in token_lines)


def test_a_block_has_one_physical_line_per_command_and_no_continuation(desk: Desk) -> None:
    for block in paused(desk):
        assert sum(1 for line in block.split("\n") if "aws " in line) == 1
        assert "\\\n" not in block


def test_the_query_shows_status_and_waves_of_what_the_store_wrote(desk: Desk) -> None:
    paused(desk)
    stored = desk.table.get({"executionId": EXECUTION_ID, "planId": PLAN_ID})
    assert stored is not None
    answer: dict[str, Any] = {"Items": [to_attributes(stored)]}

    shown = jmespath.search(QUERY[QUERY.index("--query") + 1], answer)

    assert shown == [["PAUSED", ["Database COMPLETED", "Application PENDING"]]]


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_the_status_command_of_a_start_runs_as_it_stands(desk: Desk, shell: Shell, end: str) -> None:
    desk.execution()
    desk.send("start")
    [command] = [line for line in desk.message.splitlines() if line.startswith("aws ")]

    assert shell.paste(command, end=end) == [QUERY]


@pytest.mark.parametrize("operation", ["retry_wave", "skip_wave"])
@pytest.mark.parametrize("status", [0, 254], ids=["accepted", "refused"])
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_retry_and_skip_ask_for_the_wave_and_show_the_status_whatever_they_are_told(
    desk: Desk, shell: Shell, operation: str, status: int, end: str
) -> None:
    desk.execution(status=ExecutionStatus.PAUSED)
    desk.gate(kind=GateKind.FAILURE)
    desk.send_pause()
    [command] = [line for line in desk.message.splitlines() if operation in line]

    invoke, query = shell.paste(command, end=end, status=status)

    assert invoke == INVOKE
    named = {"executionId": EXECUTION_ID, "waveNumber": 1, "gateNumber": 1}
    assert shell.piped == {"operation": operation, "parameters": named}
    assert query == QUERY


@pytest.mark.parametrize("operation", ["retry_wave", "skip_wave"])
def test_whoever_keeps_what_is_printed_in_a_file_loses_none_of_it(desk: Desk, shell: Shell, operation: str) -> None:
    desk.execution(status=ExecutionStatus.PAUSED)
    desk.gate(kind=GateKind.FAILURE)
    desk.send_pause()
    [command] = [line for line in desk.message.splitlines() if operation in line]
    shell.record.write_text("what was printed before\n")

    shell.paste(command, end="\n")

    assert shell.record.read_text().splitlines() == [
        "what was printed before",
        '{"answer": true}told by invoke',
        "told by query",
    ]


@settings(max_examples=20)
@given(
    execution_id=st.from_regex(r"^[A-Za-z0-9_-]{1,64}\Z", fullmatch=True),
    wave_number=st.integers(0, 9999),
    number=st.integers(1, 9999),
    command=st.sampled_from([retry_command, skip_command]),
)
def test_any_execution_and_gate_survive_the_shell(
    execution_id: str, wave_number: int, number: int, command: Callable[[Place, Gate], str]
) -> None:
    line = command(
        PLACE,
        Gate(
            execution_id=execution_id,
            plan_id=PLAN_ID,
            scope=str(wave_number),
            number=number,
            kind=GateKind.FAILURE,
            opened_at=datetime(2026, 1, 29, tzinfo=UTC),
            expires_at=datetime(2027, 1, 28, tzinfo=UTC),
        ),
    )

    assert len(line.splitlines()) == 1
    assert line.endswith(" #")
    with tempfile.TemporaryDirectory() as folder:
        shell = Shell(Path(folder))
        invoke, _ = shell.paste(line, end="\r\n")
        assert invoke == INVOKE
        named = {"executionId": execution_id, "waveNumber": wave_number, "gateNumber": number}
        assert shell.piped["parameters"] == named


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_the_clean_up_command_of_a_drill_runs_as_it_stands(desk: Desk, shell: Shell, end: str) -> None:
    desk.execution(status=ExecutionStatus.COMPLETED)
    desk.send("complete")
    [command] = [line for line in desk.message.splitlines() if "lambda invoke" in line]

    [call] = shell.paste(command, end=end)

    assert call == INVOKE
    assert shell.piped == {"operation": "terminate_instances", "parameters": {"executionId": EXECUTION_ID}}
