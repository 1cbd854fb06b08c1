"""The HTTP door of the API on a loopback port."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from local.api.bodies import read_body, without_encoding
from local.api.messages import Answer, Request
from local.api.responses import Refusal
from local.listening import Listener


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
        self._listener.stopping.set()
        self._listener.shutdown()
        self._listener.cut_connections()
        self._thread.join()

    def join(self) -> None:
        """Wait for every thread."""
        self._listener.server_close()


class _Listener(Listener):
    def __init__(self, address: tuple[str, int], answer: Callable[[Request], Answer]) -> None:
        self.answer = answer
        super().__init__(address, _Handler, threading.Event())


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"
    # Without these two each call waits 40 ms for Nagle's algorithm and a delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        body, refused_as = b"", ""
        try:
            body = read_body(self.headers, self.rfile)
        except Refusal as refusal:
            self.close_connection = True
            refused_as = refusal.kind
        request = Request(
            verb=self.command,
            target=self.path,
            headers=without_encoding(self.headers),
            body=body,
            source_ip=str(self.client_address[0]),
            refused_as=refused_as,
        )
        self._send(self.server.answer(request))

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Every method, as `do_GET`: which ones there are is for the API to say, in its own words."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Says nothing: a request's line and headers hold what no log may."""

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
