"""Recovery instances as instances of moto's EC2, which any client of that EC2 sees."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from local.drs_simulator.ec2 import Ec2RefusedError, LaunchOrder, OriginInstance
from local.drs_simulator.moto_networks import network_of, offered
from local.drs_simulator.moto_prepared import instance_of, put_volumes
from local.drs_simulator.networks import refusal_of
from local.drs_simulator.prepared import IntoOrder, PreparedInstance, refusal_of_instance
from local.drs_simulator.templates import Launch, TemplateOrder, launch_from, refusal_of_data

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client

ClientOf = Callable[[str, str], "EC2Client"]
_LIKE_SERVERS: Final = {"architecture": "x86_64", "virtualization-type": "hvm", "root-device-type": "ebs"}
"""What instances of source servers have in common, and those into which they can be launched."""
_GONE: Final = "InvalidInstanceID.NotFound"
_FILTER_LIMIT: Final = 200
_TEMPLATE_NAME: Final = "created-and-used-by-elastic-disaster-recovery-{}"

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
        place = (origin.account, origin.region, origin.instance_id)
        self._run_chosen(place, Launch(origin.instance_type), origin.tags)

    def prepare(self, instance: PreparedInstance) -> None:
        """Have the instance of that very id, stopped or running, unless there is one; raises Ec2RefusedError."""
        place = (instance.account, instance.region, instance.instance_id)
        launch = Launch(instance.instance_type, subnet_id=instance.subnet_id, private_address=instance.private_address)
        if self._run_chosen(place, launch, instance.tags) and instance.state == "stopped":
            self.stop(*place)

    def prepared(self, account: str, region: str, instance_id: str) -> PreparedInstance | None:
        """What EC2 says of an instance; raises Ec2RefusedError."""
        try:
            return instance_of(self._client_of(account, region), account, region, instance_id)
        except (ClientError, BotoCoreError) as error:
            raise Ec2RefusedError(str(error)) from error

    def launch_into(self, account: str, region: str, order: IntoOrder) -> None:
        """Put volumes of DRS in the place of those that the instance has, and start it; raises Ec2RefusedError."""
        found = self.prepared(account, region, order.instance_id)
        refusal = refusal_of_instance(
            found, order.instance_id, platform=order.platform, architecture=order.architecture
        )
        if refusal:
            raise Ec2RefusedError(refusal)
        client = self._client_of(account, region)
        try:
            put_volumes(client, order)
            client.start_instances(InstanceIds=[order.instance_id])
        except (ClientError, BotoCoreError) as error:
            raise Ec2RefusedError(str(error)) from error

    def _run_chosen(self, place: tuple[str, str, str], launch: Launch, tags: Mapping[str, str]) -> bool:
        """Run an instance of that id, unless there is one; whether there was none. Raises Ec2RefusedError."""
        account, region, instance_id = place
        if self.states(account, region, [instance_id]):
            return False
        client, image = self._client_of(account, region), self._image(account, region)
        try:
            given = self._run(client, image, launch, tags, ClientToken=f"{CHOSEN_ID}{instance_id}")
        except (ClientError, BotoCoreError) as error:
            raise Ec2RefusedError(str(error)) from error
        if given != instance_id:
            raise Ec2RefusedError(f"this EC2 chooses ids itself: {given} in the place of {instance_id}")
        return True

    def launch(self, account: str, region: str, order: LaunchOrder) -> str:
        """Launch an instance with its tags; raises Ec2RefusedError with EC2's own words.

        moto takes from a template neither interfaces nor a profile, and refuses little of what is named: they are
        looked at here and handed over by name.
        """
        client = self._client_of(account, region)
        try:
            launch = Launch(order.instance_type, private_address=order.private_address)
            if order.template_id:
                data = _default_version(client, order.template_id)
                if refusal_of_data(data):
                    raise Ec2RefusedError(refusal_of_data(data))
                launch = launch_from(data, order.instance_type, order.private_address)
                if not order.instance_type and not offered(client, launch.instance_type):
                    raise Ec2RefusedError(
                        f"InvalidParameterValue: Invalid value '{launch.instance_type}' for InstanceType."
                    )
            network, in_use = network_of(client, launch)
            refusal = refusal_of(launch, network, in_use)
            if refusal:
                raise Ec2RefusedError(refusal)
            return self._run(client, self._image(account, region), launch, order.tags)
        except (ClientError, BotoCoreError) as error:
            raise Ec2RefusedError(str(error)) from error

    def make_template(self, account: str, region: str, order: TemplateOrder) -> str:
        """Make the launch template of a source server, under an id of EC2's; raises Ec2RefusedError."""
        client, data = self._client_of(account, region), cast(Any, order.data())
        try:
            answer = client.create_launch_template(
                LaunchTemplateName=_TEMPLATE_NAME.format(order.server_id), LaunchTemplateData=data
            )
            template_id = answer["LaunchTemplate"]["LaunchTemplateId"]
            # not when it is made: moto would put these tags into what the template says of launches
            client.create_tags(
                Resources=[template_id], Tags=[{"Key": key, "Value": value} for key, value in order.tags.items()]
            )
        except (ClientError, BotoCoreError) as error:
            raise Ec2RefusedError(str(error)) from error
        return template_id

    def template_data(self, account: str, region: str, template_id: str) -> Mapping[str, Any]:
        """The data of the default version; raises Ec2RefusedError."""
        try:
            return _default_version(self._client_of(account, region), template_id)
        except (ClientError, BotoCoreError) as error:
            raise Ec2RefusedError(str(error)) from error

    def renew_template(self, account: str, region: str, template_id: str, changes: Mapping[str, Any]) -> None:
        """Lay changes over the default version, as a new one that is the default then; raises Ec2RefusedError."""
        client = self._client_of(account, region)
        try:
            data = cast(Any, {**_default_version(client, template_id), **changes})
            made = client.create_launch_template_version(LaunchTemplateId=template_id, LaunchTemplateData=data)
            number = str(made["LaunchTemplateVersion"]["VersionNumber"])
            client.modify_launch_template(LaunchTemplateId=template_id, DefaultVersion=number)
        except (ClientError, BotoCoreError) as error:
            raise Ec2RefusedError(str(error)) from error

    @staticmethod
    def _run(client: "EC2Client", image: str, launch: Launch, tags: Mapping[str, str], **more: Any) -> str:
        named: Any = dict(more)
        interface: dict[str, Any] = {"DeviceIndex": 0}
        if launch.subnet_id:
            interface["SubnetId"] = launch.subnet_id
            if launch.private_address:
                interface["PrivateIpAddress"] = launch.private_address
        if launch.security_group_ids:
            interface["Groups"] = list(launch.security_group_ids)
        if len(interface) > 1:
            named["NetworkInterfaces"] = [interface]
        if launch.profile_name:
            named["IamInstanceProfile"] = {"Name": launch.profile_name}
        answer = client.run_instances(
            ImageId=image,
            InstanceType=cast(Any, launch.instance_type),
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[
                {"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
            ],
            **named,
        )
        return answer["Instances"][0]["InstanceId"]

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

    def _image(self, account: str, region: str) -> str:
        key = (account, region)
        if key not in self._images:
            wanted: Any = [{"Name": name, "Values": [value]} for name, value in _LIKE_SERVERS.items()]
            images = self._client_of(account, region).describe_images(Owners=["amazon"], Filters=wanted)["Images"]
            chosen = next((image for image in images if not image.get("Platform")), None)
            if chosen is None:
                raise Ec2RefusedError(f"EC2 has no image of Linux in {region}")
            self._images[key] = chosen["ImageId"]
        return self._images[key]


def _default_version(client: "EC2Client", template_id: str) -> Mapping[str, Any]:
    """What the default version of a template says."""
    answer = client.describe_launch_template_versions(LaunchTemplateId=template_id, Versions=["$Default"])
    return answer["LaunchTemplateVersions"][0]["LaunchTemplateData"]


def _unless_gone(call: Callable[[], Any]) -> None:
    try:
        call()
    except ClientError as error:
        if error.response["Error"]["Code"] != _GONE:
            raise Ec2RefusedError(str(error)) from error
    except BotoCoreError as error:
        raise Ec2RefusedError(str(error)) from error
