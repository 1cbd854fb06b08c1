"""Runs each function in processes of its own, with exactly the environment that its template gives it."""

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from local.function_process import FunctionProcess, RuntimeSettings
from local.runtime_api import Answer, Exited, InitFailed, Invocation, Ready, error_payload

MOST_BYTES: Final = 6 * 1024 * 1024
"""The largest payload of a call and of its answer (Lambda's quota for synchronous invocation)."""

MOST_EVENT_BYTES: Final = 1024 * 1024
"""The largest payload of an event (Lambda's quota for asynchronous invocation)."""

_INIT_SECONDS: Final = 30.0  # AWS allows 10; a laptop with two busy cores needs longer to import


@dataclass(frozen=True)
class FunctionSpec:
    """A function as its template declares it; the timeout is in seconds of real time, as in AWS."""

    name: str
    version: str
    folder: Path
    handler: str
    timeout: float
    memory: int
    role_arn: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """What has processes of its own: a version of a function."""
        return self.name, self.version


@dataclass(frozen=True)
class Outcome:
    """What an invocation answered; `failed` is Lambda's FunctionError."""

    payload: bytes
    failed: bool
    request_id: str = ""


class Functions:
    """Every function of one local system; a version gets a further process when all of its own are busy."""

    def __init__(self, settings: RuntimeSettings, max_processes: int = 2) -> None:
        self._settings = settings
        self._max_processes = max_processes
        self._idle: dict[tuple[str, str], list[FunctionProcess]] = {}
        self._all: dict[tuple[str, str], list[FunctionProcess]] = {}
        self._changed = threading.Condition()
        self._stopped = False

    def invoke(self, spec: FunctionSpec, function_arn: str, payload: bytes) -> Outcome:
        """Invokes a function and waits for its answer; a call that is too late or ends the process is an error."""
        request_id = str(uuid.uuid4())
        process = self._take(spec)
        outcome: Outcome | None = None
        try:
            outcome = self._run(process, spec, request_id, function_arn, payload)
            return outcome
        finally:
            self._give_back(spec, process, usable=outcome is not None and process.alive)

    def processes(self, name: str) -> list[int]:
        """The process ids of a function."""
        with self._changed:
            return [process.pid for process in self._of(name)]

    def kill(self, name: str) -> None:
        """Kills the processes of a function, as a crash of its sandboxes would."""
        with self._changed:
            processes = self._of(name)
        for process in processes:
            process.kill()

    def move(self, region: str) -> None:
        """Ends every process; whatever is invoked from now on runs in that region."""
        with self._changed:
            self._settings = replace(self._settings, region=region)
            processes = [process for group in self._all.values() for process in group]
        for process in processes:
            process.kill()

    def stop(self) -> None:
        """Ends every process; calls still under way end with an error."""
        with self._changed:
            self._stopped = True
            processes = [process for group in self._all.values() for process in group]
            self._changed.notify_all()
        for process in processes:
            process.kill()
        for process in processes:
            process.close()

    def _run(self, process: FunctionProcess, spec: FunctionSpec, request_id: str, arn: str, payload: bytes) -> Outcome:
        ready = process.report(_INIT_SECONDS)
        if not isinstance(ready, Ready):
            process.kill()
            return _not_ready(ready, request_id)
        deadline = time.time() + spec.timeout
        process.offer(Invocation(request_id, arn, payload, deadline))
        answer = process.report(spec.timeout)
        if isinstance(answer, Answer):
            return _answered(answer, request_id)
        process.kill()
        if isinstance(answer, Exited):
            return _exited(answer, request_id)
        late = f"RequestId: {request_id} Error: Task timed out after {spec.timeout:.2f} seconds"
        return Outcome(error_payload("Sandbox.Timedout", late), True, request_id)

    def _take(self, spec: FunctionSpec) -> FunctionProcess:
        with self._changed:
            while not self._stopped:
                idle = self._idle.setdefault(spec.key, [])
                while idle:
                    process = idle.pop()
                    if process.alive and process.serves(spec):
                        return process
                    self._forget(process)
                if len(self._all.setdefault(spec.key, [])) < self._max_processes:
                    process = FunctionProcess(spec, self._settings)
                    self._all[spec.key].append(process)
                    return process
                self._changed.wait()
        raise FunctionsStoppedError

    def _give_back(self, spec: FunctionSpec, process: FunctionProcess, *, usable: bool) -> None:
        with self._changed:
            if usable and not self._stopped:
                self._idle[spec.key].append(process)
            else:
                self._forget(process)
            self._changed.notify_all()

    def _of(self, name: str) -> list[FunctionProcess]:
        return [process for key, group in self._all.items() if key[0] == name for process in group]

    def _forget(self, process: FunctionProcess) -> None:
        for group in self._all.values():
            if process in group:
                group.remove(process)
        process.kill()
        process.close()


class PayloadTooLargeError(Exception):
    """The payload is larger than Lambda takes; `size` and `most` are bytes."""

    def __init__(self, size: int, most: int) -> None:
        super().__init__(f"{size} byte payload is too large: the limit is {most} bytes")
        self.size, self.most = size, most


class FunctionsStoppedError(Exception):
    """The local system is stopping: no function runs any more."""


def _answered(answer: Answer, request_id: str) -> Outcome:
    if len(answer.payload) <= MOST_BYTES:
        return Outcome(answer.payload, answer.failed, request_id)
    message = f"Response payload size exceeded maximum allowed payload size ({MOST_BYTES} bytes)."
    return Outcome(error_payload("Function.ResponseSizeTooLarge", message), True, request_id)


def _exited(exited: Exited, request_id: str) -> Outcome:
    ending = f"signal: {-exited.code}" if exited.code < 0 else f"exit status {exited.code}"
    message = f"RequestId: {request_id} Error: Runtime exited with error: {ending}"
    return Outcome(error_payload("Runtime.ExitError", message), True, request_id)


def _not_ready(report: object, request_id: str) -> Outcome:
    if isinstance(report, InitFailed):
        return Outcome(report.payload, True, request_id)
    if isinstance(report, Exited):
        return _exited(report, request_id)
    message = f"RequestId: {request_id} Error: the function did not start within {_INIT_SECONDS:.0f} seconds"
    return Outcome(error_payload("Sandbox.Timedout", message), True, request_id)
