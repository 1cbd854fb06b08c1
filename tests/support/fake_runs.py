"""The state machine as a test sees it: which runs were begun, which waits were ended."""

from collections.abc import Mapping
from typing import Any

from shared.aws.ports import RunExistsError, RunStatus
from shared.errors import ExecutionError


class FakeRuns:
    """Remembers everything; `is_down` lets every call fail as Step Functions would."""

    def __init__(self) -> None:
        self.inputs: dict[str, Mapping[str, Any]] = {}
        self.statuses: dict[str, RunStatus] = {}
        self.succeeded: list[str] = []
        self.asleep: set[str] = set()
        self.is_down = False

    def start_run(self, name: str, run_input: Mapping[str, Any]) -> None:
        self._answer()
        if name in self.statuses:
            raise RunExistsError(name)
        self.inputs[name] = run_input
        self.statuses[name] = RunStatus.RUNNING

    def run_status(self, name: str) -> RunStatus | None:
        self._answer()
        return self.statuses.get(name)

    def succeed(self, token: str, output: Mapping[str, Any]) -> bool:
        self._answer()
        assert output == {}
        self.succeeded.append(token)
        was_asleep = token in self.asleep
        self.asleep.discard(token)
        return was_asleep

    def fail(self, token: str, error: str, cause: str) -> bool:
        raise AssertionError(f"nothing here fails a wait: {token} {error} {cause}")

    def _answer(self) -> None:
        if self.is_down:
            raise ExecutionError("Step Functions did not answer", operation="any")
