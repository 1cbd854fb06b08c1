"""Which right each question to an account needs, and which operations the reference of rights says ask it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tests.unit.docs.markdown import Document

PORTS_OF_ACCOUNTS: Final = frozenset({"cloudwatch", "configurations", "drs", "ec2", "limits", "ssm", "templates"})

RIGHT_OF: Final[Mapping[str, str]] = {
    "configurations.read": "drs:GetLaunchConfiguration",
    "drs.job_log": "drs:DescribeJobLogItems",
    "drs.job_page": "drs:DescribeJobs",
    "drs.jobs": "drs:DescribeJobs",
    "drs.recovery_instances": "drs:DescribeRecoveryInstances",
    "drs.source_server_page": "drs:DescribeSourceServers",
    "drs.source_servers": "drs:DescribeSourceServers",
    "drs.staging_accounts": "drs:ListStagingAccounts",
    "ec2.held_addresses": "ec2:DescribeNetworkInterfaces",
    "ec2.instance_profile_page": "iam:ListInstanceProfiles",
    "ec2.instance_profiles": "iam:ListInstanceProfiles",
    "ec2.instance_types": "ec2:DescribeInstanceTypes",
    "ec2.instances": "ec2:DescribeInstances",
    "ec2.offered_types": "ec2:DescribeInstanceTypeOfferings",
    "ec2.open_instances": "ec2:DescribeInstances",
    "ec2.security_group_page": "ec2:DescribeSecurityGroups",
    "ec2.security_groups": "ec2:DescribeSecurityGroups",
    "ec2.subnet_page": "ec2:DescribeSubnets",
    "ec2.subnets": "ec2:DescribeSubnets",
    "ec2.zones_offering": "ec2:DescribeInstanceTypeOfferings",
    "limits.limits": "servicequotas:ListServiceQuotas",
    "templates.default_versions": "ec2:DescribeLaunchTemplateVersions",
}
NO_CALL: Final = frozenset({"drs.let_go"})
"""A client is forgotten, and nobody asked."""

_ROW: Final = re.compile(r"^\| `([a-z0-9]+:\w+)` \| (?:yes)? ?\|(.*)\|$", re.MULTILINE)


def operations_by_right() -> Mapping[str, set[str]]:
    """The operations that the reference names with each right, in whichever account."""
    told: dict[str, set[str]] = {}
    for right, operations in _ROW.findall(Document("docs/reference/DRS_IAM_AND_PERMISSIONS_REFERENCE.md").text):
        told.setdefault(right, set()).update(re.findall(r"`(\w+)`", operations))
    return told
