"""What `make package` builds of this tree, for tests of the zips themselves."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import pytest

from local.function_process import ROOT
from local.packages import RUNTIME
from tools.packaging.build import Build, Sources, build, write

FOR_THIS_PYTHON: Final = pytest.mark.skipif(
    sys.version_info[:2] != RUNTIME, reason="what is compiled in the zips is for the Python that runs in AWS"
)


def built_into(folder: Path) -> Build:
    """Build into a folder; PackagingError, and what to do, if the wheels were not fetched yet."""
    built = build(Sources(ROOT, ROOT / "build/wheels"), "aws-drs-orchestration")
    write(built, folder)
    return built
