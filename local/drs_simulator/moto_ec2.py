"""Recovery instances as instances of moto's EC2, which any client of that EC2 sees."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from local.drs_simulator.ec2 import Ec2RefusedError, LaunchOrder, OriginInstance

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client
    from mypy_boto3_ec2.literals import InstanceTypeType
    from mypy_boto3_ec2.type_defs import TagSpecificationTypeDef, TagTypeDef

ClientOf = Callable[[str, str], "EC2Client"]
_GONE: Final = "InvalidInstanceID.NotFound"
_FILTER_LIMIT: Final = 200

CHOSEN_ID: Final = "drs-origin:"
"""How a ClientToken begins whose rest is the id that the instance is to have: `local/moto_patches/instance_ids.py`."""


class MotoEc2:
    """EC2 by boto3 clients, one per account and region.

    `client_of(account, region)` answers an EC2 client with credentials of that account; it is asked each time, so it
    should keep what it makes.
    """

    def __init__(self, client_of: ClientOf) -> None:
        self._client_of = client_of
        self._images: dict[tuple[str, str], str] = {}

    def originate(self, origin: OriginInstance) -> None:
        """Have the instance of that very id run, unless there is one; raises Ec2RefusedError."""
        if self.states(origin.account, origin.region, [origin.instance_id]):
            return
        given = self._run(
            origin.account,
            origin.region,
            origin.instance_type,
            origin.tags,
            ClientToken=f"{CHOSEN_ID}{origin.instance_id}",
        )
        if given != origin.instance_id:
            raise Ec2RefusedError(f"this EC2 chooses ids itself: {given} in the place of {origin.instance_id}")

    def launch(self, account: str, region: str, order: LaunchOrder) -> str:
        """Launch an instance with its tags; raises Ec2RefusedError with EC2's own words."""
        return self._run(account, region, order.instance_type, order.tags)

    def stop(self, account: str, region: str, instance_id: str) -> None:
        """Stop an instance; one that is gone is no error. Raises Ec2RefusedError."""
        client = self._client_of(account, region)
        _unless_gone(lambda: client.stop_instances(InstanceIds=[instance_id]))

    def terminate(self, account: str, region: str, instance_id: str) -> None:
        """Terminate an instance; one that is gone is no error. Raises Ec2RefusedError."""
        client = self._client_of(account, region)
        _unless_gone(lambda: client.terminate_instances(InstanceIds=[instance_id]))

    def states(self, account: str, region: str, instance_ids: Iterable[str]) -> Mapping[str, str]:
        """The state of each instance that EC2 still knows."""
        client, ids, found = self._client_of(account, region), list(instance_ids), dict[str, str]()
        for start in range(0, len(ids), _FILTER_LIMIT):
            wanted = {"Name": "instance-id", "Values": ids[start : start + _FILTER_LIMIT]}
            for page in client.get_paginator("describe_instances").paginate(Filters=[wanted]):  # type: ignore[list-item]
                for reservation in page["Reservations"]:
                    for instance in reservation["Instances"]:
                        found[instance["InstanceId"]] = instance["State"]["Name"]
        return found

    def _run(self, account: str, region: str, instance_type: str, tags: Mapping[str, str], **more: Any) -> str:
        wanted: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in tags.items()]
        known_type: InstanceTypeType = instance_type  # type: ignore[assignment]
        specification: list[TagSpecificationTypeDef] = [{"ResourceType": "instance", "Tags": wanted}] if wanted else []
        try:
            answer = self._client_of(account, region).run_instances(
                ImageId=self._image(account, region),
                InstanceType=known_type,
                MinCount=1,
                MaxCount=1,
                TagSpecifications=specification,
                **more,
            )
        except (ClientError, BotoCoreError) as error:
            raise Ec2RefusedError(str(error)) from error
        return answer["Instances"][0]["InstanceId"]

    def _image(self, account: str, region: str) -> str:
        key = (account, region)
        if key not in self._images:
            wanted: Any = [{"Name": "architecture", "Values": ["x86_64"]}]
            images = self._client_of(account, region).describe_images(Owners=["amazon"], Filters=wanted)["Images"]
            if not images:
                raise Ec2RefusedError(f"EC2 has no image in {region}")
            self._images[key] = images[0]["ImageId"]
        return self._images[key]


def _unless_gone(call: Callable[[], Any]) -> None:
    try:
        call()
    except ClientError as error:
        if error.response["Error"]["Code"] != _GONE:
            raise Ec2RefusedError(str(error)) from error
    except BotoCoreError as error:
        raise Ec2RefusedError(str(error)) from error
