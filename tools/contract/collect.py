"""Imports everything that may declare an operation."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages
from typing import Final

from shared.operations import OPERATIONS, Operation

PACKAGES: Final = ("shared.services", "query", "data_management", "execution")


def operations() -> tuple[Operation, ...]:
    """Every operation of the system, by name."""
    for name in PACKAGES:
        package = import_module(name)
        for module in walk_packages(package.__path__, f"{name}."):
            import_module(module.name)
    return OPERATIONS.all()
