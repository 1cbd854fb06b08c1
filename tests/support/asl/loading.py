"""Loads an ASL document; what the interpreter does not understand is refused here, not when a run comes to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import Final

from tests.support.asl.choices import compile_rule
from tests.support.asl.definition import (
    Catcher,
    Choice,
    Fail,
    Machine,
    Pass,
    Resource,
    Retrier,
    State,
    Succeed,
    Task,
    Wait,
)
from tests.support.asl.dynamo import check_update
from tests.support.asl.errors import UnsupportedError
from tests.support.asl.templates import Json, Path, compile_template

STATE_MACHINE: Final = FilePath(__file__).resolve().parents[3] / "cfn" / "state-machine.asl.json"
ROUNDS_LEFT: Final = "roundsLeft"
"""What runs count down; it begins in the results of their first states."""

_RESOURCE: Final = re.compile(r"arn:aws[a-z-]*:states:::(.+)")
_PLACEHOLDER: Final = re.compile(r"\$\{(\w+)\}")


def load_state_machine(
    substitutions: Mapping[str, str], rounds: int | None = None, definition: FilePath = STATE_MACHINE
) -> Machine:
    """The product's own state machine, cfn/state-machine.asl.json, with its placeholders filled.

    With `rounds` its runs are shorter than in the product, and otherwise the same; `definition` may be that of another
    version.
    """
    text = definition.read_text(encoding="utf-8")
    return load_machine(substitute(text if rounds is None else with_rounds(text, rounds), substitutions))


def with_rounds(text: str, rounds: int) -> str:
    """The document with that many rounds in each run of an execution, a gate and a termination."""
    document = json.loads(text)
    for state in document["States"].values():
        if ROUNDS_LEFT in state.get("Result", ()):
            state["Result"][ROUNDS_LEFT] = rounds
    return json.dumps(document)


def substitute(text: str, substitutions: Mapping[str, str]) -> str:
    """The text with every `${Name}` replaced; UnsupportedError for a name without a value."""

    def value(match: re.Match[str]) -> str:
        if match.group(1) not in substitutions:
            raise UnsupportedError(f"no value for the placeholder {match.group(0)}")
        return substitutions[match.group(1)]

    return _PLACEHOLDER.sub(value, text)


def load_machine(text: str) -> Machine:
    """The state machine of an ASL document; UnsupportedError for anything that is not known here."""
    document = json.loads(text)
    _only(document, "the machine", {"StartAt", "States"}, {"Comment"})
    states = {name: _state(name, body) for name, body in document["States"].items()}
    machine = Machine(document["StartAt"], states)
    reached = _reachable(machine)
    if unreached := sorted(set(states) - reached):
        raise UnsupportedError(f"no way leads to {', '.join(unreached)}")
    return machine


def _reachable(machine: Machine) -> set[str]:
    reached: set[str] = set()
    ahead = [machine.start_at]
    while ahead:
        name = ahead.pop()
        if name in reached:
            continue
        if name not in machine.states:
            raise UnsupportedError(f"there is no state {name!r}")
        reached.add(name)
        ahead += _successors(machine.states[name])
    return reached


def _successors(state: State) -> list[str]:
    match state:
        case Task():
            return [*(catcher.next for catcher in state.catchers), *([state.next] if state.next else [])]
        case Pass() | Wait():
            return [state.next] if state.next else []
        case Choice():
            return [*(name for _, name in state.rules), *([state.default] if state.default else [])]
        case Fail() | Succeed():
            return []


def _state(name: str, body: Mapping[str, Json]) -> State:
    kind = str(body.get("Type"))
    if kind not in _READERS:
        raise UnsupportedError(f"{name}: unsupported type {kind!r}")
    try:
        return _READERS[kind](body)
    except (UnsupportedError, KeyError, TypeError) as error:
        raise UnsupportedError(f"{name}: {error}") from error


def _only(body: Mapping[str, Json], what: str, required: set[str], optional: set[str]) -> None:
    if missing := sorted(required - set(body)):
        raise UnsupportedError(f"{what} lacks {', '.join(missing)}")
    if unknown := sorted(set(body) - required - optional):
        raise UnsupportedError(f"{what} has the unsupported {', '.join(unknown)}")


def _next(body: Mapping[str, Json]) -> str | None:
    if ("Next" in body) is (body.get("End") is True):
        raise UnsupportedError("one of Next and End is needed")
    return str(body["Next"]) if "Next" in body else None


def _result_path(body: Mapping[str, Json]) -> Path | None:
    text = body.get("ResultPath", "$")
    return None if text is None else Path.parse(text)


def _seconds(value: Json, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 99_999_999:
        raise UnsupportedError(f"{value!r} is no number of seconds")
    return value


def _task(body: Mapping[str, Json]) -> Task:
    optional = {"Comment", "ResultSelector", "ResultPath", "TimeoutSeconds", "TimeoutSecondsPath", "Retry", "Catch"}
    _only(body, "a Task", {"Type", "Resource", "Parameters"}, optional | {"Next", "End"})
    match = _RESOURCE.fullmatch(body["Resource"])
    known = {resource.value: resource for resource in Resource}
    if match is None or match.group(1) not in known:
        raise UnsupportedError(f"unsupported resource {body['Resource']!r}")
    resource = known[match.group(1)]
    if resource is Resource.UPDATE_ITEM_AND_WAIT:
        check_update(body["Parameters"])
    else:
        _only(body["Parameters"], "an invocation", {"FunctionName", "Payload"}, set())
    return Task(
        resource=resource,
        parameters=compile_template(body["Parameters"]),
        selector=compile_template(body["ResultSelector"]) if "ResultSelector" in body else None,
        result_path=_result_path(body),
        timeout=_timeout(body),
        retriers=tuple(_retrier(part) for part in body.get("Retry", [])),
        catchers=tuple(_catcher(part) for part in body.get("Catch", [])),
        next=_next(body),
    )


def _timeout(body: Mapping[str, Json]) -> int | Path | None:
    if "TimeoutSeconds" in body and "TimeoutSecondsPath" in body:
        raise UnsupportedError("TimeoutSeconds and TimeoutSecondsPath exclude each other")
    if "TimeoutSecondsPath" in body:
        return Path.parse(body["TimeoutSecondsPath"])
    return _seconds(body["TimeoutSeconds"], 1) if "TimeoutSeconds" in body else None


def _retrier(body: Mapping[str, Json]) -> Retrier:
    optional = {"Comment", "IntervalSeconds", "BackoffRate", "MaxAttempts", "MaxDelaySeconds"}
    _only(body, "a retrier", {"ErrorEquals"}, optional)
    return Retrier(
        errors=tuple(body["ErrorEquals"]),
        interval=body.get("IntervalSeconds", 1),
        backoff=body.get("BackoffRate", 2.0),
        most=body.get("MaxAttempts", 3),
        longest=body.get("MaxDelaySeconds"),
    )


def _catcher(body: Mapping[str, Json]) -> Catcher:
    _only(body, "a catcher", {"ErrorEquals", "Next"}, {"Comment", "ResultPath"})
    return Catcher(tuple(body["ErrorEquals"]), _result_path(body), body["Next"])


def _pass(body: Mapping[str, Json]) -> Pass:
    _only(body, "a Pass", {"Type"}, {"Comment", "Parameters", "Result", "ResultPath", "Next", "End"})
    if "Parameters" in body and "Result" in body:
        raise UnsupportedError("Parameters and Result together are unsupported")
    parameters = compile_template(body["Parameters"]) if "Parameters" in body else None
    result = (body["Result"],) if "Result" in body else ()
    return Pass(parameters, result, _result_path(body), _next(body))


def _wait(body: Mapping[str, Json]) -> Wait:
    _only(body, "a Wait", {"Type"}, {"Comment", "Seconds", "SecondsPath", "Next", "End"})
    if ("Seconds" in body) is ("SecondsPath" in body):
        raise UnsupportedError("one of Seconds and SecondsPath is needed")
    seconds = Path.parse(body["SecondsPath"]) if "SecondsPath" in body else _seconds(body["Seconds"], 0)
    return Wait(seconds, _next(body))


def _choice(body: Mapping[str, Json]) -> Choice:
    _only(body, "a Choice", {"Type", "Choices"}, {"Comment", "Default"})
    return Choice(tuple((compile_rule(rule), rule["Next"]) for rule in body["Choices"]), body.get("Default"))


def _fail(body: Mapping[str, Json]) -> Fail:
    _only(body, "a Fail", {"Type"}, {"Comment", "Error", "Cause"})
    return Fail(body.get("Error", ""), body.get("Cause", ""))


def _succeed(body: Mapping[str, Json]) -> Succeed:
    _only(body, "a Succeed", {"Type"}, {"Comment"})
    return Succeed()


_READERS: Final[Mapping[str, Callable[[Mapping[str, Json]], State]]] = {
    "Task": _task,
    "Pass": _pass,
    "Wait": _wait,
    "Choice": _choice,
    "Fail": _fail,
    "Succeed": _succeed,
}
