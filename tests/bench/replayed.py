"""What is outside a function, answering again what it answered once: a call then costs what we do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final, TypeVar, cast

from shared.operations import QUERY
from tests.support.four_tables import FourTables
from tests.support.world import World

Port = TypeVar("Port")
_GATEWAYS: Final = (
    "drs",
    "extensions",
    "ec2",
    "ec2_choices",
    "limits",
    "cloudwatch",
    "ssm",
    "launch_configurations",
    "templates",
)
_MAKES_ANOTHER: Final = "named"
"""The method of gateways that answers the same gateway for another purpose."""


class _Replayed:
    """A port that is asked for each thing once."""

    def __init__(self, port: Any) -> None:
        self._port = port
        self._answers: dict[str, Any] = {}

    def __getattr__(self, verb: str) -> Any:
        if verb == _MAKES_ANOTHER:
            return lambda _purpose: self

        def call(*arguments: Any, **named: Any) -> Any:
            asked = f"{verb}{arguments}{named}"
            if asked not in self._answers:
                self._answers[asked] = getattr(self._port, verb)(*arguments, **named)
            return self._answers[asked]

        return call


def replayed_queries(world: World) -> Callable[[Any], dict[str, Any]]:
    """The query function of a world, by its direct door; its tables and gateways are asked for each thing once."""
    tables, cloud = world.parts.tables, world.parts.cloud
    functions = replace(
        world.parts,
        tables=FourTables(
            protection_groups=_replay(tables.protection_groups),
            recovery_plans=_replay(tables.recovery_plans),
            execution_history=_replay(tables.execution_history),
            target_accounts=_replay(tables.target_accounts),
        ),
        cloud=cast(
            Any,
            SimpleNamespace(
                sessions=cloud.sessions,
                wait=cloud.wait,
                **{name: _replay(getattr(cloud, name)) for name in _GATEWAYS},
            ),
        ),
    )
    application, call = functions.application(QUERY), functions.next_call(QUERY)
    return lambda event: application.handle(event, call)


def _replay(port: Port) -> Port:
    return cast(Port, _Replayed(port))
