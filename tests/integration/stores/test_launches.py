"""Launches and quota rows hold their contract."""

from tests.support.store_contract.launches import LaunchesContract


class TestLaunches(LaunchesContract):
    """Launches and quota rows."""
