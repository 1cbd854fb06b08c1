"""The rows of launch configurations hold their contract."""

from tests.support.store_contract.launch_configs import LaunchConfigsContract


class TestLaunchConfigs(LaunchConfigsContract):
    """How launch configurations stand, and the runs that apply them."""
