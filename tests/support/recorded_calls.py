"""Notes what the product asks of AWS in this process of the tests, if the run is told where."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from local.aws_calls import FOLDER
from local.aws_calls.recorder import Recorder


def record() -> None:
    """Begin, once in a process and before anybody has made a client."""
    if folder := os.environ.get(FOLDER):
        Recorder(Path(folder), tags_in_moto).install()


def tags_in_moto(account: str, region: str, arn: str) -> Mapping[str, str] | None:
    """The tags of what moto holds; None of what it does not hold."""
    _, _, name = arn.rpartition("/")
    if arn.startswith("arn:aws:ec2:"):
        from moto.ec2.models import ec2_backends  # noqa: PLC0415 - only where calls are noted

        backend = ec2_backends[account][region]
        return dict(backend.tags[name]) if name in backend.tags else None
    if arn.startswith("arn:aws:cloudfront:"):
        from moto.cloudfront.models import cloudfront_backends  # noqa: PLC0415

        return dict(cloudfront_backends[account]["aws"].tagger.get_tag_dict_for_resource(arn)) or None
    return None
