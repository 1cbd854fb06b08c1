"""The tags of what a function's process names, asked of the EC2 that it talks to; nobody notes that question."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session

from local.drs_simulator.credentials import access_key_for


@cache
def tags_in_ec2(account: str, region: str, arn: str) -> Mapping[str, str] | None:
    """The tags of an instance or a launch template; None of anything else, and of what EC2 does not know."""
    name = arn.rpartition("/")[2]
    if not arn.startswith("arn:aws:ec2:") or not name.strip("*"):
        return None
    answer = _client(account, region).describe_tags(Filters=[{"Name": "resource-id", "Values": [name]}])
    return {tag["Key"]: tag["Value"] for tag in answer["Tags"]} or None


@cache
def _client(account: str, region: str) -> Any:
    return botocore.session.get_session().create_client(
        "ec2",
        region_name=region,
        aws_access_key_id=access_key_for(account),
        aws_secret_access_key="secret",
        aws_session_token="token",
    )
