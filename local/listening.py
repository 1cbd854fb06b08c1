"""What the HTTP servers of this system share: threads that end, and connections that can be cut."""

import logging
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_LOG = logging.getLogger(__name__)


class Listener(ThreadingHTTPServer):
    """A server with a thread for each connection, all of which end when it is told to stop."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], stopping: threading.Event
    ) -> None:
        self.stopping = stopping
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, handler)

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
        if not self.stopping.is_set() and not isinstance(sys.exception(), ConnectionError):
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
