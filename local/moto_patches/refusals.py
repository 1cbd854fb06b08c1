"""Lets a test make a service refuse calls: throttled mails, a table that fails."""

import importlib
import threading
from collections import Counter
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores

from local.moto_patches.patches import Patches


class Refusals:
    """How often which call is still to be refused, and with which code."""

    def __init__(self) -> None:
        self._planned: Counter[tuple[str, str, str]] = Counter()
        self._lock = threading.Lock()

    def plan(self, service: str, action: str, code: str, times: int = 1) -> None:
        """The next `times` calls of an action (as `sns`, `Publish`) are refused with that code."""
        with self._lock:
            self._planned[service, camelcase_to_underscores(action), code] += times

    def next_code(self, service: str, action: str) -> str | None:
        """The code with which this call is refused; None if it may pass."""
        with self._lock:
            for known_service, known_action, code in +self._planned:
                if (known_service, known_action) == (service, action):
                    self._planned[known_service, known_action, code] -= 1
                    return code
            return None


def install(patches: Patches, refusals: Refusals) -> None:
    """moto never refuses a sound call; AWS throttles and fails now and then, and a test has to be able to say when."""
    if not patches.begin(__name__):
        return
    response = importlib.import_module("moto.core.responses").BaseResponse

    def call_action(self: Any) -> Any:
        code = refusals.next_code(self.service_name, camelcase_to_underscores(self._get_action() or ""))
        if code is None:
            return real_call_action(self)
        status, headers, body = self.serialized(ActionResult(_error_of(self, code)))
        return status, {**headers, "status": str(status)}, body

    real_call_action = patches.replace(response, "call_action", call_action)


def _error_of(response: Any, code: str) -> ServiceException:
    # moto finds the error's shape and status by the module of its class.
    error_type = type("RefusalError", (ServiceException,), {"__module__": type(response).__module__})
    error: ServiceException = error_type(code, "Refused by the local system")
    return error
