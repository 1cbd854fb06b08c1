"""A terminal in which blocks of documents are pasted, beside the sample that they are about."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from local.demo.configuration import read_sample
from local.system import LocalSystem
from shared.models.execution import TERMINAL_STATUSES
from tests.e2e.hub import Hub
from tests.e2e.terminal import Terminal
from tests.e2e.waiting import eventually
from tests.unit.docs.markdown import Document

LONG: Final = 10_080
"""The default deadline of a wave is over in less than half a minute at this clock."""


@pytest.fixture(scope="package")
def sample(hub: Hub, system: LocalSystem) -> dict[str, str]:
    """What `make run` has made: the ids of the sample's plan and of the group of its databases."""
    sample = read_sample()
    for wave in sample.document["recoveryPlans"][0]["waves"]:
        wave["deadlineMinutes"] = LONG
    hub.drs.protect_estate(sample.estate)
    system.furnish(sample.networks)
    report = hub.ask("import_configuration", **sample.document, mappings=sample.mappings)
    assert report["failed"] == []
    (plan,) = hub.every("list_recovery_plans", namePrefix=sample.plan_name)
    (group,) = hub.every("list_protection_groups", namePrefix="DatabaseServersWaveGroup")
    return {"PLAN": plan["planId"], "GROUP": group["groupId"]}


@pytest.fixture
def terminal(hub: Hub, sample: dict[str, str], tmp_path: Path) -> Iterator[Terminal]:
    """A terminal of an operator; what its blocks start is over and gone before the next."""
    terminal = Terminal(tmp_path, hub.system.environment(), given=dict(sample))
    terminal.set(**sample)
    for block in Document("README.md").shell_blocks()[1:2]:
        terminal.paste(block.text)
    terminal.set(**sample)
    yield terminal
    hub.drs.heal()
    for execution in list(hub.every("list_executions", planId=sample["PLAN"])):
        _end(hub, execution["executionId"])


def _end(hub: Hub, execution_id: str) -> None:
    if hub.execution(execution_id)["status"] not in TERMINAL_STATUSES:
        hub.answer("cancel_execution", executionId=execution_id)
    ended = hub.ended(execution_id)
    if any(wave["launchedCount"] for wave in ended["waves"]) and "termination" not in ended:
        hub.ask("terminate_instances", executionId=execution_id)
    eventually(lambda: _is_settled(hub.execution(execution_id)), f"{execution_id} should leave nothing")


def _is_settled(execution: dict[str, Any]) -> bool:
    """Whether nothing goes on in it: it has ended, or waits for a person."""
    if execution.get("termination", {}).get("status") == "RUNNING":
        return False
    waits = any(gate["status"] == "OPEN" for gate in execution["gates"])
    works = any(wave["status"] in {"LAUNCHING", "VALIDATING"} for wave in execution["waves"])
    return execution["status"] in TERMINAL_STATUSES or (waits and not works)


def _decided(execution: dict[str, Any]) -> tuple[str, list[str], list[str]]:
    """What does not change by time alone."""
    waves, gates = execution["waves"], execution["gates"]
    return execution["status"], [wave["status"] for wave in waves], [gate["status"] for gate in gates]


def settle(hub: Hub, execution_id: str) -> None:
    """Wait until nothing goes on: a request is seen a moment after it was accepted."""

    def is_still() -> bool:
        before = hub.execution(execution_id)
        time.sleep(1)
        return _is_settled(before) and _decided(hub.execution(execution_id)) == _decided(before)

    eventually(is_still, f"{execution_id} should come to rest", seconds=240)
