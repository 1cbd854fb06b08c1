"""One room for the tests of reads, and one execution of whatever room a test has."""

import pytest

from tests.functional.executions.recorded import furnished
from tests.support.control_room import ControlRoom


@pytest.fixture
def room() -> ControlRoom:
    """Two databases, then, after an approval, two web servers in another account."""
    return furnished()


@pytest.fixture
def execution_id(room: ControlRoom) -> str:
    """An execution that has just started in the test's room."""
    return str(room.start()["executionId"])
