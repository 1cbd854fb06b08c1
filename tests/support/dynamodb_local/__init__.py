"""AWS's own DynamoDB Local: fetched once with Maven, one process for a test session."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

import pytest

ROOT: Final = Path(__file__).resolve().parents[3]
LIBRARIES: Final = ROOT / "build" / "dynamodb-local-3.3.1"
FETCH_SECONDS: Final = 300
FETCH_TRIES: Final = 3
"""A repository that does not answer for a moment must not turn CI red."""
PAUSE_SECONDS: Final = 10
START_SECONDS: Final = 30
FOR_A_SHORT_LIFE: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""What compiles once and quickly takes a third less of the processor in minutes than what compiles ever better."""


class Unavailable(Exception):
    """DynamoDB Local cannot run here; the message says what is missing."""


def go_without(missing: Unavailable, environment: Mapping[str, str], *, documents: bool) -> NoReturn:
    """Skip the test and say what is missing; fail it where AWS's own engine must have been asked.

    That is in CI, and where `documents` says that the session writes down what it measured.
    """
    if environment.get("CI") or documents:
        pytest.fail(f"{missing}; CI and make bench leave none of its tests out", pytrace=False)
    pytest.skip(str(missing))


@contextmanager
def running() -> Iterator[str]:
    """DynamoDB Local in memory on a free port of the loopback address; answers its endpoint. Raises Unavailable."""
    java = shutil.which("java")
    if java is None:
        raise Unavailable("DynamoDB Local needs java, 17 or later")
    fetch(LIBRARIES)
    port = _free_port()
    command = [java, *FOR_A_SHORT_LIFE, f"-Djava.library.path={LIBRARIES}", "-cp", f"{LIBRARIES}/*"]
    command += ["software.amazon.dynamodb.services.local.main.ServerRunner", "-inMemory", "-disableTelemetry"]
    command += ["-port", str(port)]
    # It leaves a file where it runs, so it runs beside its libraries.
    with subprocess.Popen(command, cwd=LIBRARIES, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def fetch(libraries: Path, pause: Callable[[float], None] = time.sleep) -> None:
    """Make the folder that holds DynamoDB Local, unless it is there; Unavailable with Maven's own last words."""
    if libraries.is_dir():
        return
    maven = shutil.which("mvn")
    if maven is None:
        raise Unavailable("DynamoDB Local needs mvn to be fetched")
    libraries.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=libraries.parent, prefix=f"{libraries.name}.") as unfinished:
        fetched = Path(unfinished) / "fetched"
        for tries_left in reversed(range(FETCH_TRIES)):
            failure = _copy(maven, fetched)
            if failure is None:
                break
            if not tries_left:
                raise Unavailable(f"Maven could not fetch DynamoDB Local in {FETCH_TRIES} tries: {failure}")
            pause(PAUSE_SECONDS)
        try:
            fetched.rename(libraries)
        except OSError:
            # another process of the tests was faster
            if not libraries.is_dir():
                raise


def _copy(maven: str, into: Path) -> str | None:
    """Let Maven copy everything there; what went wrong, if something did."""
    command = [maven, "-q", "-B", "-f", str(Path(__file__).with_name("pom.xml")), "dependency:copy-dependencies"]
    command.append(f"-DoutputDirectory={into}")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"it took more than {FETCH_SECONDS} s"
    if done.returncode == 0:
        return None
    said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return next((line for line in said if line.startswith("[ERROR]")), said[-1] if said else "it said nothing")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise Unavailable("DynamoDB Local ended at once; it needs Java 17 or later")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise Unavailable(f"DynamoDB Local did not listen within {START_SECONDS} s")
