"""Runs the small system in a process of its own, for tests that end it in rough ways: `python -m … FOLDER HOW`."""

import json
import signal
import sys
import threading
import time
from pathlib import Path

from local.system import LocalSystem
from tests.integration.local.conftest import small_blueprint, told_drs


def main(folder: Path, how: str) -> None:
    """Starts, makes itself busy, says so on standard output, and ends as told."""
    # a shell that runs the tests in the background makes us ignore Ctrl-C; whoever sends it means it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with LocalSystem(60, drs=told_drs, blueprint=small_blueprint(), state_dir=folder) as system:
        pids = [system.invoke("echo", {"action": "echo"})["pid"]]
        machine = system.deployment.value("StateMachineArn")
        state = {"kind": "item", "id": "token", "seen": 1, "timeoutSeconds": 31_449_600}
        client = system.client("stepfunctions")
        client.start_execution(stateMachineArn=machine, name="waits", input=json.dumps(state))
        client.start_execution(stateMachineArn=machine, name="idles", input='{"kind": "wait", "seconds": 600000}')
        sleep = threading.Thread(target=_sleep_long, args=(system,))
        sleep.start()
        time.sleep(0.5)
        pids += [pid for pid in system.processes("echo") if pid not in pids]
        _say({"pids": pids, "port": int(system.endpoint.rsplit(":", 1)[1]), "startedIn": system.started_in})
        if how == "wait":
            time.sleep(60)
    sleep.join()
    _say({"threads": sorted(thread.name for thread in threading.enumerate())})


def _sleep_long(system: LocalSystem) -> None:
    try:
        system.invoke("echo", {"action": "sleep", "seconds": 9})
    except Exception as error:  # noqa: BLE001 - however the call ends, the system must be able to stop
        _say({"call": type(error).__name__})


def _say(words: object) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
