"""Who calls, with which page tokens, and the check of ours; schemathesis knows them while a run lasts."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import schemathesis
from requests import PreparedRequest
from requests.auth import AuthBase
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.checks import CHECKS
from schemathesis.generation.meta import TestPhase

from shared.errors import ErrorCode
from shared.roles import Role
from tests.fuzz.estate import Estate

_TURNS: Final[Mapping[int, Role]] = {5: Role.READ_ONLY, 10: Role.OPERATOR, 15: Role.PLAN_MANAGER}
_ROUND: Final = 20
"""Of so many calls one each is made by somebody with fewer rights; the administrator makes the others."""

_PAGE: Final = "nextToken"
_PAGE_TOKEN: Final = re.compile(rf'"{_PAGE}":"([^"]+)"')
_AWAY: Final = (502, ErrorCode.CROSS_ACCOUNT_ERROR.value)


@contextmanager
def installed(estate: Estate) -> Iterator[None]:
    """Schemathesis knows how we call, and our check."""
    callers, pages = _Callers(estate), _Pages()

    def before_call(_context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
        callers.choose(case, kwargs)
        pages.leave_out(case)

    def after_call(_context: HookContext, _case: Case[Any], response: Response) -> None:
        pages.note(response)

    def only_what_is_out_of_reach(_context: CheckContext, response: Response, _case: Case[Any]) -> bool | None:
        if response.status_code >= 500:
            check_reach(response.status_code, response.json(), estate.is_within_reach)
        return None

    for hook in (before_call, after_call):
        schemathesis.hook(hook)
    schemathesis.check(only_what_is_out_of_reach)
    try:
        yield
    finally:
        for hook in (before_call, after_call):
            schemathesis.hooks.unregister(hook)
        CHECKS.unregister(only_what_is_out_of_reach.__name__)


def check_reach(status: int, error: Mapping[str, Any], is_within_reach: Callable[[str], bool]) -> None:
    """AssertionError at a server error, unless it tells of an account that the hub cannot enter now."""
    account = error.get("details", {}).get("accountId", "")
    assert (status, error.get("error")) == _AWAY, "there was a server error"
    assert not is_within_reach(account), f"account {account} is within reach"


@dataclass
class _Callers:
    """The administrator, and now and then somebody with fewer rights; the examples are all the administrator's."""

    estate: Estate
    count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def choose(self, case: Case[Any], kwargs: dict[str, Any]) -> None:
        is_example = case.meta is not None and case.meta.phase.name is TestPhase.EXAMPLES
        role = None if is_example else _TURNS.get(next(self.count) % _ROUND)
        if role is not None:
            kwargs["auth"] = _SomebodyElse(self.estate.tokens[Role.ADMIN], self.estate.tokens[role])


@dataclass
class _Pages:
    """Leaves out most page tokens that no answer has given: they are no good, and a list would never be asked more."""

    given: set[str] = field(default_factory=set)
    invented: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def leave_out(self, case: Case[Any]) -> None:
        token = case.query.get(_PAGE)
        means_well = case.meta is not None and case.meta.generation.mode.is_positive
        if token is not None and means_well and token not in self.given and next(self.invented) % _ROUND:
            del case.query[_PAGE]

    def note(self, response: Response) -> None:
        self.given.update(_PAGE_TOKEN.findall(response.text))


class _SomebodyElse(AuthBase):
    """Puts another token in the place of the administrator's; a request without it stays as it is."""

    def __init__(self, administrator: str, other: str) -> None:
        self._administrator, self._other = administrator, other

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if request.headers.get("Authorization") == f"Bearer {self._administrator}":
            request.headers["Authorization"] = f"Bearer {self._other}"
        return request
