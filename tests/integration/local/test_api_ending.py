"""A system that is stopped while its API works leaves no thread and keeps nobody waiting."""

from __future__ import annotations

import http.client
import threading
import time
from pathlib import Path

from tests.integration.local.api import ask, mirrored
from tests.integration.local.waiting import eventually


def test_a_call_under_way_is_cut_and_every_thread_ends(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    ended: list[str] = []

    with mirrored(tmp_path) as system:
        ask(system, "GET", "/public")
        idle = http.client.HTTPConnection("127.0.0.1", int((system.api_endpoint or "").split(":")[2].split("/")[0]))
        idle.connect()

        def call() -> None:
            try:
                ended.append(str(ask(system, "GET", "/public?do=sleep").status))
            except (http.client.HTTPException, ConnectionError) as error:
                ended.append(type(error).__name__)

        caller = threading.Thread(target=call)
        caller.start()
        eventually(lambda: any(thread.name.startswith("api-invocation") for thread in threading.enumerate()))
        time.sleep(0.5)
    caller.join()

    assert len(ended) == 1 and not ended[0].isdigit(), "it was cut, not answered"
    assert idle.sock.recv(1) == b"", "a connection that nobody uses is closed too"
    idle.close()
    assert {thread.name for thread in set(threading.enumerate()) - before} == set()
