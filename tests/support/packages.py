"""What `make package` builds of this tree, for tests of the zips themselves."""

from __future__ import annotations

from pathlib import Path

from local.function_process import ROOT
from tools.packaging.build import Build, Sources, build, write


def built_into(folder: Path) -> Build:
    """Build into a folder; PackagingError, and what to do, if the wheels were not fetched yet."""
    built = build(Sources(ROOT, ROOT / "build/wheels"), "aws-drs-orchestration")
    write(built, folder)
    return built
