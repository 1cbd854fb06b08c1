"""Lets Invoke reach the processes of the functions."""

import importlib
import json
from typing import Any, Protocol
from urllib.parse import unquote

from moto.core.exceptions import JsonRESTError

from local.functions import Outcome, PayloadTooLargeError
from local.moto_patches.assume_role import caller_of
from local.moto_patches.patches import Patches
from shared.invocation import API_ALIAS, alias_of


class AccessDeniedError(JsonRESTError):
    """Whoever calls may not invoke this."""

    code = 403

    def __init__(self, caller: str, function_arn: str) -> None:
        message = f"User: {caller} is not authorized to perform: lambda:InvokeFunction on resource: {function_arn}"
        super().__init__("AccessDeniedException", message)


class RequestTooLargeError(JsonRESTError):
    """The payload is larger than Lambda takes."""

    code = 413

    def __init__(self, error: PayloadTooLargeError) -> None:
        super().__init__("RequestTooLargeException", str(error))


class InvalidRequestContentError(JsonRESTError):
    """The payload is no JSON."""

    code = 400

    def __init__(self, error: ValueError) -> None:
        super().__init__("InvalidRequestContentException", f"Could not parse request body into json: {error}")


class FunctionGateway(Protocol):
    """What runs the functions; `function` is moto's, with handler, timeout, version and environment."""

    def invoke(self, function: Any, called_arn: str, payload: bytes) -> Outcome:
        """Invokes and waits for the answer; PayloadTooLargeError."""
        ...

    def accept(self, function: Any, called_arn: str, payload: bytes) -> None:
        """Takes an event for asynchronous invocation; PayloadTooLargeError."""
        ...


def install(patches: Patches, gateway: FunctionGateway) -> None:
    """moto ignores the qualifier and answers every invocation with its own payload; AWS runs what name and alias mean.

    RequestResponse waits and marks an error `Unhandled`; Event is accepted with 202 and carried later; DryRun looks
    the function up only. A function, version or alias that does not exist is ResourceNotFoundException, a payload
    beyond Lambda's quotas RequestTooLargeException, one that is no JSON InvalidRequestContentException. The alias of
    API Gateway is nobody else's: AccessDeniedException.
    """
    if not patches.begin(__name__):
        return
    response = importlib.import_module("moto.awslambda.responses").LambdaResponse

    def invoke(self: Any) -> tuple[int, dict[str, str], bytes]:
        name = unquote(self.path.rsplit("/", 2)[-2]).removeprefix(f"{self.current_account}:function:")
        qualifier = self.querystring.get("Qualifier", [None])[0]
        function = self.backend.get_function(name, qualifier)
        arn = called_arn(function, name, qualifier)
        if alias_of(arn) == API_ALIAS:
            raise AccessDeniedError(caller_of(self).arn, arn)
        payload = bytes(self.body or b"")
        headers = {"content-type": "application/json", "X-Amz-Executed-Version": str(function.version)}
        kind = self.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        if kind == "DryRun":
            return 204, {**headers, "status": "204"}, b""
        check_json(payload or b"{}")
        try:
            if kind == "Event":
                gateway.accept(function, arn, payload or b"{}")
                return 202, {**headers, "status": "202"}, b""
            outcome = gateway.invoke(function, arn, payload or b"{}")
        except PayloadTooLargeError as error:
            raise RequestTooLargeError(error) from error
        if outcome.failed:
            headers["x-amz-function-error"] = "Unhandled"
        return 200, headers, outcome.payload

    patches.replace(response, "invoke", invoke)
    # else moto decodes the payload before it looks at it, and breaks at one that is no UTF-8
    patches.replace(response, "use_raw_body", True)


def check_json(payload: bytes) -> None:
    """Refuse what is no JSON in UTF-8, as Lambda does before any function is asked; InvalidRequestContentError."""
    try:
        json.loads(payload.decode())
    except RecursionError:
        return  # it may be JSON: how deep Lambda reads is not documented, and its runtime decides
    except ValueError as error:
        raise InvalidRequestContentError(error) from error


def called_arn(function: Any, name: str, qualifier: str | None) -> str:
    """The ARN as the caller named it: with the alias or version, if one was given."""
    tail = name.rsplit(":function:", maxsplit=1)[-1]
    given = tail.split(":", 1)[1] if ":" in tail else qualifier
    base = ":".join(function.function_arn.split(":")[:7])
    return f"{base}:{given}" if given else base


def find_function(arn: str) -> Any:
    """moto's function of that ARN, alias or version resolved; raises UnknownFunctionException."""
    _, _, _, region, account, _ = arn.split(":", 5)
    backend = importlib.import_module("moto.awslambda.utils").get_backend(account, region)
    return backend.get_function(arn)
