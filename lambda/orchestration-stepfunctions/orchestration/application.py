"""The orchestration function: which of its jobs an event asks for."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from orchestration.advance import advance
from orchestration.calls import (
    AdvanceCall,
    Answer,
    AwaitCall,
    ContinueCall,
    FinalizeCall,
    GateCall,
    RecordCall,
    RunCall,
    TerminateCall,
)
from orchestration.continuing import continue_as_new, within_run
from orchestration.dependencies import Dependencies
from orchestration.drs_events import take_event
from orchestration.finalizing import finalize
from orchestration.gates import await_decision, open_gate, record_decision
from orchestration.reconciling import reconcile
from orchestration.terminating import terminate
from shared.errors import ValidationError
from shared.invocation import (
    DrsEvent,
    Invocation,
    ScheduleInvocation,
    StateMachineCall,
    parse_invocation,
)

Call = TypeVar("Call", bound=RunCall)


def _bounded(step: Callable[[Call, Dependencies], Answer], call: Call, deps: Dependencies) -> Answer:
    """A step of a run that must end one day, whatever becomes of what it drives."""
    return within_run(step(call, deps), call, deps.clock.now())


_ACTIONS: Final[Mapping[str, Callable[[Mapping[str, Any], Dependencies], Answer]]] = {
    "advance": lambda call, deps: _bounded(advance, AdvanceCall.model_validate(call), deps),
    "finalize": lambda call, deps: _bounded(finalize, FinalizeCall.model_validate(call), deps),
    "openGate": lambda call, deps: open_gate(GateCall.model_validate(call), deps),
    "awaitDecision": lambda call, deps: await_decision(AwaitCall.model_validate(call), deps),
    "recordDecision": lambda call, deps: record_decision(RecordCall.model_validate(call), deps),
    "terminate": lambda call, deps: _bounded(terminate, TerminateCall.model_validate(call), deps),
    "continueAsNew": lambda call, deps: continue_as_new(ContinueCall.model_validate(call), deps),
}


class Application:
    """Takes calls of the state machine, the schedule and DRS events."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    def handle(self, event: Any) -> dict[str, Any]:
        """The answer to one event; an event that is none of the three kinds is refused by name."""
        try:
            return self._answer(parse_invocation(event))
        finally:
            self._deps.observability.flush()

    def _answer(self, invocation: Invocation) -> dict[str, Any]:
        match invocation:
            case StateMachineCall():
                return self._call(invocation)
            case ScheduleInvocation(schedule="reconcile"):
                return {"reconciled": reconcile(self._deps)}
            case DrsEvent():
                return {"woken": take_event(invocation, self._deps)}
        raise ValidationError.one("event", "is no call, no schedule and no DRS event", "UNKNOWN_EVENT")

    def _call(self, call: StateMachineCall) -> dict[str, Any]:
        if call.action not in _ACTIONS:
            raise ValidationError.one("action", f"is none of {', '.join(_ACTIONS)}", "UNKNOWN_ACTION")
        deps = self._deps.named(str(call.fields.get("executionId", "")))
        return _ACTIONS[call.action](call.fields, deps).wire()


def build(deps: Dependencies) -> Application:
    """The application over its dependencies."""
    return Application(deps)
