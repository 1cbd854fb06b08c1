"""EC2: how the launched instances are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from shared.aws.calls import read
from shared.cross_account import AccountSession, Sessions
from shared.models.drs import InstanceHealth
from shared.models.prepared_instance import ALLOWED, TAG, is_open, made_at_of
from shared.models.targets import Target
from shared.patience import patient

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef, InstanceStatusTypeDef, InstanceTypeDef

IDS_PER_CALL: Final = 100
"""DescribeInstanceStatus with explicit ids takes 100 of them (EC2 API reference)."""

VALUES_PER_FILTER: Final = 200
"""A filter of EC2 takes 200 values (EC2 API reference)."""

_ENDED: Final = frozenset({"shutting-down", "terminated"})


class Ec2Gateway:
    """EC2 in any account and region, in sessions named after a purpose."""

    def __init__(self, sessions: Sessions, purpose: str = "drs-orchestration") -> None:
        self._sessions = sessions
        self._purpose = purpose

    def named(self, purpose: str) -> "Ec2Gateway":
        """The same gateway for another purpose."""
        return Ec2Gateway(self._sessions, purpose)

    def instance_health(self, target: Target, ids: Sequence[str]) -> tuple[InstanceHealth, ...]:
        """State and status checks of the instances that exist; unknown ids are left out."""

        def checked(session: AccountSession) -> tuple[InstanceHealth, ...]:
            client = patient(session.client("ec2", target.region))
            slices = [ids[start : start + IDS_PER_CALL] for start in range(0, len(ids), IDS_PER_CALL)]
            return tuple(health for part in slices for health in _health(client, part))

        return read(self._sessions, self._purpose, target, "DescribeInstanceStatus", checked)

    def open_to_launches(self, target: Target, ids: Sequence[str]) -> Mapping[str, datetime | None]:
        """Those of the instances that live and whose owner lets DRS launch into them, and when each was made."""

        def listed(session: AccountSession) -> dict[str, datetime | None]:
            client = patient(session.client("ec2", target.region))
            slices = [ids[start : start + VALUES_PER_FILTER] for start in range(0, len(ids), VALUES_PER_FILTER)]
            tagged: list[FilterTypeDef] = [{"Name": f"tag:{TAG}", "Values": [ALLOWED]}]
            return {
                name: made_at_of(instance.get("NetworkInterfaces", ()))
                for part in slices
                for name, instance in _described(client, part, tagged).items()
                if instance["State"]["Name"] not in _ENDED
            }

        return read(self._sessions, self._purpose, target, "DescribeInstances", listed) if ids else {}


def _health(client: "EC2Client", ids: Sequence[str]) -> list[InstanceHealth]:
    """First which exist, by filter, because a status call with one unknown id is refused as a whole."""
    existing = _described(client, ids)
    if not existing:
        return []
    statuses = {
        status["InstanceId"]: status
        for page in client.get_paginator("describe_instance_status").paginate(
            InstanceIds=list(existing), IncludeAllInstances=True
        )
        for status in page["InstanceStatuses"]
    }
    return [_instance_health(instance, statuses.get(name)) for name, instance in existing.items()]


def _described(
    client: "EC2Client", ids: Sequence[str], more: "Sequence[FilterTypeDef]" = ()
) -> "dict[str, InstanceTypeDef]":
    """Those of the instances that there are, and of which the filters are true."""
    filters: list[FilterTypeDef] = [{"Name": "instance-id", "Values": list(ids)}, *more]
    return {
        instance["InstanceId"]: instance
        for page in client.get_paginator("describe_instances").paginate(Filters=filters)
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    }


def _instance_health(instance: "InstanceTypeDef", status: "InstanceStatusTypeDef | None") -> InstanceHealth:
    state = (status or {}).get("InstanceState") or instance["State"]
    return InstanceHealth(
        instance_id=instance["InstanceId"],
        state=state["Name"],
        system_status=(status or {}).get("SystemStatus", {}).get("Status"),
        instance_status=(status or {}).get("InstanceStatus", {}).get("Status"),
        launched_at=instance.get("LaunchTime"),
        allows_launches=is_open(instance.get("Tags", ())),
        made_at=made_at_of(instance.get("NetworkInterfaces", ())),
    )
