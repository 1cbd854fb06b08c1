"""What the local system needs of the DRS simulator."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from local.clock import LocalClock
from local.moto_patches.instance_status import Checks

OnEvent = Callable[[str, str, dict[str, Any]], None]


class DrsDoor(Protocol):
    """DRS behind an HTTP door."""

    @property
    def url(self) -> str:
        """Where DRS answers, once started."""
        ...

    def start(self) -> None:
        """Opens the door."""
        ...

    def stop(self) -> None:
        """Closes the door and ends every thread."""
        ...

    def instance_status(self, account: str, region: str, instance_ids: Sequence[str]) -> Sequence[Checks]:
        """The status checks of those of the instances that DRS launched."""
        ...


DrsFactory = Callable[[LocalClock, int, OnEvent], DrsDoor]
