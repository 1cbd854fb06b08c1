"""The read that shows an execution holds its contract."""

from tests.support.store_contract.overviews import OverviewContract


class TestOverviews(OverviewContract):
    """Waves, gates and the latest termination."""
