"""The stores on tables in memory."""

from __future__ import annotations

import pytest

from tests.support.four_tables import FourTables, in_memory


@pytest.fixture
def tables() -> FourTables:
    return in_memory()


@pytest.fixture
def platform() -> str:
    return "memory"
