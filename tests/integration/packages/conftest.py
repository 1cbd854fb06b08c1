"""One build of this tree for all tests of the zips, and each zip unpacked as Lambda unpacks it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from local.packages import Packages, unpacked
from tests.support.packages import built_into
from tools.packaging.build import Build


@dataclass(frozen=True)
class Built:
    """A build, and its zips unpacked."""

    build: Build
    packages: Packages


@pytest.fixture(scope="package")
def built() -> Iterator[Built]:
    """What `make package` builds of this tree; not in pytest's own folder, which is kept for a while."""
    with TemporaryDirectory(prefix="build-") as folder:
        build = built_into(Path(folder))
        with unpacked(Path(folder)) as packages:
            yield Built(build, packages)
