"""Servers are brought to whatever settings in moto's EC2: what it holds then, and what nobody has touched."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import HealthCheck, example, given, settings

from local.drs_simulator import SourceServerSpec
from shared.launch_config_rules import merged, settings_of
from shared.models.launch_config import LaunchConfig, ServerLaunchConfig
from shared.models.launch_config_state import ConfigOutcome
from shared.services.launch_config_bringing import bring
from shared.services.launch_config_orders import How, Wanted
from tests.integration.configuration.conftest import System
from tests.support.configuration import DATABASE
from tests.support.launch_settings import (
    not_held,
    settings_meant,
    settings_of_group,
    settings_of_server,
    template_data,
    unmanaged,
)
from tests.support.moto_ec2 import MotoEc2Cloud

ALL_BUT_SIZING: Final[dict[str, Any]] = {
    "subnetId": "subnet-0000000a",
    "securityGroupIds": ["sg-0000000a", "sg-0000000b"],
    "instanceType": "m6i.large",
    "instanceProfileName": "web",
    "copyTags": True,
    "licensing": {"osByol": True},
    "launchDisposition": "STOPPED",
    "postLaunchEnabled": True,
    "recoveryMode": "OPTIMAL",
}
"""None of it is what DRS or a template has by itself."""


def default_of(cloud: MotoEc2Cloud, template_id: str) -> dict[str, Any]:
    """The default version with its number, straight from EC2."""
    answer = cloud.client("ec2").describe_launch_template_versions(LaunchTemplateId=template_id, Versions=["$Default"])
    version: dict[str, Any] = answer["LaunchTemplateVersions"][0]
    return version


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(settings_of_group(), settings_of_server(), template_data())
@example(ALL_BUT_SIZING, {"staticPrivateIp": "10.0.0.9"}, {})
@example({"copyPrivateIp": True, "targetInstanceTypeRightSizingMethod": "IN_AWS"}, {"copyTags": True}, {})
def test_what_ec2_holds_afterwards_is_what_is_to_be_and_the_rest_is_untouched(
    system: System,
    cloud: MotoEc2Cloud,
    group: dict[str, Any],
    own: dict[str, Any],
    data: dict[str, Any],
) -> None:
    deps, ec2 = system.preflight.bringing, cloud.client("ec2")
    config = merged(LaunchConfig.model_validate(group), ServerLaunchConfig.model_validate(own))
    spec = SourceServerSpec(hostname="drawn")
    server = system.simulator.add_source_server(DATABASE.account_id, DATABASE.region, spec)
    template_id = deps.configurations.read(DATABASE, server).template_id
    made = ec2.create_launch_template_version(LaunchTemplateId=template_id, SourceVersion="1", LaunchTemplateData=data)
    number = made["LaunchTemplateVersion"]["VersionNumber"]
    ec2.modify_launch_template(LaunchTemplateId=template_id, DefaultVersion=str(number))
    before = default_of(cloud, template_id)

    brought = bring(DATABASE, {server: Wanted(config)}, How(), deps)[server]
    after = default_of(cloud, template_id)
    again = bring(DATABASE, {server: Wanted(config)}, How(), deps)[server]

    assert brought.outcome in (ConfigOutcome.APPLIED, ConfigOutcome.UNCHANGED), brought
    held = settings_of(after["LaunchTemplateData"]) | dict(deps.configurations.read(DATABASE, server).settings)
    assert not_held(settings_meant(group, own), held) == {}
    assert unmanaged(after["LaunchTemplateData"]) == unmanaged(before["LaunchTemplateData"])
    assert again.outcome is ConfigOutcome.UNCHANGED
    assert default_of(cloud, template_id)["VersionNumber"] == after["VersionNumber"]
