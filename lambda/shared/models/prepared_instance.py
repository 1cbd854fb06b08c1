"""EC2 instances that are there already, for servers to be launched into them."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

from shared.models.base import Model

TAG: Final = "AWSDRS"
ALLOWED: Final = "AllowLaunchingIntoThisInstance"
"""The tag by which the owner of an instance lets DRS launch into it."""


def is_open(tags: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the tags of an instance, as EC2 tells them, let servers be launched into it."""
    return any((tag["Key"], tag.get("Value")) == (TAG, ALLOWED) for tag in tags)


class LaunchIntoMatching(StrEnum):
    """By what the instances are found into which the servers of a group are launched; NAME: by their names."""

    NAME = "NAME"


class Platform(StrEnum):
    """The kind of operating system that an instance was made for, or that a server runs."""

    LINUX = "linux"
    WINDOWS = "windows"


class PreparedInstance(Model):
    """An instance as far as it decides whether a server can be launched into it, and what the launch takes away.

    `allows_launches` says that it carries the tag by which its owner lets DRS do that.
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
