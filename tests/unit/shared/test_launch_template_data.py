"""What EC2 answers of a launch template may be sent again, but for what it tells of itself."""

from collections.abc import Iterator
from typing import Any

from botocore.session import get_session

from shared.launch_template_data import ANSWERED_ONLY, same_data, sendable, whole


def answered_only(answered: Any, taken: Any, member: str = "") -> Iterator[tuple[str, str]]:
    """By their member those that EC2 answers and does not take, throughout its own model."""
    if answered.type_name == "list":
        yield from answered_only(answered.member, taken.member, member)
    elif answered.type_name == "structure":
        for name, shape in answered.members.items():
            if name in taken.members:
                yield from answered_only(shape, taken.members[name], name)
            else:
                yield member, name


def test_what_ec2_answers_and_does_not_take_is_known() -> None:
    model = get_session().get_service_model("ec2")

    told = answered_only(model.shape_for("ResponseLaunchTemplateData"), model.shape_for("RequestLaunchTemplateData"))

    assert {*told} == {(member, name) for member, names in ANSWERED_ONLY.items() for name in names}


def test_it_is_left_out_and_so_is_what_is_empty() -> None:
    data = {
        "MetadataOptions": {"State": "applied", "HttpTokens": "required"},
        "Operator": {"Managed": False},
        "NetworkInterfaces": [{"DeviceIndex": 0, "Ipv6Addresses": [{"Ipv6Address": "::1", "IsPrimaryIpv6": True}]}],
        "BlockDeviceMappings": [{"DeviceName": "/dev/sdb", "NoDevice": ""}],
        "SecurityGroupIds": [],
        "KeyName": "operators",
    }

    assert sendable(data) == {
        "MetadataOptions": {"HttpTokens": "required"},
        "NetworkInterfaces": [{"DeviceIndex": 0, "Ipv6Addresses": [{"Ipv6Address": "::1"}]}],
        "BlockDeviceMappings": [{"DeviceName": "/dev/sdb", "NoDevice": ""}],
        "KeyName": "operators",
    }
    assert whole(
        data, {"InstanceType": "m6i.large"}, {"MetadataOptions", "BlockDeviceMappings", "NetworkInterfaces"}
    ) == {
        "KeyName": "operators",
        "InstanceType": "m6i.large",
    }


def test_two_readings_differ_in_what_was_changed() -> None:
    pending = {"MetadataOptions": {"State": "pending", "HttpTokens": "required"}, "SecurityGroupIds": []}

    assert same_data(pending, {"MetadataOptions": {"State": "applied", "HttpTokens": "required"}})
    assert not same_data(pending, {"MetadataOptions": {"HttpTokens": "optional"}})
