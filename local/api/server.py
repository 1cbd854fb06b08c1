"""The HTTP door of the API on a loopback port."""

import logging
import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from local.api.gateway import MOST_BYTES
from local.api.messages import Answer, Request

_LOG: Final = logging.getLogger(__name__)
_DRAINED_BYTES: Final = 8 * MOST_BYTES
"""So much of a body that is too large is read and dropped, so that its sender hears the answer."""

_CHUNK: Final = 1 << 16


class ApiServer:
    """Serves whatever answers requests, each on a thread of its own."""

    def __init__(self, answer: Callable[[Request], Answer], port: int = 0) -> None:
        self._listener = _Listener(("127.0.0.1", port), answer)
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(0.05,), name="api-gateway", daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Host and port; a stage is the first step of a path."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    def stop(self) -> None:
        """Take no more requests and cut what is connected; those under way end when their functions do."""
        self._listener.stopping = True
        self._listener.shutdown()
        self._listener.cut_connections()
        self._thread.join()

    def join(self) -> None:
        """Wait for every thread."""
        self._listener.server_close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], answer: Callable[[Request], Answer]) -> None:
        self.answer = answer
        self.stopping = False
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that its caller or our stop has cut is nobody's error."""
        if not self.stopping and not isinstance(sys.exception(), ConnectionError):
            _LOG.exception("A request of %s met an error", client_address)

    def cut_connections(self) -> None:
        """End every open connection, so that the threads behind them end."""
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                _LOG.debug("A connection was closed already")


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"
    # Without these two each call waits 40 ms for Nagle's algorithm and a delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self._send(Answer(411, [("Content-Type", "application/json")], b'{"message":"Length Required"}'))
            return
        too_large = int(length) > MOST_BYTES
        body = b"" if too_large else self.rfile.read(int(length))
        if too_large:
            self.close_connection = True
            self._drop(min(int(length), _DRAINED_BYTES))
        request = Request(
            verb=self.command,
            target=self.path,
            headers=tuple(self.headers.items()),
            body=body,
            source_ip=str(self.client_address[0]),
            is_too_large=too_large,
        )
        self._send(self.server.answer(request))

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Every method, as `do_GET`: which ones there are is for the API to say, in its own words."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Says nothing: a request's line and headers hold what no log may."""

    def _drop(self, size: int) -> None:
        while size > 0:
            dropped = len(self.rfile.read(min(size, _CHUNK)))
            size = size - dropped if dropped else 0

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD" and answer.status != 204:
            self.wfile.write(answer.body)
        self.wfile.flush()
