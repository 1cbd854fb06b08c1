"""The HTTP door: the simulator on a loopback port, for any AWS client of any process."""

import logging
import select
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler
from typing import Any, Final

from local.drs_simulator.control import PREFIX, Control
from local.drs_simulator.messages import Fate, HttpRequest, HttpResponse
from local.drs_simulator.simulator import Simulator
from local.drs_simulator.status_checks import InstanceStatus
from local.listening import Listener

_LOG: Final = logging.getLogger(__name__)
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_MOST_BYTES: Final = 1 << 20
_SILENCE_LIMIT: Final = 300.0
"""Wall seconds after which a reply that never comes is given up by the server too."""


class DrsServer:
    """Serves one simulator; a ticker lets time pass and hands out events while nobody asks.

    `scale` is how many seconds of the simulator's clock pass in one wall second.
    """

    def __init__(
        self,
        simulator: Simulator,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        scale: float = 1.0,
        tick_seconds: float = 0.05,
    ) -> None:
        if host not in _LOOPBACK:
            raise ValueError(f"the simulator trusts every caller and serves loopback only, not {host}")
        self.simulator = simulator
        self._scale = scale
        self._tick_seconds = tick_seconds
        self._stopping = threading.Event()
        self._address = (host, port)
        self._http: _Listener | None = None
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        """Where DRS answers, once started: the value of AWS_ENDPOINT_URL_DRS. Raises RuntimeError before."""
        if self._http is None:
            raise RuntimeError("the server is not started")
        host, port = self._http.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> None:
        """Open the door; from now on events are handed out by the ticker's thread only."""
        self.simulator.delivers_events_inline = False
        self._http = _Listener(self._address, self.simulator, self._stopping, self._scale)
        self._threads = [
            threading.Thread(target=self._http.serve_forever, args=(0.05,), name="drs-door", daemon=True),
            threading.Thread(target=self._tick, name="drs-ticker", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Close the door, cut what is still connected and end every thread."""
        self._stopping.set()
        if self._http is None:
            return
        self._http.shutdown()
        self._http.cut_connections()
        self._http.server_close()
        for thread in self._threads:
            thread.join()
        self._http = None

    def instance_status(self, account: str, region: str, instance_ids: Iterable[str]) -> list[InstanceStatus]:
        """The status checks of those of the instances that DRS launched; does not call EC2, which may ask it."""
        return self.simulator.status_checks(account, region, instance_ids)

    def _tick(self) -> None:
        while not self._stopping.wait(self._tick_seconds):
            try:
                self.simulator.advance()
                self.simulator.deliver_events()
            except Exception:
                _LOG.exception("The simulator's ticker met an error and goes on")


class _Listener(Listener):
    def __init__(self, address: tuple[str, int], simulator: Simulator, stopping: threading.Event, scale: float) -> None:
        self.simulator = simulator
        self.control = Control(simulator)
        self.scale = scale
        super().__init__(address, _Handler, stopping)


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:
        _LOG.debug(format, *args)

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _MOST_BYTES:
            self.close_connection = True
            self._send(HttpResponse(413, body=b""))
            return
        body = self.rfile.read(int(length))
        request = HttpRequest(self.command, self.path, dict(self.headers.items()), body)
        if self.path.startswith(PREFIX):
            self._send(self.server.control.handle(request))
        else:
            self._deliver(self.server.simulator.handle(request))

    def _deliver(self, response: HttpResponse) -> None:
        if response.fate is Fate.DELIVERED:
            if response.delay_seconds:
                self._stay_silent(response.delay_seconds / self.server.scale)
            self._send(response)
            return
        if response.fate is Fate.TIMED_OUT:
            self._stay_silent(_SILENCE_LIMIT)
        self.close_connection = True

    def _stay_silent(self, seconds: float) -> None:
        waited, step = 0.0, 0.05
        while waited < seconds and not self.server.stopping.is_set():
            pause = min(step, seconds - waited)
            readable, _, _ = select.select([self.connection], [], [], pause)
            if readable:
                return
            waited += pause

    def _send(self, response: HttpResponse) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)
        self.wfile.flush()
