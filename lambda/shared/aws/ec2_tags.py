"""EC2: the tags of instances."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from shared.aws.calls import read
from shared.cross_account import AccountSession, Sessions
from shared.models.targets import Target
from shared.patience import patient

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef

IDS_PER_CALL: Final = 200
"""Values of one filter of DescribeInstances (EC2 API reference); unknown ids in a filter are no error."""

_PURPOSE: Final = "drs-orchestration-tag-sync"
_GOING: Final = frozenset({"shutting-down", "terminated"})
"""An instance that ends is shown for an hour, and loses its tags some time meanwhile."""


class InstanceTags:
    """The tags of EC2 instances in any account and region."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def instance_tags(self, target: Target, ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """The tags of the instances that exist, by id; unknown and terminated ones are left out."""

        def described(session: AccountSession) -> dict[str, dict[str, str]]:
            pages = patient(session.client("ec2", target.region)).get_paginator("describe_instances")
            return {
                instance["InstanceId"]: _tags(instance)
                for start in range(0, len(ids), IDS_PER_CALL)
                for page in pages.paginate(
                    Filters=[{"Name": "instance-id", "Values": list(ids[start : start + IDS_PER_CALL])}]
                )
                for reservation in page["Reservations"]
                for instance in reservation["Instances"]
                if instance["State"]["Name"] not in _GOING
            }

        return read(self._sessions, _PURPOSE, target, "DescribeInstances", described)


def _tags(instance: "InstanceTypeDef") -> dict[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in instance.get("Tags", ())}
