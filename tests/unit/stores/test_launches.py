"""Launches and quota rows hold their contract."""

from tests.support.store_contract.launches import LaunchesContract, LaunchEventsContract


class TestLaunches(LaunchesContract):
    """Launches and quota rows."""


class TestLaunchEvents(LaunchEventsContract):
    """Launch events."""
