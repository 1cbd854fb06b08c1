"""AWS's Lambda Runtime API for one function process."""

import json
import queue
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

_PREFIX: Final = "/2018-06-01/runtime"


@dataclass(frozen=True)
class Invocation:
    """One event on its way to a function; the deadline is a Unix time in seconds of real time."""

    request_id: str
    function_arn: str
    payload: bytes
    deadline: float


@dataclass(frozen=True)
class Ready:
    """The process has loaded its handler and asks for work."""


@dataclass(frozen=True)
class Answer:
    """What the handler returned, or the error that it raised."""

    request_id: str
    payload: bytes
    failed: bool


@dataclass(frozen=True)
class InitFailed:
    """The process could not load its handler."""

    payload: bytes


@dataclass(frozen=True)
class Exited:
    """The process has ended."""

    code: int


Report = Ready | Answer | InitFailed | Exited


class RuntimeApi:
    """Hands invocations to the process that polls it; what the process says arrives in `reports` in its order."""

    def __init__(self) -> None:
        self.reports: queue.SimpleQueue[Report] = queue.SimpleQueue()
        self._invocations: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._server = _Server(("127.0.0.1", 0), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="runtime-api", daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """What AWS_LAMBDA_RUNTIME_API says: host and port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def offer(self, invocation: Invocation) -> None:
        """Gives the process its next event."""
        self._invocations.put(invocation)

    def next(self) -> Invocation | None:
        """Waits for the next event; None when the API is closed."""
        self.reports.put(Ready())
        return self._invocations.get()

    def close(self) -> None:
        """Ends the server; a process that still polls gets its connection closed."""
        self._invocations.put(None)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], api: RuntimeApi) -> None:
        super().__init__(address, _Handler)
        self.api = api

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of a connection that broke: its process was killed, which is reported in another way."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without these two each call waits 40 ms for Nagle's algorithm and a delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        if self.path != f"{_PREFIX}/invocation/next":
            self._answer(404, {})
            return
        invocation = self.server.api.next()
        if invocation is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            "Lambda-Runtime-Deadline-Ms": str(int(invocation.deadline * 1000)),
        }
        self._answer(200, headers, invocation.payload)

    def do_POST(self) -> None:
        payload = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        reports = self.server.api.reports
        if self.path == f"{_PREFIX}/init/error":
            reports.put(InitFailed(payload))
        else:
            *_, request_id, kind = self.path.split("/")
            reports.put(Answer(request_id, payload, failed=kind == "error"))
        self._answer(202, {}, b'{"status":"OK"}')

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Says nothing: the functions' own logs are enough."""


def error_payload(error_type: str, message: str) -> bytes:
    """An error as Lambda itself reports it."""
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()
