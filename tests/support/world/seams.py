"""Seams between a function and everything outside it: calls are counted there, and anything may happen at one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, Literal, Protocol, TypeVar, cast

from tests.support.asl.functions import Crash

Moment = Literal["before", "after"]
Listener = Callable[[str, Sequence[Any]], None]
Port = TypeVar("Port")
_MAKES_ANOTHER: Final = "named"
"""The method of gateways that answers the same gateway for another purpose."""


@dataclass(slots=True)
class _Rule:
    verb: str
    nth: int
    moment: Moment
    action: Callable[[], None]

    def meets(self, verb: str, moment: Moment) -> bool:
        """Count one call; whether it is the one."""
        if moment != self.moment or not fnmatchcase(verb, self.verb):
            return False
        self.nth -= 1
        return self.nth == 0


class Processes(Protocol):
    """Where functions work side by side."""

    @property
    def working(self) -> int:
        """The number of the process that works now; 0 for none."""
        ...

    def pause(self) -> None:
        """Let others go first, perhaps."""
        ...


class Seam:
    """All calls of one function to its ports, by verbs: `history.transact`, `drs.start_recovery`, `runs.fail`."""

    def __init__(self, name: str, processes: Processes | None = None) -> None:
        self.name = name
        self.calls: list[str] = []
        self._rules: list[_Rule] = []
        self._always: list[tuple[str, Moment, Callable[[], None]]] = []
        self._listeners: list[Listener] = []
        self._processes = processes
        self._dead: set[int] = set()

    @property
    def is_dead(self) -> bool:
        """Whether the process that works now has died."""
        return self._process in self._dead

    @property
    def _process(self) -> int:
        return self._processes.working if self._processes else 0

    def watch(self, port: Port, name: str) -> Port:
        """The port, with this seam before it."""
        return cast(Port, _Watched(port, name, self))

    def on(self, verb: str, action: Callable[[], None], *, nth: int = 1, moment: Moment = "before") -> None:
        """At the n-th call from now of a verb (`*`: any) do something once; what it raises goes through."""
        self._rules.append(_Rule(verb, nth, moment, action))

    def listen(self, listener: Listener) -> None:
        """Tell of every call that reaches something, before it does: the verb and its arguments."""
        self._listeners.append(listener)

    def always(self, verb: str, action: Callable[[], None], *, moment: Moment = "before") -> None:
        """From now on do something at every call of a verb (a pattern); what it raises goes through."""
        self._always.append((verb, moment, action))

    def refuse(self, verb: str, error: Callable[[], Exception]) -> None:
        """From now on let every call of a verb (a pattern) fail before it has reached anything."""

        def fail() -> None:
            raise error()

        self.always(verb, fail)

    def allow(self) -> None:
        """Disturb nothing any more."""
        self._always.clear()

    def crash(self, verb: str = "*", *, nth: int = 1, moment: Moment = "before") -> None:
        """Let the function die at the n-th call from now of a verb: nothing it does afterwards reaches anything."""
        self.on(verb, self._die, nth=nth, moment=moment)

    def revive(self) -> None:
        """The next invocation begins in a new process."""
        self._dead.discard(self._process)

    def forget(self) -> None:
        """Forget the calls so far and everything that was still to happen."""
        self.calls.clear()
        self._rules.clear()

    def pass_through(self, verb: str, call: Callable[[], Any], arguments: Sequence[Any] = ()) -> Any:
        """One call; before it the process may stand still and others go first."""
        if self._processes is not None:
            self._processes.pause()
        self._must_live(verb)
        self.calls.append(verb)
        self._happen(verb, "before")
        for listener in self._listeners:
            listener(verb, arguments)
        answer = call()
        self._must_live(verb)
        self._happen(verb, "after")
        return answer

    def _happen(self, verb: str, moment: Moment) -> None:
        for disturbed, at, action in list(self._always):
            if at == moment and fnmatchcase(verb, disturbed):
                action()
        met = [rule for rule in self._rules if rule.meets(verb, moment)]
        self._rules = [rule for rule in self._rules if rule.nth > 0]
        for rule in met:
            rule.action()

    def _die(self) -> None:
        self._dead.add(self._process)
        raise Crash(f"{self.name} dies at call {len(self.calls)}: {self.calls[-1]}")

    def _must_live(self, verb: str) -> None:
        if self.is_dead:
            raise Crash(f"{self.name} is dead and calls {verb}")


class _Watched:
    def __init__(self, port: Any, name: str, seam: Seam) -> None:
        self._port = port
        self._name = name
        self._seam = seam

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(self._port, attribute)
        if not callable(value):
            return value
        if attribute == _MAKES_ANOTHER:
            return lambda *args, **kwargs: self._seam.watch(value(*args, **kwargs), self._name)
        verb = f"{self._name}.{attribute}"
        return lambda *args, **kwargs: self._seam.pass_through(verb, lambda: value(*args, **kwargs), args)
