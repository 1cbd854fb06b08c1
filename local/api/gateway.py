"""What API Gateway does with a request: stage, throttle, path, method, authoriser, integration."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlowError
from typing import Final, Protocol

from local.api.authorizer import PoolKeys, UnauthorizedError, as_texts, verified_claims
from local.api.definition import Apis, FunctionCall, Method, Preflight, Resource, Stage
from local.api.events import MalformedAnswerError, answer_of, proxy_event
from local.api.messages import Answer, Request, decoded
from local.api.responses import Refusal, mapped_headers, render
from local.api.throttle import TokenBucket
from local.functions import FunctionsStoppedError, Outcome, PayloadTooLargeError

LOG: Final = logging.getLogger(__name__)
MOST_BYTES: Final = 10 * 1024 * 1024
"""The largest body that API Gateway takes (its quota for payloads)."""

_AT_ONCE: Final = 32


class Backend(Protocol):
    """The functions behind the API."""

    def admits(self, function_arn: str, source_arn: str) -> bool:
        """Whether the function's policy lets API Gateway call it for that method."""
        ...

    def invoke(self, function_arn: str, payload: bytes) -> Outcome:
        """Invoke and wait; PayloadTooLargeError, FunctionsStoppedError."""
        ...


class ApiGateway:
    """Answers requests for the stages of `apis`; safe in every thread."""

    def __init__(self, apis: Apis, backend: Backend, endpoint: Callable[[], str]) -> None:
        self._stages = dict(apis.stages)
        self._domains = dict(apis.domains)
        self._buckets = {name: TokenBucket(stage.rate, stage.burst) for name, stage in self._stages.items()}
        self._backend = backend
        self._keys = PoolKeys(endpoint)
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="api-invocation")

    def answer(self, request: Request) -> Answer:
        """The answer to a request; a path of no stage is forbidden, as AWS has it."""
        name, path = self._addressed(request)
        stage = self._stages.get(name)
        if stage is None:
            return Answer(403, [("Content-Type", "application/json")], b'{"message":"Forbidden"}')
        try:
            return self._answer(request, stage, path or "/")
        except Refusal as refusal:
            return render(stage.api, request, refusal)
        except Exception:
            # the outermost catch of the gateway: as in AWS the caller learns nothing but that it failed
            LOG.exception("request %s met an error", request.request_id)
            return render(stage.api, request, Refusal("API_CONFIGURATION_ERROR"))

    def _addressed(self, request: Request) -> tuple[str, str]:
        """The stage and the path below it: what a domain name of its own leads to, or what the path begins with."""
        host = (request.header("Host") or "").partition(":")[0].lower()
        if host in self._domains:
            return self._domains[host], request.path
        name = request.path.split("/")[1] if request.path.startswith("/") else ""
        return name, request.path[1 + len(name) :]

    def join(self) -> None:
        """Wait for the invocations under way, whose functions must be stopped first."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _answer(self, request: Request, stage: Stage, path: str) -> Answer:
        if not self._buckets[stage.name].take():
            raise Refusal("THROTTLED")
        if not stage.api.admits(request.source_ip):
            raise Refusal("ACCESS_DENIED")
        found = stage.api.find(path)
        method = found[0].methods.get(request.verb) if found else None
        if found is None or method is None:
            raise Refusal("MISSING_AUTHENTICATION_TOKEN")
        if request.refused_as:
            raise Refusal(request.refused_as)
        claims = self._claims(request, stage, method)
        if isinstance(method.integration, Preflight):
            headers = mapped_headers(method.integration.headers, request.request_id)
            return Answer(method.integration.status, headers)
        resource, parameters = found
        event = proxy_event(request, stage, resource, decoded(parameters), claims)
        return self._call(stage, resource, method.integration, request.verb, event)

    def _claims(self, request: Request, stage: Stage, method: Method) -> dict[str, str] | None:
        if method.authorizer_id is None:
            return None
        authorizer = stage.api.authorizers[method.authorizer_id]
        try:
            return as_texts(verified_claims(authorizer, request.header("Authorization"), self._keys))
        except UnauthorizedError as error:
            raise Refusal("UNAUTHORIZED", str(error)) from error
        except OSError as error:
            LOG.exception("the keys of %s cannot be had", authorizer.pool_id)
            raise Refusal("AUTHORIZER_FAILURE") from error

    def _call(self, stage: Stage, resource: Resource, call: FunctionCall, verb: str, event: bytes) -> Answer:
        place, api = stage.api.place, stage.api
        source = f"{api.api_id}/{stage.name}/{verb}{api.path_of(resource)}"
        source_arn = f"arn:{place.partition}:execute-api:{place.region}:{place.account}:{source}"
        if not self._backend.admits(call.function_arn, source_arn):
            LOG.error("the policy of %s does not admit %s", call.function_arn, source_arn)
            raise Refusal("API_CONFIGURATION_ERROR")
        try:
            outcome = self._pool.submit(self._backend.invoke, call.function_arn, event).result(call.seconds)
        except PayloadTooLargeError as error:
            raise Refusal("REQUEST_TOO_LARGE") from error
        except TooSlowError as error:
            raise Refusal("INTEGRATION_TIMEOUT") from error
        except FunctionsStoppedError as error:
            raise Refusal("INTEGRATION_FAILURE") from error
        if outcome.failed:
            raise Refusal("INTEGRATION_FAILURE")
        try:
            return answer_of(outcome.payload)
        except MalformedAnswerError as error:
            raise Refusal("INTEGRATION_FAILURE") from error
