"""Records the stories with the version at hand: `python -m tests.histories.record v3`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from local.drs_simulator.record import Effect
from orchestration.application import build
from shared.models.execution import SCHEMA_VERSION
from tests.histories.history import FOLDER, History, Step, rows_of
from tests.histories.ports import PORTS, Recorder
from tests.histories.stories import STORIES, Story
from tests.support.asl.loading import STATE_MACHINE
from tests.support.asl.templates import Json
from tests.support.world import World
from tests.support.world.functions import ORCHESTRATION, function_arn

LOOK_SECONDS: Final = 10
MOST_LOOKS: Final = 1_000
_TOKEN: Final = re.compile(r"AQCEAAAAKgAAAAMAAAAA[A-Za-z0-9+/=]+")


@dataclass
class Camera:
    """Stands before the orchestration function and writes down each of its steps."""

    world: World
    steps: list[Step] = field(default_factory=list)

    def install(self) -> None:
        """From now on."""
        self.world.functions.handlers[function_arn(ORCHESTRATION)] = self._handle

    def _handle(self, payload: Json) -> Json:
        recorder = Recorder(self.world.clock)
        deps = self.world.parts._orchestration()
        watched = {name: recorder.watch(name, getattr(deps, name)) for name in PORTS}
        at, before = self.world.clock.now(), rows_of(self.world.history.scan())
        answer = build(replace(deps, **watched)).handle(payload)
        if "action" in payload:
            after = rows_of(self.world.history.scan())
            self.steps.append(Step(at, payload, before, tuple(recorder.asked), answer, after))
        return answer


def record(story: Story) -> str:
    """The story with all its steps, as its file holds it."""
    world = story.make_world()
    plan_id = story.make_plan(world)
    camera = Camera(world)
    camera.install()
    execution_id = story.begin(world, plan_id)
    for _ in range(MOST_LOOKS):
        world.advance(LOOK_SECONDS)
        if not story.go_on(world, execution_id):
            break
    else:
        raise AssertionError(f"{story.name} does not end")
    history = History(
        story=story.name,
        schema_version=SCHEMA_VERSION,
        execution_id=execution_id,
        plan_id=plan_id,
        tables=tables_of(world),
        jobs=jobs_of(world),
        steps=camera.steps,
    )
    return without_tokens(history.dump())


def tables_of(world: World) -> Mapping[str, list[Any]]:
    """The tables that an execution only reads."""
    names = ("protection_groups", "recovery_plans", "target_accounts")
    return {name: getattr(world.tables, name).scan() for name in names}


def jobs_of(world: World) -> list[list[str]]:
    """Every job and instance that DRS made, in its order: ids that another simulator may give otherwise."""
    made = [entry for entry in world.simulator_record.entries if isinstance(entry, Effect)]
    return [[entry.job_id, entry.instance_id] for entry in made if entry.kind in ("jobCreated", "instanceLaunched")]


def without_tokens(text: str) -> str:
    """Tokens mean nothing to the engine and are long: each gets a short name."""
    names: dict[str, str] = {}
    return _TOKEN.sub(lambda found: names.setdefault(found.group(0), f"token-{len(names) + 1}"), text)


def main(version: str) -> None:
    """Record every story, and the state machine, into the folder of that version; no version is recorded twice."""
    folder = FOLDER / version
    folder.mkdir()
    definition = json.loads(STATE_MACHINE.read_text(encoding="utf-8"))
    (folder / "state-machine.asl").write_text(json.dumps(definition, separators=(",", ":")), encoding="utf-8")
    for story in STORIES:
        path = folder / f"{story.name}.json"
        path.write_text(record(story), encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(FOLDER)}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
