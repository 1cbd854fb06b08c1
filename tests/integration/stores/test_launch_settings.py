"""What is found of launch settings holds its contract."""

from tests.support.store_contract.launch_settings import LaunchSettingsContract


class TestLaunchSettings(LaunchSettingsContract):
    """Looks at launch settings."""
