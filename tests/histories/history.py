"""One recorded run: what the table held before each step, what the step was told, what it did and left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from shared.stores.table import Item
from tests.support.asl.templates import Json

FOLDER: Final = Path(__file__).parent
_KEY: Final = ("executionId", "planId")
_EXECUTION: Final = "{e}"
_PLAN: Final = "{p}"
"""Stand for the ids of execution and plan, which are in every second word."""

_ABSENT: Final = object()
Key = tuple[str, str]
Rows = dict[Key, Item]
Delta = list[list[Any]]
"""For each item that changed: its key, the attributes that are new, the names of those that are gone; or None."""


@dataclass(frozen=True)
class Asked:
    """One call of a port: what it was asked, the answer or the error, and how long it took."""

    verb: str
    arguments: Mapping[str, Json]
    answer: Json = None
    error: Json = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Step:
    """One invocation of the orchestration function by the state machine."""

    at: datetime
    call: Mapping[str, Json]
    before: Rows
    asked: tuple[Asked, ...]
    answer: Mapping[str, Json]
    after: Rows


@dataclass
class History:
    """The steps of one execution, and what stood around it."""

    story: str
    schema_version: int
    execution_id: str
    plan_id: str
    tables: Mapping[str, list[Item]]
    jobs: list[list[str]] = field(default_factory=list)
    """The ids of jobs and instances, in the order in which DRS made them."""
    steps: list[Step] = field(default_factory=list)

    def dump(self) -> str:
        """As text, one step a line; each step says only what changed, and no answer is written twice."""
        answers: dict[str, int] = {}
        lines = list(_lines(self.steps, answers))
        head = {
            "story": self.story,
            "schemaVersion": self.schema_version,
            "tables": self.tables,
            "jobs": self.jobs,
        }
        parts = [_compact(head)[:-1], '"answers":[\n' + ",\n".join(answers) + "\n]", '"steps":[\n' + ",\n".join(lines)]
        text = ",".join(parts) + "\n]}\n"
        short = text.replace(self.execution_id, _EXECUTION).replace(self.plan_id, _PLAN)
        return _compact([self.execution_id, self.plan_id]) + "\n" + short

    @classmethod
    def load(cls, path: Path) -> History:
        """What `dump` wrote."""
        text = path.read_text(encoding="utf-8")
        ids = json.loads(text.partition("\n")[0])
        told = json.loads(text.partition("\n")[2].replace(_EXECUTION, ids[0]).replace(_PLAN, ids[1]))
        rows: Rows = {}
        steps = []
        for step in told["steps"]:
            before = _apply(rows, step["before"])
            rows = _apply(before, step["after"])
            asked = tuple(_asked(told["answers"], *line) for line in step["asked"])
            at = datetime.fromisoformat(step["at"])
            steps.append(Step(at, step["call"], before, asked, step["answer"], rows))
        return cls(
            story=told["story"],
            schema_version=told["schemaVersion"],
            execution_id=ids[0],
            plan_id=ids[1],
            tables=told["tables"],
            jobs=told["jobs"],
            steps=steps,
        )


VERSIONS: Final = sorted((path.name for path in FOLDER.glob("v*")), key=lambda name: int(name.removeprefix("v")))
"""Those that are recorded, oldest first, each with the state machine that its runs were begun by."""


def histories(version: str) -> list[Path]:
    """The files of one version."""
    return sorted((FOLDER / version).glob("*.json"))


def rows_of(items: list[Item]) -> Rows:
    """Items of the execution-history table by key, as JSON holds them."""
    plain = json.loads(json.dumps(items))
    return {(item["executionId"], item["planId"]): item for item in plain}


def _asked(answers: Sequence[Sequence[Json]], verb: str, arguments: dict[str, Json], at: int, seconds: float) -> Asked:
    answer, error = answers[at]
    return Asked(verb, arguments, answer, error, seconds)


def _lines(steps: list[Step], answers: dict[str, int]) -> Iterator[str]:
    rows: Rows = {}
    for step in steps:
        asked = [
            [one.verb, one.arguments, answers.setdefault(_compact([one.answer, one.error]), len(answers)), one.seconds]
            for one in step.asked
        ]
        yield _compact(
            {
                "at": step.at.isoformat(),
                "call": step.call,
                "before": _delta(rows, step.before),
                "asked": asked,
                "answer": step.answer,
                "after": _delta(step.before, step.after),
            }
        )
        rows = step.after


def _delta(before: Rows, after: Rows) -> Delta:
    changed: Delta = [[*key, None] for key in sorted(before) if key not in after]
    for key, item in sorted(after.items()):
        old = before.get(key, {})
        new = {name: value for name, value in item.items() if name not in _KEY and old.get(name, _ABSENT) != value}
        gone = sorted(name for name in old if name not in item)
        if new or gone or key not in before:
            changed.append([*key, new, gone])
    return changed


def _apply(rows: Rows, delta: Delta) -> Rows:
    after = dict(rows)
    for partition, sort, *changes in delta:
        if changes == [None]:
            del after[partition, sort]
            continue
        new, gone = changes
        kept = {name: value for name, value in after.get((partition, sort), {}).items() if name not in gone}
        after[partition, sort] = kept | new | dict(zip(_KEY, (partition, sort), strict=True))
    return after


def _compact(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
