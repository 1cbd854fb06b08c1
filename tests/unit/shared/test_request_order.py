"""The order in which the requests of one step apply."""

import itertools
from datetime import UTC, datetime

import pytest

from shared.models.request import Request, RequestKind


def _request(kind: RequestKind, request_id: str) -> Request:
    at = datetime(2026, 1, 29, tzinfo=UTC)
    return Request(
        execution_id="e1", plan_id="p1", request_id=request_id, kind=kind, requested_by="ann", requested_at=at
    )


def test_a_cancel_comes_before_a_rejection_an_expiry_an_approval_and_the_rest_whatever_was_asked_first() -> None:
    asked = [_request(kind, f"{id_}") for id_, kind in itertools.product((2, 1), reversed(RequestKind))]
    rest = {"PAUSE", "RETRY", "SKIP"}

    applied = [(request.kind.value, request.request_id) for request in sorted(asked, key=lambda one: one.rank)]

    kinds = ["CANCEL", "REJECT", "EXPIRED", "APPROVE"]
    assert applied[:8] == [(kind, id_) for kind in kinds for id_ in ("1", "2")]
    assert {kind for kind, _ in applied[8:]} == rest


@pytest.mark.parametrize("kinds", [*itertools.permutations((RequestKind.PAUSE, RequestKind.RETRY, RequestKind.SKIP))])
def test_a_pause_a_retry_and_a_skip_apply_in_the_order_in_which_they_were_asked_for(
    kinds: tuple[RequestKind, ...],
) -> None:
    asked = [_request(kind, f"{id_}") for id_, kind in enumerate(kinds)]

    assert sorted(reversed(asked), key=lambda one: one.rank) == asked
