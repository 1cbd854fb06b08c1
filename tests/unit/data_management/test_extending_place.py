"""One place of a staging sync: what it is cut off for is left to the next invocation, and is no finding."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from data_management.extending_place import Extending
from shared.aws.extension_ports import ExtensionPort
from shared.aws.ports import NotSentError
from shared.clock import VirtualClock
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.account import StagingAccount, TargetAccount
from shared.models.extension import ExtensibleServer
from shared.models.staging_sync import MOST_SERVERS, StagingSync, SyncPlace
from shared.models.targets import ServerKey
from shared.patience import patience
from shared.services.absorbing import Absorbing
from tests.support.configuration import DATABASE, NOW, server_id

PLACE = SyncPlace(staging_account_id="777788889999", region=DATABASE.region)
REFUSED = DrsServiceError("no", drsCode="ValidationException", httpStatus=400)
SILENT = DrsServiceError("silence", drsCode="ENDPOINT_UNREACHABLE")
SHUT_OUT = CrossAccountError("STS wants fewer calls", awsCode="Throttling", step="AssumeRole")


def extending(
    listed: list[ExtensibleServer] | DrsServiceError | CrossAccountError,
    *,
    until: datetime | None = None,
    is_last_try: bool = False,
    refusal: Exception = REFUSED,
) -> Extending:
    """A sync of one place, whose staging account lists these servers; DRS extends none of them."""

    def extensible(*_: Any) -> list[ExtensibleServer]:
        if isinstance(listed, DrsServiceError | CrossAccountError):
            raise listed
        return listed

    def refuse(*_: Any, **__: Any) -> None:
        raise refusal

    clock = VirtualClock(NOW)
    staging = StagingAccount(account_id=PLACE.staging_account_id, account_name="Staging")
    account = TargetAccount(
        account_id=DATABASE.account_id,
        account_name="Databases",
        staging_accounts=(staging,),
        created_at=NOW,
        updated_at=NOW,
    )
    places = {"places": (PLACE,), "pending": (PLACE,)}
    known: dict[str, Any] = {"sync_id": "one", "requested_by": "ann", "started_at": NOW, "held_until": NOW, **places}
    extensions = SimpleNamespace(extensible=extensible, extend=refuse, encryption=refuse)
    return Extending(
        sync=StagingSync(account_id=DATABASE.account_id, **known),
        extensions=cast(ExtensionPort, extensions),
        clock=clock,
        absorbing=Absorbing(clock, clock.advance, until, workers=1),
        account=account,
        obstacle=lambda _: None,
        known={},
        is_last_try=is_last_try,
    )


@pytest.mark.parametrize("seconds", [-1, None])
def test_a_list_that_is_given_up_because_time_is_over_is_no_finding(seconds: float | None) -> None:
    by = extending(SILENT)

    if seconds is None:
        seen = by.seen(PLACE)
    else:
        with patience(seconds):
            seen = by.seen(PLACE)

    assert seen.is_cut is (seconds is not None)
    assert (seen.place.finding is None) is (seconds is not None)


def test_what_is_told_of_a_place_fits_into_its_row_however_many_servers_there_are() -> None:
    listed = [server(number) for number in range(1, MOST_SERVERS + 11)]

    seen = extending(listed).seen(PLACE)

    assert (len(seen.place.servers), seen.is_cut) == (MOST_SERVERS, False)
    assert seen.place.finding is not None
    assert seen.place.json_bytes < 350_000


def test_a_list_that_is_never_answered_is_a_finding_although_time_is_over_for_another_try() -> None:
    seen = extending(SILENT, until=NOW + timedelta(seconds=1)).seen(PLACE)

    assert (seen.is_cut, seen.place.finding is None) == (False, False)


@pytest.mark.parametrize("is_last_try", [True, False])
def test_what_there_is_never_time_for_is_told_in_the_end(is_last_try: bool) -> None:
    with patience(5):
        seen = extending([server(1)], is_last_try=is_last_try).seen(PLACE)
    unlisted = extending(SILENT, until=NOW - timedelta(seconds=1), is_last_try=is_last_try).seen(PLACE)

    assert (seen.is_cut, unlisted.is_cut) == (not is_last_try, not is_last_try)
    assert [each.problem for each in seen.place.servers] == (["NO_ANSWER"] if is_last_try else [])
    assert (unlisted.place.finding is not None) is is_last_try


@pytest.mark.parametrize("is_last_try", [True, False])
def test_what_sts_wants_fewer_calls_for_is_left_to_the_next_invocation_and_told_in_the_end(is_last_try: bool) -> None:
    until = NOW + timedelta(seconds=60)
    unsent = NotSentError(SHUT_OUT.message, SHUT_OUT)

    seen = extending([server(1)], until=until, is_last_try=is_last_try, refusal=unsent).seen(PLACE)
    unlisted = extending(SHUT_OUT, until=until, is_last_try=is_last_try).seen(PLACE)

    assert (seen.is_cut, unlisted.is_cut) == (not is_last_try, not is_last_try)
    assert [each.problem for each in seen.place.servers] == (["THROTTLED"] if is_last_try else [])
    assert (unlisted.place.finding is not None) is is_last_try


def server(number: int) -> ExtensibleServer:
    key = ServerKey(account_id=PLACE.staging_account_id, region=PLACE.region, source_server_id=server_id(number))
    return ExtensibleServer(server=key, arn=f"arn:{number}", hostname="h" * 200, tags={})
