"""A small stage for one state machine: a clock, one function, one table's worth of UpdateItem, and the interpreter."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from shared.clock import VirtualClock
from tests.support.agenda import Agenda
from tests.support.asl.dynamo import UpdateItems
from tests.support.asl.errors import StatesError
from tests.support.asl.functions import Handler, LambdaService
from tests.support.asl.interpreter import Interpreter
from tests.support.asl.loading import load_machine, substitute
from tests.support.asl.runs import Run
from tests.support.asl.templates import Json

FUNCTION: Final = "arn:aws:lambda:us-east-1:123456789012:function:answers:live"
RESOURCES: Final = {
    "InvokeFunction": "arn:aws:states:::lambda:invoke",
    "InvokeFunctionAndWait": "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "UpdateItemAndWait": "arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken",
    "OrchestrationFunction": FUNCTION,
    "ExecutionHistoryTable": "aws-drs-orchestration-execution-history-dev",
}
START: Final = datetime(2026, 1, 29, 2, 47, 18, tzinfo=UTC)


@dataclass
class Updates:
    """Remembers UpdateItem calls; refuses as many as are in `refusals`."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def update_item(self, parameters: Mapping[str, Any]) -> None:
        """Remember the call, or refuse it."""
        self.calls.append(dict(parameters))
        if self.refusals:
            raise StatesError(self.refusals.pop(0), "refused as told")

    @property
    def token(self) -> str:
        """The token that the latest call left."""
        return str(self.calls[-1]["ExpressionAttributeValues"][":token"]["S"])


class Stage:
    """Runs one document with one function behind every invocation."""

    def __init__(
        self,
        document: Json,
        handler: Handler,
        order: random.Random | None = None,
        updates: UpdateItems | None = None,
    ) -> None:
        self.clock = VirtualClock(START)
        self.agenda = Agenda(self.clock, order)
        self.functions = LambdaService(self.agenda, {FUNCTION: handler})
        self.updates = Updates()
        text = document if isinstance(document, str) else json.dumps(document)
        machine = load_machine(substitute(text, RESOURCES))
        self.interpreter = Interpreter(machine, self.agenda, self.functions, updates or self.updates)

    def run(self, run_input: Mapping[str, Json], name: str = "run") -> Run:
        """A run from its start until nothing is left to happen."""
        run = self.begin(run_input, name)
        self.agenda.run_until_idle()
        return run

    def begin(self, run_input: Mapping[str, Json], name: str = "run") -> Run:
        """A run up to its first wait."""
        self.interpreter.start_run(name, run_input)
        self.agenda.settle()
        run = self.interpreter.find(name)
        assert run is not None
        return run
