"""AWS's own DynamoDB Local: fetched once with Maven, one process for a test session."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
LIBRARIES: Final = ROOT / "build" / "dynamodb-local-3.3.1"
FETCH_SECONDS: Final = 300
START_SECONDS: Final = 30


class Unavailable(Exception):
    """DynamoDB Local cannot run here; the message says what is missing."""


@contextmanager
def running() -> Iterator[str]:
    """DynamoDB Local in memory on a free port of the loopback address; answers its endpoint. Raises Unavailable."""
    java = shutil.which("java")
    if java is None:
        raise Unavailable("DynamoDB Local needs java")
    _fetch()
    port = _free_port()
    command = [java, f"-Djava.library.path={LIBRARIES}", "-cp", f"{LIBRARIES}/*"]
    command += ["software.amazon.dynamodb.services.local.main.ServerRunner", "-inMemory", "-disableTelemetry"]
    command += ["-port", str(port)]
    # It leaves a file where it runs, so it runs beside its libraries.
    with subprocess.Popen(command, cwd=LIBRARIES, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _fetch() -> None:
    if LIBRARIES.is_dir():
        return
    maven = shutil.which("mvn")
    if maven is None:
        raise Unavailable("DynamoDB Local needs mvn to be fetched")
    unfinished = LIBRARIES.with_suffix(".unfinished")
    command = [maven, "-q", "-B", "-f", str(Path(__file__).with_name("pom.xml")), "dependency:copy-dependencies"]
    try:
        subprocess.run(
            [*command, f"-DoutputDirectory={unfinished}"], check=True, capture_output=True, timeout=FETCH_SECONDS
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise Unavailable("Maven could not fetch DynamoDB Local") from error
    unfinished.rename(LIBRARIES)


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
