"""The stores hold their own when somebody else writes in between."""

from tests.support.store_contract.races import RacesContract


class TestRaces(RacesContract):
    """Interrupted between read and write."""
