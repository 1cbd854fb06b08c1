"""ORCHESTRATION_ROLE_SPECIFICATION.md: what the role of the functions may do, under its sixteen names, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from tools.contract.markdown import code, generated, table
from tools.contract.prose import roles as words
from tools.roles import policies
from tools.roles.areas import AREAS, area_of
from tools.roles.declared import ROLES, Role
from tools.roles.policies import Given
from tools.roles.written import MASTER, RECOVERY, Statement, written

PATH: Final = "docs/reference/ORCHESTRATION_ROLE_SPECIFICATION.md"

_COLUMNS: Final = ("statement", "actions", "resources", "conditions", "why", "used by")
_ALL: Final = Given(customer_key=True, staging_keys=True)


def text() -> str:
    """The document; KeyError if a statement has no words, ValueError if its name has none of the sixteen."""
    own, recovery = written(MASTER), written(RECOVERY)
    statements = [*own.values(), *recovery.values()]
    sections = (_section(number, area, statements, recovery) for number, area in enumerate(AREAS, start=1))
    return generated("# Orchestration role specification", words.SPECIFICATION, *sections)


def _section(number: int, area: str, statements: Iterable[Statement], recovery: Mapping[str, Statement]) -> str:
    rows = (_row(one, one.sid in recovery) for one in statements if area_of(one.sid) == area)
    return f"## {number}. {area}\n\n{table(_COLUMNS, rows)}"


def _row(statement: Statement, of_servers: bool) -> Sequence[str]:
    mark = " (*servers*)" if of_servers else ""
    condition = f"; there with `{statement.condition}`" if statement.condition else ""
    resources, condition_of = _meant()[statement.sid]
    return (
        code(statement.sid) + mark,
        ", ".join(code(action) for action in statement.actions),
        ", ".join(map(code, resources)),
        code(json.dumps(condition_of)) if condition_of else "none",
        words.WHY[statement.sid] + condition,
        ", ".join(_users(statement, of_servers)),
    )


def _users(statement: Statement, of_servers: bool) -> Iterator[str]:
    for role in ROLES:
        shares = role.recovery if of_servers else role.own
        if statement.sid in shares:
            yield f"{role.name}{_less(statement, role, of_servers)}"


def _less(statement: Statement, role: Role, of_servers: bool) -> str:
    share = (role.recovery if of_servers else role.own)[statement.sid]
    part = statement.narrowed(share)
    said = [action.partition(":")[2] for action in part.actions] if part.actions != statement.actions else []
    said += [share.resources] if part.resources != statement.resources else []
    return f" ({', '.join(said)})" if said else ""


@cache
def _meant() -> Mapping[str, tuple[Sequence[str], Mapping[str, Any]]]:
    """Resources and conditions of each statement, as IAM takes them."""
    statements = [*policies.orchestration(_ALL)["Statement"], *policies.recovery(_ALL)["Statement"]]
    return {one["Sid"]: (_listed(one["Resource"]), one.get("Condition", {})) for one in statements}


def _listed(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value
