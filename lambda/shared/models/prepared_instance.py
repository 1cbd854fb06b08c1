"""EC2 instances that are there already, for servers to be launched into them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from shared.models.base import Instant, Model

TAG: Final = "AWSDRS"
ALLOWED: Final = "AllowLaunchingIntoThisInstance"
"""The tag by which the owner of an instance lets DRS launch into it."""


def is_open(tags: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the tags of an instance, as EC2 tells them, let servers be launched into it."""
    return any((tag["Key"], tag.get("Value")) == (TAG, ALLOWED) for tag in tags)


def made_at_of(interfaces: Iterable[Mapping[str, Any]]) -> datetime | None:
    """When an instance was made, by its network interfaces as EC2 tells them; None if that does not tell.

    EC2's `LaunchTime` is that of the last start, and a launch into an instance starts it. The first interface is there
    from the beginning, and nobody can take it off.
    """
    attached = (interface.get("Attachment") or {} for interface in interfaces)
    return next((each.get("AttachTime") for each in attached if each.get("DeviceIndex") == 0), None)


def was_there(made_at: datetime | None, launched_at: datetime | None) -> bool:
    """Whether an instance that carries the tag was there before a launch which began then, as far as is known.

    The tag alone does not tell: DRS may copy it from the source server to an instance that it makes.
    """
    return made_at is None or launched_at is None or made_at < launched_at


class LaunchIntoMatching(StrEnum):
    """By what the instances are found into which the servers of a group are launched; NAME: by their names."""

    NAME = "NAME"


class Platform(StrEnum):
    """The kind of operating system that an instance was made for, or that a server runs."""

    LINUX = "linux"
    WINDOWS = "windows"


class PreparedInstance(Model):
    """An instance as far as it decides whether a server can be launched into it, and what the launch takes away.

    `allows_launches` says that it carries the tag by which its owner lets DRS do that, `made_at` when it was made.
    """

    instance_id: str
    name: str | None = None
    state: str
    allows_launches: bool
    platform: Platform
    architecture: str | None = None
    virtualization: str | None = None
    root_device: str | None = None
    tenancy: str | None = None
    private_address: str | None = None
    volume_ids: tuple[str, ...] = ()
    made_at: Instant | None = None

    def stays(self, launched_at: datetime | None) -> bool:
        """Whether it is its owner's, and not what a launch that began then has made, so that nobody ends it."""
        return self.allows_launches and was_there(self.made_at, launched_at)


class InstanceProblem(Model):
    """Why a server could not be launched into its instance now."""

    code: str
    reason: str


class LaunchIntoView(Model):
    """The existing instance that a server would be launched into now, if one was found, and all that is wrong with it.

    A launch takes off the volumes of `volume_ids`; the address stays.
    """

    instance_id: str | None = None
    name: str | None = None
    state: str | None = None
    private_address: str | None = None
    volume_ids: tuple[str, ...] = ()
    problems: tuple[InstanceProblem, ...] = ()
