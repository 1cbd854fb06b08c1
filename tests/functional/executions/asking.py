"""What operators asked for, and what they were refused."""

from typing import Any

from shared.models.event import request_made
from shared.models.request import Request, RequestKind
from tests.support.control_room import ControlRoom


def asked(room: ControlRoom, execution_id: str) -> list[Request]:
    """What is not taken up yet."""
    return room.executions.requests(room.header(execution_id))


def refused(answer: Any) -> str:
    """The sentence with which the present state refused it."""
    assert answer["error"] == "CONFLICT_ERROR", answer
    assert answer["details"]["reason"] == "INVALID_STATE"
    return str(answer["message"])


def ask_late(room: ControlRoom, execution_id: str, kind: RequestKind, scope: str, number: int | None) -> None:
    """Zoe's request, made when that was the present gate, and not taken up yet."""
    header = room.header(execution_id)
    request = Request(
        execution_id=execution_id,
        plan_id=header.plan_id,
        request_id=f"late-{kind}-{number}",
        kind=kind,
        scope=scope,
        number=number,
        requested_by="zoe",
        requested_at=room.clock.now(),
    )
    room.executions.put_request(request, allowed={header.status}, event=request_made(request, "late"))
