"""One room for the tests of reads."""

import pytest

from tests.functional.executions.recorded import furnished
from tests.support.control_room import ControlRoom


@pytest.fixture
def room() -> ControlRoom:
    """Two databases, then, after an approval, two web servers in another account."""
    return furnished()
