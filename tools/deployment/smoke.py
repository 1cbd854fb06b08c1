"""Asks what was deployed whether it answers: by direct invocation, by the API, and the console if there is one."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tools.deployment.errors import DeploymentError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

ALIAS: Final = "live"
"""The alias of direct invocations."""

TIMES: Final = 6
PAUSE_SECONDS: Final = 5.0
_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: bytes


def get(url: str) -> Answer:
    """One GET; DeploymentError if nothing answers."""
    if not url.startswith(("https://", "http://127.0.0.1:")):
        raise DeploymentError(f"{url} is no address of this system")
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as response:
            return Answer(response.status, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read())
    except OSError as error:
        raise DeploymentError(f"{url} does not answer: {error}") from error


@dataclass(frozen=True)
class Smoke:
    """The questions, with the ways to ask them."""

    functions: LambdaClient
    get: Callable[[str], Answer]
    sleep: Callable[[float], None]
    tell: Callable[[str], None]

    def ask(self, outputs: Mapping[str, str], *, over_http: bool) -> None:
        """DeploymentError with what was answered instead, unless everything is well."""
        if missing := sorted({"QueryHandlerFunctionName", "ApiEndpoint", "UserPoolId"} - outputs.keys()):
            raise DeploymentError(f"the stack has no output {', '.join(missing)}")
        self._invoked(outputs["QueryHandlerFunctionName"])
        if not over_http:
            self.tell("  the API and the console were not asked, as --not-over-http says")
            return
        self._patiently(lambda: self._health(outputs["ApiEndpoint"]))
        if "CloudFrontURL" in outputs:
            self._patiently(lambda: self._console(outputs))

    def _invoked(self, function: str) -> None:
        try:
            invoked = self.functions.invoke(
                FunctionName=function, Qualifier=ALIAS, Payload=json.dumps({"operation": "health"}).encode()
            )
        except ClientError as error:
            raise DeploymentError(f"{function}:{ALIAS} cannot be invoked: {error}") from error
        answer = invoked["Payload"].read()
        if invoked.get("FunctionError") or _member(answer, "status") != "ok":
            raise DeploymentError(f"{function}:{ALIAS} answers {_shown(answer)}")
        self.tell(f"  {function}:{ALIAS} answers")

    def _health(self, endpoint: str) -> None:
        url = f"{endpoint}/health"
        answer = self.get(url)
        if answer.status == HTTPStatus.FORBIDDEN:
            raise DeploymentError(
                f"{url} refuses this address: AllowedCIDRs or the firewall does; from elsewhere ask it with curl, and "
                "say ARGS=--not-over-http here"
            )
        if answer.status != HTTPStatus.OK or _member(answer.body, "status") != "ok":
            raise DeploymentError(f"{url} answers {answer.status} {_shown(answer.body)}")
        self.tell(f"  {url} answers")

    def _console(self, outputs: Mapping[str, str]) -> None:
        """The pages are published, and they know this API and these users."""
        url = f"{outputs['CloudFrontURL']}/aws-config.json"
        answer = self.get(url)
        if answer.status != HTTPStatus.OK:
            raise DeploymentError(f"the console is not published: {url} answers {answer.status} {_shown(answer.body)}")
        for member, output in (("apiEndpoint", "ApiEndpoint"), ("cognitoUserPoolId", "UserPoolId")):
            if (found := _member(answer.body, member)) != outputs[output]:
                raise DeploymentError(f"{url} names {found} as {member}, the stack has {outputs[output]}")
        self.tell(f"  {outputs['CloudFrontURL']} is published")

    def _patiently(self, question: Callable[[], None]) -> None:
        """Ask again for a while: a new stage, or what CloudFront has kept, takes its time."""
        for _ in range(TIMES - 1):
            try:
                return question()
            except DeploymentError:
                self.sleep(PAUSE_SECONDS)
        return question()


def _member(body: bytes, name: str) -> Any:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found.get(name) if isinstance(found, dict) else None


def _shown(body: bytes) -> str:
    return body[:300].decode(errors="replace") or "nothing"
