"""Requests, events and gates hold their contract."""

from tests.support.store_contract.gates import GatesContract, RequestsContract, TimelineContract


class TestRequests(RequestsContract):
    """Requests."""


class TestTimeline(TimelineContract):
    """Events."""


class TestGates(GatesContract):
    """Gates."""
