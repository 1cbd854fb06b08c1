"""Ports that write down what they are asked, and ports that answer as it was written down."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_type_hints

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from shared.aws.ports import CloudWatchPort, DoubtError, DrsPort, Ec2Port, FunctionsPort, RunsPort, SsmPort
from shared.clock import VirtualClock
from shared.models.targets import Target
from tests.histories.history import Asked
from tests.support.asl.templates import Json

PORTS: Final[Mapping[str, type[Any]]] = {
    "drs": DrsPort,
    "ec2": Ec2Port,
    "cloudwatch": CloudWatchPort,
    "ssm": SsmPort,
    "runs": RunsPort,
    "functions": FunctionsPort,
}
EFFECTS: Final = frozenset(
    {
        "drs.start_recovery",
        "drs.terminate",
        "functions.invoke_later",
        "runs.fail",
        "runs.start_run",
        "runs.succeed",
        "ssm.send",
    }
)
_MAKES_ANOTHER: Final = "named"
_OWN: Final = frozenset({"tags", "not_after", "cause", "output", "expected_seconds"})
"""Arguments that say nothing of what is asked."""

_ASKED_SINCE: Final[Mapping[str, Json]] = {"ec2.open_to_launches": {}}
"""What later versions ask too, and the answer in a world that has nothing of it."""


class NotAskedError(AssertionError):
    """The step asks what was not asked when it was recorded."""


@dataclass
class Recorder:
    """Passes calls of the ports on and writes them down."""

    clock: VirtualClock
    asked: list[Asked] = field(default_factory=list)

    def watch(self, name: str, port: Any) -> Any:
        """The port, recorded."""
        return _Port(lambda verb, args, kwargs: self._call(name, port, verb, args, kwargs))

    def _call(self, name: str, port: Any, verb: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if verb == _MAKES_ANOTHER:
            return self.watch(name, port.named(*args))
        began = self.clock.now()
        answer, error = None, None
        try:
            found = getattr(port, verb)(*args, **kwargs)
            answer = _adapter(name, verb).dump_python(found, mode="json", by_alias=True, exclude_none=True)
            return found
        except DoubtError as doubt:
            error = doubt.message
            raise
        finally:
            seconds = (self.clock.now() - began).total_seconds()
            self.asked.append(Asked(f"{name}.{verb}", arguments_of(name, verb, args, kwargs), answer, error, seconds))


@dataclass
class Prompter:
    """Answers as it was recorded, whatever the order; what was not asked then is refused by name."""

    clock: VirtualClock
    script: list[Asked]
    asked: list[Asked] = field(default_factory=list)

    def port(self, name: str) -> Any:
        """The port, played."""
        return _Port(lambda verb, args, kwargs: self._call(name, verb, args, kwargs))

    def _call(self, name: str, verb: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if verb == _MAKES_ANOTHER:
            return self.port(name)
        arguments = arguments_of(name, verb, args, kwargs)
        line = self._line(f"{name}.{verb}", arguments)
        self.asked.append(Asked(line.verb, arguments))
        self.clock.advance(line.seconds)
        if line.error is not None:
            raise DoubtError(line.error)
        return _adapter(name, verb).validate_python(line.answer)

    def _line(self, verb: str, arguments: Mapping[str, Json]) -> Asked:
        """The next recorded call with these arguments; the same may be asked more often than it was."""
        wanted = _essential(arguments)
        fitting = [line for line in self.script if line.verb == verb and _essential(line.arguments) == wanted]
        if not fitting and verb in _ASKED_SINCE:
            return Asked(verb, arguments, _ASKED_SINCE[verb])
        if not fitting:
            raise NotAskedError(f"{verb} of {dict(arguments)} was not asked")
        if len(fitting) > 1:
            self.script.remove(fitting[0])
        return fitting[0]


class _Port:
    def __init__(self, call: Callable[[str, Sequence[Any], Mapping[str, Any]], Any]) -> None:
        self._call = call

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: self._call(verb, args, kwargs)


def arguments_of(name: str, verb: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Json]:
    """The arguments by name, as JSON; a target as its text."""
    bound = inspect.signature(getattr(PORTS[name], verb)).bind(None, *args, **kwargs).arguments
    return {
        key: str(value) if isinstance(value, Target) else to_jsonable_python(value, by_alias=True)
        for key, value in bound.items()
        if key != "self" and value is not None
    }


def essence(asked: Asked) -> tuple[str, dict[str, Json]]:
    """What a call asks for, without what only accompanies it."""
    return asked.verb, _essential(asked.arguments)


def _essential(arguments: Mapping[str, Json]) -> dict[str, Json]:
    """What is empty asks for nothing: a version that did not know of it asked the same."""
    return {key: value for key, value in arguments.items() if key not in _OWN and value not in ({}, [], "")}


def _adapter(name: str, verb: str) -> TypeAdapter[Any]:
    return TypeAdapter(get_type_hints(getattr(PORTS[name], verb))["return"])
