"""Commands that a person pastes into a shell, as a mail carries them.

Mail programs fold long lines, turn line ends into CRLF and strip what they like. So a token comes in short pieces,
every command is one physical line without continuation, and every line ends in ` #`, which swallows a carriage return.
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared.models.gate import Gate

PIECE: Final = 200
"""Characters of a token per line; mail programs fold what is much longer."""
Parameter = str | int | bool
_END: Final = " #"
_CONSOLES: Final = {
    "aws": "console.aws.amazon.com",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-cn": "console.amazonaws.cn",
}
_STATUS_AND_WAVES: Final = "Items[].[status.S,waves.L[].M.join(' ',[waveName.S,status.S])]"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the commands are run: the hub's account and region, and what is there."""

    hub_account_id: str
    region: str
    partition: str
    table: str
    execution_function: str


def cloudshell_link(place: Place) -> str | None:
    """CloudShell in the hub's region; None in a partition whose console's address we do not know."""
    console = _CONSOLES.get(place.partition)
    return console and f"https://{place.region}.{console}/cloudshell/home?region={place.region}"


def approve_block(place: Place, execution_id: str, plan_id: str, token: str) -> str:
    """Approves the gate of the token, then shows status and waves, also if the token was used before."""
    succeed = f"aws stepfunctions send-task-success --task-token \"$T\" --task-output '{{}}' --region {place.region}"
    return _block(token, succeed, status_query(place, execution_id, plan_id))


def cancel_block(place: Place, execution_id: str, plan_id: str, token: str) -> str:
    """Rejects the gate of the token, which cancels the execution, then shows status and waves."""
    fail = (
        'aws stepfunctions send-task-failure --task-token "$T" --error UserCancelled'
        f" --cause 'Cancelled by mail' --region {place.region}"
    )
    return _block(token, fail, status_query(place, execution_id, plan_id))


def status_command(place: Place, execution_id: str, plan_id: str) -> str:
    """Shows status and waves."""
    return status_query(place, execution_id, plan_id) + _END


def terminate_command(place: Place, execution_id: str) -> str:
    """Terminates the instances of a drill."""
    return _invocation(place, "terminate_instances", {"executionId": execution_id}) + _END


def retry_command(place: Place, gate: Gate, *, relaunch: bool = False) -> str:
    """Launches the failed servers of the gate's wave again, shows the answer, then status and waves.

    With `relaunch` also those that are launched and still not healthy.
    """
    return _deciding_command("retry_wave", place, gate, {"relaunch": True} if relaunch else {})


def skip_command(place: Place, gate: Gate) -> str:
    """Lets the plan go on without the gate's wave, shows the answer, then status and waves."""
    return _deciding_command("skip_wave", place, gate, {})


def _deciding_command(operation: str, place: Place, gate: Gate, more: Mapping[str, Parameter]) -> str:
    """Decides this failure gate and no later one of the same wave."""
    named = {"executionId": gate.execution_id, "waveNumber": int(gate.scope), "gateNumber": gate.number, **more}
    return _with_status(_invocation(place, operation, named), status_query(place, gate.execution_id, gate.plan_id))


def status_query(place: Place, execution_id: str, plan_id: str) -> str:
    """Reads the header only, by both keys."""
    values = json.dumps({":e": {"S": execution_id}, ":p": {"S": plan_id}}, separators=(",", ":"))
    return (
        f"aws dynamodb query --table-name {place.table}"
        " --key-condition-expression 'executionId = :e AND planId = :p'"
        f" --expression-attribute-values {shlex.quote(values)} --consistent-read"
        f' --query "{_STATUS_AND_WAVES}" --output text --region {place.region}'
    )


def _block(token: str, command: str, query: str) -> str:
    pieces = [token[start : start + PIECE] for start in range(0, len(token), PIECE)]
    lines = [f"{'T+=' if number else 'T='}{_quoted(piece)}{_END}" for number, piece in enumerate(pieces)]
    return "\n".join([*lines, _with_status(command, query)])


def _invocation(place: Place, operation: str, parameters: Mapping[str, Parameter]) -> str:
    """Asks the function that controls executions, and shows its answer, be it a refusal.

    Through a pipe: the CLI opens /dev/stdout anew, which would cut a file in which a person keeps what is printed.
    """
    call = json.dumps({"operation": operation, "parameters": parameters})
    return (
        f"echo {shlex.quote(call)} | aws lambda invoke --function-name {place.execution_function}"
        f" --payload fileb:///dev/stdin --region {place.region} /dev/stdout | cat"
    )


def _with_status(command: str, query: str) -> str:
    """The true status follows, whatever became of the command; three seconds let the engine take it up."""
    return f"{command}; sleep 3; {query}{_END}"


def _quoted(piece: str) -> str:
    return "'" + piece.replace("'", "'\\''") + "'"
