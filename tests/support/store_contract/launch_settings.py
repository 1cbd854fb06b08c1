"""The contract of what is found of launch settings: the look that began last counts."""

from __future__ import annotations

from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader
from shared.models.verified_settings import SettingsVerdict, VerifiedSettings
from shared.stores.execution_store import ExecutionStore
from tests.support.store_contract.executions import StoreFixtures
from tests.support.store_contract.samples import header, seconds, server_key


def seen(of: ExecutionHeader, number: int, at: float, wave_number: int = 0, reason: str = "") -> VerifiedSettings:
    """A look at a server's launch settings that found nothing wrong."""
    return VerifiedSettings(
        execution_id=of.execution_id,
        plan_id=of.plan_id,
        wave_number=wave_number,
        server=server_key(number),
        verdict=SettingsVerdict.READY,
        reason=reason,
        verified_at=seconds(at),
    )


class LaunchSettingsContract(StoreFixtures):
    """Looks at launch settings."""

    def test_a_wave_shows_its_own_servers(self, store: ExecutionStore) -> None:
        one, two = header("e1"), header("e2")
        looks = [seen(one, 1, 0), seen(one, 2, 5), seen(one, 3, 0, wave_number=10), seen(two, 4, 0)]
        assert all(store.note_verified(look) for look in looks)
        assert store.verified_settings(one, 0) == {server_key(1): looks[0], server_key(2): looks[1]}
        assert store.verified_settings(one, 1) == {}
        assert store.verified_settings(one, 10) == {server_key(3): looks[2]}

    def test_a_look_that_began_earlier_does_not_replace_a_later_one(self, store: ExecutionStore) -> None:
        of = header("e1")
        assert store.note_verified(seen(of, 1, 10, reason="repaired: subnetId"))
        assert not store.note_verified(seen(of, 1, 9))
        assert not store.note_verified(seen(of, 1, 10))
        assert store.verified_settings(of, 0)[server_key(1)].reason == "repaired: subnetId"
        assert store.note_verified(seen(of, 1, 11))
        assert store.verified_settings(of, 0)[server_key(1)].reason == ""

    def test_one_looks_at_a_time_until_its_time_is_over(self, store: ExecutionStore) -> None:
        of = header("e1")
        assert store.verifying_until(of, 0) is None
        assert store.begin_verifying(of, 0, "one", seconds(0), seconds(60))
        assert store.verifying_until(of, 0) == format_instant(seconds(60))
        assert not store.begin_verifying(of, 0, "two", seconds(60), seconds(120))
        assert store.begin_verifying(of, 1, "two", seconds(0), seconds(60)), "another wave"
        assert store.begin_verifying(of, 0, "two", seconds(61), seconds(120)), "the first is overdue"
        store.end_verifying(of, 0, "one")
        assert not store.begin_verifying(of, 0, "three", seconds(62), seconds(120)), "it ends its own turn only"
        store.end_verifying(of, 0, "two")
        assert store.begin_verifying(of, 0, "three", seconds(62), seconds(120))
        assert store.verified_settings(of, 0) == {}
