"""Runs of the state machine: begun under fixed names, so that a second beginning is seen."""

from typing import Any, Final

from shared.aws.ports import RunExistsError, RunsPort, RunStatus
from shared.models.execution import ExecutionHeader
from shared.models.gate import Gate
from shared.models.termination import Termination

GATE_CLOSED: Final = "DRSOrchestration.GateClosed"
"""The error that ends a gate's wait without a decision; the state machine catches it by this name."""


def start_execution_run(header: ExecutionHeader, runs: RunsPort) -> bool:
    """Begin the present run of an execution; False if a run of that name has ended."""
    return _start(header.run_name, {"kind": "EXECUTION", "runSeq": header.run_seq}, header, runs)


def start_gate_run(gate: Gate, runs: RunsPort) -> bool:
    """Begin the run of an open gate; False if a run of that name has ended, which calls for the next number."""
    return _start(gate.run_name, {"kind": "GATE", "scope": gate.scope, "number": gate.number}, gate, runs)


def start_termination_run(termination: Termination, runs: RunsPort) -> bool:
    """Begin the present run of a termination; False if a run of that name has ended."""
    parts = {"kind": "TERMINATION", "number": termination.number, "runSeq": termination.run_seq}
    return _start(termination.run_name, parts, termination, runs)


def _start(name: str, parts: dict[str, Any], subject: ExecutionHeader | Gate | Termination, runs: RunsPort) -> bool:
    run_input = {"schema": 1, "executionId": subject.execution_id, "planId": subject.plan_id, **parts}
    try:
        runs.start_run(name, run_input)
    except RunExistsError:
        return runs.run_status(name) is RunStatus.RUNNING
    return True
