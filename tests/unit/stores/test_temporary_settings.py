"""The rows of temporary settings hold their contract."""

from tests.support.store_contract.temporary_settings import TemporarySettingsContract


class TestTemporarySettings(TemporarySettingsContract):
    """What is there for one execution only."""
