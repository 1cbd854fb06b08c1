"""The door without sockets: a boto3 client whose requests go straight to a simulator object.

The client signs, sends and parses as ever; only the network between is left out, through botocore's own
`before-send` event.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from local.drs_simulator.messages import Fate, HttpRequest, HttpResponse
from local.drs_simulator.simulator import Simulator

Sleep = Callable[[float], None]
_HANDLER_ID: Final = "drs-simulator"


def attach(client: Any, simulator: Simulator, sleep: Sleep = lambda _seconds: None) -> None:
    """Make a boto3 `drs` client talk to this simulator, and to no other from now on.

    `sleep` passes seconds of the simulator's clock: it is called for a late reply, and for the client's time-outs when
    no connection opens or no reply comes. By default no time passes.
    """
    connect_timeout = float(client.meta.config.connect_timeout)
    read_timeout = float(client.meta.config.read_timeout)

    def send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        response = simulator.handle(_to_simulator(request))
        url = str(request.url)
        if response.fate is Fate.CONNECTION_REFUSED:
            raise EndpointConnectionError(endpoint_url=url)
        if response.fate is Fate.CONNECT_TIMEOUT:
            sleep(connect_timeout)
            raise ConnectTimeoutError(endpoint_url=url, request=request)
        if response.fate is Fate.DROPPED:
            raise ConnectionClosedError(endpoint_url=url, request=request)
        if response.fate is Fate.TIMED_OUT or response.delay_seconds > read_timeout:
            sleep(read_timeout)
            raise ReadTimeoutError(endpoint_url=url, request=request)
        if response.delay_seconds:
            sleep(response.delay_seconds)
        return _to_client(url, response)

    client.meta.events.unregister("before-send.drs", unique_id=_HANDLER_ID)
    client.meta.events.register("before-send.drs", send, unique_id=_HANDLER_ID)


class _Body:
    """The bytes of an answer as urllib3 would hand them out."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


def _to_simulator(request: AWSPreparedRequest) -> HttpRequest:
    url = urlsplit(str(request.url))
    target = f"{url.path}?{url.query}" if url.query else url.path
    headers = {name: _text(value) for name, value in request.headers.items()}
    body = request.body or b""
    return HttpRequest(str(request.method), target, headers, body if isinstance(body, bytes) else _bytes(body))


def _to_client(url: str, response: HttpResponse) -> AWSResponse:
    return AWSResponse(url, response.status, HTTPHeaders.from_dict(dict(response.headers)), _Body(response.body))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body.read())
