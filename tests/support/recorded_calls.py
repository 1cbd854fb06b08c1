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
    """The tags of what moto holds, of which there may be none; None of what it does not hold."""
    _, _, name = arn.rpartition("/")
    if arn.startswith("arn:aws:ec2:"):
        from moto.ec2.models import ec2_backends  # noqa: PLC0415 - only where calls are noted

        ec2 = ec2_backends[account][region]
        is_held = name in ec2.launch_templates or ec2.get_instance_by_id(name) is not None
        return dict(ec2.tags.get(name, {})) if is_held else None
    if arn.startswith("arn:aws:cloudfront:"):
        from moto.cloudfront.models import cloudfront_backends  # noqa: PLC0415

        cloudfront = cloudfront_backends[account]["aws"]
        return dict(cloudfront.tagger.get_tag_dict_for_resource(arn)) if name in cloudfront.distributions else None
    return None
