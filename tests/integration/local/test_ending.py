"""However the local system ends, nothing is left of it."""

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.cloud import CloudInUseError
from local.function_process import ROOT
from local.moto_patches import assume_role, service_quotas
from local.moto_patches.patches import Patches
from local.system import LocalSystem
from tests.integration.local.conftest import small_blueprint, told_drs
from tests.integration.local.waiting import eventually


class Running:
    """The small system in a process of its own."""

    def __init__(self, folder: Path, how: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.local.running", str(folder), how],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def says(self) -> Any:
        """Its next line."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            assert self.process.stderr is not None
            raise AssertionError(self.process.stderr.read().decode())
        return json.loads(line)

    def close(self) -> str:
        """Ends it, if need be; answers its standard error."""
        self.process.kill()
        _, errors = self.process.communicate()
        return errors.decode()


@pytest.fixture
def running(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    process = Running(tmp_path, request.param)
    yield process
    process.close()


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"


@pytest.mark.parametrize("running", ["stop"], indirect=True)
def test_stopping_ends_every_process_and_thread_and_frees_the_port(running: Running) -> None:
    busy = running.says()
    assert running.says() == {"call": "FunctionFailedError"}

    left = running.says()

    assert left == {"threads": ["MainThread"]}
    assert running.process.wait(10) == 0
    assert all(_gone(pid) for pid in busy["pids"])
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", busy["port"]))
    assert busy["startedIn"] < 15
    assert running.close() == ""


@pytest.mark.parametrize("running", ["wait"], indirect=True)
def test_ctrl_c_ends_the_functions(running: Running) -> None:
    busy = running.says()

    running.process.send_signal(signal.SIGINT)

    assert running.process.wait(15) != 0
    assert all(_gone(pid) for pid in busy["pids"])


@pytest.mark.parametrize("running", ["wait"], indirect=True)
def test_functions_end_when_the_system_is_killed(running: Running) -> None:
    busy = running.says()
    assert busy["pids"]

    running.process.send_signal(signal.SIGKILL)

    eventually(lambda: all(_gone(pid) for pid in busy["pids"]), seconds=5)


def test_a_second_system_in_one_process_is_refused_and_harms_nothing(system: LocalSystem) -> None:
    with pytest.raises(CloudInUseError):
        LocalSystem(60, drs=told_drs, blueprint=small_blueprint()).start()

    assert system.invoke("echo", {"action": "echo"})["action"] == "echo"


def test_patches_are_installed_once_and_taken_back_completely() -> None:
    backend = importlib.import_module("moto.sts.responses").TokenResponse
    quotas = importlib.import_module("moto.servicequotas.responses").ServiceQuotasResponse
    before = dict(vars(backend)), dict(vars(quotas))
    patches = Patches()

    for _ in range(2):
        assume_role.install(patches)
        service_quotas.install(patches, lambda _account, _region: {})
    changed = vars(backend)["assume_role"]
    assume_role.install(patches)

    assert vars(backend)["assume_role"] is changed is not before[0]["assume_role"]
    patches.undo()
    assert (dict(vars(backend)), dict(vars(quotas))) == before
