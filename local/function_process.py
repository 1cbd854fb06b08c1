"""One process of one function, and the environment it gets."""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from local.aws_calls import FOLDER as RECORDED
from local.clock import ClockDescription
from local.runtime_api import Exited, Invocation, Report, RuntimeApi

if TYPE_CHECKING:
    from local.functions import FunctionSpec

ROOT: Final = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class RuntimeSettings:
    """What AWS's runtime adds to the environment of a function, and where this machine keeps things.

    `credentials_of(role_arn, session_name)` answers session credentials as environment variables. `library_root` holds
    what a function finds beside its own folder; where `only_library` is said it finds nothing else, as in AWS.
    """

    clock: ClockDescription
    region: str
    endpoint: str
    drs_endpoint: str
    credentials_of: Callable[[str, str], Mapping[str, str]]
    log_folder: Path
    library_root: Path = ROOT / "lambda"
    only_library: bool = False


def function_environment(spec: "FunctionSpec", settings: RuntimeSettings, runtime_api: str) -> dict[str, str]:
    """The whole environment of a function's process: the template's, the Lambda runtime's and the local endpoints."""
    return {
        **spec.environment,
        **settings.credentials_of(spec.role_arn, spec.name),
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"local/[{spec.version}]",
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_ENDPOINT_URL": settings.endpoint,
        "AWS_ENDPOINT_URL_DRS": settings.drs_endpoint,
        "_HANDLER": spec.handler,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": os.environ.get("PATH", os.defpath),
        **({RECORDED: os.environ[RECORDED]} if RECORDED in os.environ else {}),
        "PYTHONPATH": os.pathsep.join(str(path) for path in (spec.folder, settings.library_root, ROOT)),
    }


def _python(settings: RuntimeSettings) -> list[str]:
    """This interpreter, with what is installed for it or without."""
    return [sys.executable, "-S"] if settings.only_library else [sys.executable]


class FunctionProcess:
    """A process that polls its own Runtime API; it ends when killed, or when this process does."""

    def __init__(self, spec: "FunctionSpec", settings: RuntimeSettings) -> None:
        self._spec = spec
        self._killed = False
        self._api = RuntimeApi()
        settings.log_folder.mkdir(parents=True, exist_ok=True)
        with (settings.log_folder / f"{spec.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_python(settings), "-m", "local.bootstrap", "--clock", settings.clock.to_json(), spec.handler],
                cwd=spec.folder,
                env=function_environment(spec, settings, self._api.address),
                stdin=subprocess.PIPE,  # held open by us and by nobody else: its end tells the process that we are gone
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C at the terminal is ours to pass on
            )
        self._watcher = threading.Thread(target=self._watch, name=f"watch-{spec.name}", daemon=True)
        self._watcher.start()

    @property
    def pid(self) -> int:
        """The operating system's number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs and nobody has asked it to end."""
        return not self._killed and self._process.poll() is None

    def serves(self, spec: "FunctionSpec") -> bool:
        """Whether this process was started for exactly this version and configuration."""
        return self._spec == spec

    def offer(self, invocation: Invocation) -> None:
        """Gives the process its next event."""
        self._api.offer(invocation)

    def report(self, seconds: float) -> Report | None:
        """What the process says next; None if it says nothing for that many seconds of real time."""
        try:
            return self._api.reports.get(timeout=seconds)
        except queue.Empty:
            return None

    def kill(self) -> None:
        """Ends the process at once."""
        if self.alive:
            self._killed = True
            self._process.kill()

    def close(self) -> None:
        """Waits for the end of the process and frees what belongs to it."""
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._watcher.join()
        self._api.close()

    def _watch(self) -> None:
        self._api.reports.put(Exited(self._process.wait()))
