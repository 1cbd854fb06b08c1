"""Fixtures of the simulator's own tests."""

import pytest

from tests.support.drs_rehearsal import Rehearsal


@pytest.fixture
def rehearsal() -> Rehearsal:
    """A fresh simulator on which nothing is throttled and no event is lost."""
    return Rehearsal()
