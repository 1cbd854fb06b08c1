"""The statements as the templates write them: in the master what is the hub's own, elsewhere what recovers servers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

CFN: Final = Path(__file__).resolve().parents[2] / "cfn"
MASTER: Final = "master-template.yaml"
RECOVERY: Final = "cross-account-role-stack.yaml"

_NAMED: Final = re.compile(r"^( *)- Sid: (\w+)$")
_KEY: Final = re.compile(r"^(\w+):(?: (.*))?$")
_POLICIES: Final[Mapping[str, tuple[str, str]]] = {
    MASTER: ("        - PolicyName: Orchestration\n", "\n      Tags:"),
    RECOVERY: ("      PolicyName: Recovery\n", "\n  # In a staging account"),
}


@dataclass(frozen=True)
class Share:
    """Which of a statement's actions and resources, by a word that each of them holds; without words all of them."""

    actions: str = ""
    resources: str = ""


@dataclass(frozen=True)
class Statement:
    """A statement in the words of its template."""

    sid: str
    condition: str
    """The template's condition under which it is there, if it is not always."""
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    rest: tuple[str, ...]
    """The lines of its element Condition."""

    def narrowed(self, share: Share) -> Statement:
        """The part of it that a share names; ValueError for a word that names nothing."""
        actions = _chosen(self.actions, share.actions, lambda word, one: one.partition(":")[2] == word)
        resources = _chosen(self.resources, share.resources, lambda word, one: word in one)
        return replace(self, actions=actions, resources=resources)

    def lines(self) -> Iterable[str]:
        """The statement as an item of a list."""
        yield f"- Sid: {self.sid}"
        yield "  Effect: Allow"
        yield from _element("Action", self.actions)
        yield from _element("Resource", self.resources)
        yield from (f"  {line}" for line in self.rest)


def template(name: str) -> str:
    """A template's text."""
    return (CFN / name).read_text(encoding="utf-8")


def written(name: str) -> Mapping[str, Statement]:
    """The statements of the role's policy in a template, by their names."""
    begin, end = _POLICIES[name]
    section = template(name).partition(begin)[2].partition(end)[0]
    lines = section.splitlines()
    found = [_statement(lines, at) for at, line in enumerate(lines) if _NAMED.match(line)]
    if not found:
        raise ValueError(f"{name} has no policy of the role")
    return {statement.sid: statement for statement in found}


def parameter(name: str, declared: str) -> str:
    """The declaration of a template's parameter; ValueError if it has none of that name."""
    if not (found := re.search(rf"^  {declared}:\n(?:    .*\n)+", template(name), re.MULTILINE)):
        raise ValueError(f"{name} has no parameter {declared}")
    return found.group()


def _statement(lines: Sequence[str], at: int) -> Statement:
    indent, sid = _NAMED.fullmatch(lines[at]).groups()  # type: ignore[union-attr]  # the caller has looked
    within = f"{indent}  "
    body: list[str] = []
    for line in lines[at + 1 :]:
        if not line.startswith(within):
            break
        body.append(line.removeprefix(within))
    elements = _elements(body)
    conditional = at > 1 and lines[at - 2].strip() == "- !If"
    return Statement(
        sid,
        lines[at - 1].strip().removeprefix("- ") if conditional else "",
        _values(elements["Action"]),
        _values(elements["Resource"]),
        tuple(elements.get("Condition", ())),
    )


def _elements(body: Iterable[str]) -> dict[str, list[str]]:
    elements: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in body:
        if found := _KEY.match(line):
            lines = elements.setdefault(found.group(1), [])
        lines.append(line)
    return elements


def _values(element: Sequence[str]) -> tuple[str, ...]:
    inline = element[0].partition(": ")[2]
    return (inline,) if inline else tuple(line.strip().removeprefix("- ") for line in element[1:])


def _element(name: str, values: Sequence[str]) -> Iterable[str]:
    if len(values) == 1:
        return [f"  {name}: {values[0]}"]
    return [f"  {name}:", *(f"    - {value}" for value in values)]


def _chosen(values: tuple[str, ...], words: str, holds: Callable[[str, str], bool]) -> tuple[str, ...]:
    wanted = words.split()
    if unknown := [word for word in wanted if not any(holds(word, one) for one in values)]:
        raise ValueError(f"none of {', '.join(values)} is {unknown[0]}")
    return tuple(one for one in values if not wanted or any(holds(word, one) for word in wanted))
