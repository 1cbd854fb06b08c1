"""Launch templates through the product's gateway, in moto's EC2: many in few calls, versions over their source."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.session import get_session
from moto import mock_aws

from local.moto_patches import launch_template_pages, launch_template_versions
from local.moto_patches.patches import Patches
from shared.aws.launch_templates import FEW, PAGE, LaunchTemplateGateway
from shared.cross_account import Sessions, make_client
from shared.errors import DrsServiceError
from shared.launch_config_rules import ConfigWrites
from shared.launch_template_data import same_data
from shared.models.launch_template import TemplateVersion
from shared.models.targets import Target
from tests.integration.aws.conftest import HUB

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client
    from mypy_boto3_ec2.type_defs import TagTypeDef

TARGET = Target(account_id=HUB, region="us-west-2")
DATA: dict[str, Any] = {
    "InstanceType": "t3.micro",
    "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 30}}],
    "NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": False, "Groups": ["sg-0000000a"]}],
}
LARGER = ConfigWrites({}, {"InstanceType": "m6i.large"})


MANAGED: Final["TagTypeDef"] = {"Key": "AWSElasticDisasterRecoveryManaged", "Value": "drs.amazonaws.com"}


@pytest.fixture
def calls() -> Counter[str]:
    return Counter()


@pytest.fixture
def session() -> Iterator[boto3.session.Session]:
    patches = Patches()
    with mock_aws():
        launch_template_versions.install(patches)
        launch_template_pages.install(patches)
        yield boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub", region_name="us-west-2")
    patches.undo()


@pytest.fixture
def ec2(session: boto3.session.Session) -> "EC2Client":
    return session.client("ec2")


@pytest.fixture
def templates(session: boto3.session.Session, calls: Counter[str]) -> LaunchTemplateGateway:
    def factory(of: boto3.session.Session, service: str, region: str, config: Config) -> Any:
        client = make_client(of, service, region, config)
        client.meta.events.register("before-call.ec2", lambda model, **_: calls.update([model.name]))
        return client

    return LaunchTemplateGateway(Sessions(lambda _: None, HUB, "us-east-1", base_session=session, factory=factory))


def make(ec2: "EC2Client", count: int) -> list[str]:
    """Templates, tagged as DRS tags what it makes: others our role lets nobody change."""
    made = [
        ec2.create_launch_template(
            LaunchTemplateName=f"t-{number}",
            LaunchTemplateData=DATA,  # type: ignore[arg-type]
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": [MANAGED]}],
        )
        for number in range(count)
    ]
    return [one["LaunchTemplate"]["LaunchTemplateId"] for one in made]


def default_of(templates: LaunchTemplateGateway, template_id: str) -> TemplateVersion:
    version = templates.default_version(TARGET, template_id)
    assert version is not None
    return version


def test_a_version_is_its_source_with_the_named_members_over_it(
    ec2: "EC2Client", templates: LaunchTemplateGateway
) -> None:
    [template] = make(ec2, 1)
    source = default_of(templates, template)

    number = templates.add_version(TARGET, source, LARGER, "a note")
    before = default_of(templates, template)
    told = templates.make_default(TARGET, template, number)
    after = default_of(templates.named("other"), template)

    assert (source.number, source.latest, number) == (1, 1, 2)
    assert (told.default, told.latest) == (2, 2)
    assert (before.number, before.latest) == (1, 2), "the newest is told beside the default"
    assert (after.number, after.data["InstanceType"]) == (2, "m6i.large")
    assert after.data["BlockDeviceMappings"] == DATA["BlockDeviceMappings"]
    assert after.data["NetworkInterfaces"][0]["AssociatePublicIpAddress"] is False


def test_a_version_without_some_members_has_all_the_others(ec2: "EC2Client", templates: LaunchTemplateGateway) -> None:
    [template] = make(ec2, 1)
    source = default_of(templates, template)

    number = templates.add_version(TARGET, source, ConfigWrites({}, {}, frozenset({"InstanceType"})), "a note")

    made = templates.version(TARGET, template, number)
    assert made is not None
    assert same_data(made.data, {name: value for name, value in source.data.items() if name != "InstanceType"})


def test_many_templates_are_picked_out_of_pages_of_all(
    ec2: "EC2Client", templates: LaunchTemplateGateway, calls: Counter[str]
) -> None:
    made = make(ec2, 130)
    ec2.create_launch_template_version(
        LaunchTemplateId=made[7], SourceVersion="1", LaunchTemplateData={"InstanceType": "c5.large"}
    )

    versions = templates.default_versions(TARGET, [*made[:100], "lt-00000000000000000"])
    numbers = templates.numbers(TARGET, made[:100])

    assert {*versions} == {*numbers} == {*made[:100]}
    assert (versions[made[7]].number, versions[made[7]].latest) == (1, 2)
    assert (numbers[made[7]].default, numbers[made[7]].latest) == (1, 2)
    assert calls == {"DescribeLaunchTemplateVersions": 2, "DescribeLaunchTemplates": 1}


def test_of_few_templates_no_listing_is_read(
    ec2: "EC2Client", templates: LaunchTemplateGateway, calls: Counter[str]
) -> None:
    made = make(ec2, FEW)

    assert templates.default_versions(TARGET, made) == {}
    assert [default_of(templates, one).number for one in made] == [1] * FEW
    assert templates.default_version(TARGET, "lt-00000000000000000") is None
    assert calls["DescribeLaunchTemplateVersions"] == FEW + 1


def test_a_listing_of_many_others_ends_and_tells_only_what_it_knows_whole(
    ec2: "EC2Client", templates: LaunchTemplateGateway, calls: Counter[str]
) -> None:
    made = make(ec2, PAGE + 10)
    for one in made[:2]:
        ec2.create_launch_template_version(
            LaunchTemplateId=one, SourceVersion="1", LaunchTemplateData={"InstanceType": "c5.large"}
        )

    told = templates.default_versions(TARGET, made[: FEW + 1])

    assert calls["DescribeLaunchTemplateVersions"] == 1
    assert {name: (one.number, one.latest) for name, one in told.items()} == {one: (1, 2) for one in made[:2]}
    assert default_of(templates, made[2]).latest == 1, "whose newest may be on a later page"


def test_one_that_does_not_exist_keeps_nobody_from_the_others(
    ec2: "EC2Client", templates: LaunchTemplateGateway
) -> None:
    made = make(ec2, 3)

    assert templates.numbers(TARGET, [*made, "lt-00000000000000000"]).keys() == set(made)
    assert templates.numbers(TARGET, ["lt-00000000000000000"]) == {}
    assert (templates.numbers(TARGET, []), templates.default_versions(TARGET, [])) == ({}, {})


def test_an_earlier_version_is_read_by_its_number(ec2: "EC2Client", templates: LaunchTemplateGateway) -> None:
    [template] = make(ec2, 1)
    source = default_of(templates, template)
    number = templates.add_version(TARGET, source, LARGER, "a note")
    templates.make_default(TARGET, template, number)

    first = templates.version(TARGET, template, 1)

    assert first is not None and (first.number, first.data["InstanceType"]) == (1, "t3.micro")
    assert templates.version(TARGET, template, 99) is None
    assert templates.version(TARGET, "lt-00000000000000000", 1) is None


def test_a_refusal_says_what_was_asked_of_whom(ec2: "EC2Client", templates: LaunchTemplateGateway) -> None:
    [template] = make(ec2, 1)

    with pytest.raises(DrsServiceError) as refused:
        templates.make_default(TARGET, template, 99)

    assert "ModifyLaunchTemplate in 123456789012/us-west-2" in refused.value.message
    assert "VersionNotFound" in refused.value.drs_code


def test_whatever_ec2_answers_of_an_interface_may_be_sent_again() -> None:
    model = get_session().get_service_model("ec2")

    answered = model.shape_for("LaunchTemplateInstanceNetworkInterfaceSpecification").members  # type: ignore[attr-defined]
    sent = model.shape_for("LaunchTemplateInstanceNetworkInterfaceSpecificationRequest").members  # type: ignore[attr-defined]

    assert set(answered) <= set(sent)
