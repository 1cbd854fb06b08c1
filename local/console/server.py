"""The HTTP door of the console on a loopback port."""

import threading
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote

from local.console.pages import ConsolePages
from local.listening import Listener


class ConsoleServer:
    """Serves the pages of the console."""

    def __init__(self, pages: ConsolePages, port: int = 0) -> None:
        self._listener = _Listener(("127.0.0.1", port), pages)
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), name="console", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The console's origin."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    def stop(self) -> None:
        """Take no more requests, and wait for every thread."""
        self._listener.stopping.set()
        self._listener.shutdown()
        self._listener.cut_connections()
        self._thread.join()
        self._listener.server_close()


class _Listener(Listener):
    def __init__(self, address: tuple[str, int], pages: ConsolePages) -> None:
        self.pages = pages
        super().__init__(address, _Handler, threading.Event())


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._send()

    def do_HEAD(self) -> None:
        self._send()

    def log_message(self, *_: object) -> None:
        """Says nothing: an address may hold what no log may."""

    def _send(self) -> None:
        path = unquote(self.path.partition("?")[0], errors="replace")
        page = self.server.pages.page(path, "gzip" in self.headers.get("Accept-Encoding", ""))
        self.send_response_only(page.status)
        for name, value in page.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.body)
        self.wfile.flush()
