"""Statuses, moves, codes, keys, states and numbers in the documents are those of the code."""

import ast
import importlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import pytest

from shared import execution_utils as moves
from shared.engine import bounds
from shared.errors import ConflictReason, ErrorCode
from shared.models.execution import ExecutionStatus
from shared.models.finding import FindingCode
from shared.models.mail import MailType
from shared.models.server_record import HealthStatus, LaunchStatus
from shared.models.targets import ServerKey, Target
from shared.models.wave_record import WaveStatus
from shared.roles import Role
from shared.stores import keys
from tests.unit.docs.markdown import ROOT, Document

ENGINE: Final = Document("docs/architecture/ENGINE.md")
ARCHITECTURE: Final = Document("docs/architecture/ARCHITECTURE.md")
OPERATOR_GUIDE: Final = Document("docs/guides/OPERATOR_GUIDE.md")
ERROR_CODES: Final = Document("docs/troubleshooting/ERROR_CODES.md")

MOVES: Final[Mapping[str, Mapping[Any, frozenset[Any]]]] = {
    "ExecutionStatus": moves.EXECUTION_MOVES,
    "WaveStatus": moves.WAVE_MOVES,
    "LaunchStatus": moves.LAUNCH_STATUS_MOVES,
    "HealthStatus": moves.HEALTH_MOVES,
    "LaunchState": moves.LAUNCH_STATE_MOVES,
    "GateStatus": moves.GATE_MOVES,
    "RequestState": moves.REQUEST_MOVES,
    "TerminationStatus": moves.TERMINATION_MOVES,
}


def _first_column(document: Document, *columns: str) -> list[str]:
    return [row[columns[0]].strip("`") for row in document.table(*columns)]


@pytest.mark.parametrize("noun", MOVES)
def test_the_legal_moves_are_those_of_the_code(noun: str) -> None:
    listed = {row[noun]: {word for word in row["may become"].split(", ") if word} for row in ENGINE.table(noun)}

    assert listed == {status.value: {each.value for each in after} for status, after in MOVES[noun].items()}


@pytest.mark.parametrize("noun", [ExecutionStatus, WaveStatus, LaunchStatus, HealthStatus])
def test_the_operator_guide_explains_every_status(noun: type[StrEnum]) -> None:
    assert _first_column(OPERATOR_GUIDE, noun.__name__, "means") == [status.value for status in noun]


@pytest.mark.requirement("PRD-23")
def test_the_operator_guide_explains_every_mail() -> None:
    assert _first_column(OPERATOR_GUIDE, "eventType") == [mail.value for mail in MailType]


@pytest.mark.requirement("SRS-I02")
def test_every_code_conflict_and_finding_is_explained() -> None:
    assert _first_column(ERROR_CODES, "code", "means", "`details`") == [code.value for code in ErrorCode]
    assert _first_column(ERROR_CODES, "reason", "means") == [reason.value for reason in ConflictReason]
    assert _first_column(ERROR_CODES, "finding", "outcome at worst") == [code.value for code in FindingCode]


def test_every_code_of_a_wrong_field_is_explained() -> None:
    section = ERROR_CODES.text[ERROR_CODES.text.index("## Field codes") :]
    explained = set(re.findall(r"`([A-Z_]+)`", section))
    shapes = (ROOT / "lambda/shared/models/violation.py").read_text(encoding="utf-8")
    written = set(re.findall(r': "([A-Z_]+)"', shapes))
    for path in (ROOT / "lambda").rglob("*.py"):
        if "orchestration-stepfunctions" not in path.parts and path.name != "invocation.py":
            written |= _violation_codes(ast.parse(path.read_text(encoding="utf-8")))

    assert written <= explained


def _violation_codes(tree: ast.AST) -> set[str]:
    """The literal codes of `Violation(field, reason, code)` and `ValidationError.one(field, reason, code)`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) == 3 and _is_violation(node.func):
            found |= {
                constant.value
                for constant in ast.walk(node.args[2])
                if isinstance(constant, ast.Constant) and isinstance(constant.value, str) and constant.value.isupper()
            }
    return found


def _is_violation(called: ast.expr) -> bool:
    if isinstance(called, ast.Attribute):
        return called.attr == "one"
    return isinstance(called, ast.Name) and called.id == "Violation"


@pytest.mark.parametrize("row", ENGINE.table("number", "where", "is"), ids=lambda row: row["number"])
def test_the_numbers_of_the_engine_are_those_of_the_code(row: dict[str, str]) -> None:
    module, _, name = row["where"].strip("`").rpartition(".")
    value = getattr(importlib.import_module(module), name)

    number, _, unit = row["is"].partition(" ")

    if isinstance(value, timedelta):
        assert (timedelta(seconds=int(number)), unit) == (value, "s")
    else:
        assert (float(number), unit) == (value, "")


def test_every_bound_of_the_engine_has_its_row() -> None:
    listed = {row["where"].strip("`") for row in ENGINE.table("number", "where", "is")}

    assert {f"{bounds.__name__}.{name}" for name in vars(bounds) if name.isupper()} <= listed


def test_the_diagrams_of_the_runs_have_the_states_of_the_machine() -> None:
    machine = json.loads((ROOT / "cfn/state-machine.asl.json").read_text())
    runs = [block for block in ENGINE.fences("mermaid") if ' run" as ' in block]

    drawn = {state for block in runs for arrow in re.findall(r"(\w+) --> (\w+)", block) for state in arrow}

    assert len(runs) == 2
    assert drawn <= set(machine["States"])


def test_the_keys_of_an_execution_are_those_of_the_store() -> None:
    plan, at = "<planId>", datetime(2026, 1, 29, tzinfo=UTC)
    server = ServerKey(account_id="111122223333", region="us-west-2", source_server_id="s-1111111111111db01")
    target = Target(account_id="111122223333", region="us-west-2")
    made = {
        keys.wave(plan, 3),
        keys.launch(plan, "<launchId>"),
        keys.request(plan, "<id>"),
        keys.inbox(plan),
        keys.gate(plan, "3", 1),
        keys.gate(plan, "all", 1),
        keys.termination(plan, 1),
        keys.mail(plan, MailType.START),
        keys.server(plan, 3, server).replace(str(server), "<account>#<region>#<server>"),
        keys.verified_server(plan, 3, server).replace(str(server), "<account>#<region>#<server>"),
        keys.verifying(plan, 3),
        keys.members_part(plan, 1),
        keys.lock(server)[keys.PARTITION].replace(str(server), "<account>#<region>#<server>"),
        keys.quota(target)[keys.PARTITION].replace("111122223333#us-west-2", "<account>#<region>"),
        keys.report(plan, "<jobId>"),
        keys.config_of(server).replace(str(server), "<account>#<region>#<server>"),
        keys.config_event(server, at, "<id>")[keys.SORT].replace("2026-01-29T00:00:00.000Z", "<time>"),
        *keys.config_run("<groupId>").values(),
        keys.config_part("<groupId>", "<runId>", 3)[keys.SORT],
        *(part.replace(str(server), "<account>#<region>#<server>") for part in keys.temporary(server).values()),
        keys.turn()[keys.PARTITION],
        keys.hearing(target)[keys.PARTITION].replace("111122223333#us-west-2", "<account>#<region>"),
        keys.event(plan, at, 0, 0).replace("2026-01-29T00:00:00.000Z#00000000#0000", "<time>#<step>#<index>"),
    }

    listed = {
        span
        for row in ARCHITECTURE.table("executionId", "planId")
        for cell in (row["executionId"], row["planId"])
        for span in re.findall(r"`([^`]+)`", cell)
    }

    assert made <= listed
    assert listed - made == {
        "exec-<ulid>",
        "<planId>",
        "lock",
        "quota",
        "events",
        "turn",
        "idem#<scope>#<token>",
        "idem",
        "idem#<sha256>#0000",
        keys.CONFIG_STATE,
    }


def test_the_roles_are_named_in_order() -> None:
    named = re.findall(r"`(DRS[A-Z]\w+)`", ARCHITECTURE.text[ARCHITECTURE.text.index("The five roles") :])

    assert named[: len(Role)] == [role.value for role in Role]
