"""OpsItems of the local system."""

import pytest
from botocore.exceptions import ClientError

from local.system import LocalSystem
from shared.aws.ops_center import OpsCenterGateway
from shared.aws.ops_ports import OpsItem, Severity

ABOUT = OpsItem("execution-1", "Failed", "Look at it", Severity.CRITICAL, {"planId": "plan-1"})


def test_an_ops_item_about_one_thing_is_there_once_while_it_is_open(system: LocalSystem) -> None:
    ssm = system.client("ssm")
    center = OpsCenterGateway(ssm)

    made = center.create(ABOUT)
    again = center.create(ABOUT)
    ssm.update_ops_item(OpsItemId=made, Status="Resolved")
    anew = center.create(ABOUT)

    assert again == made != anew
    shown = ssm.get_ops_item(OpsItemId=made)["OpsItem"]
    assert (shown["Title"], shown["Status"], shown["OperationalData"]["planId"]["Value"]) == (
        "Failed",
        "Resolved",
        "plan-1",
    )
    filters = [{"Key": "Status", "Values": ["Open"], "Operator": "Equal"}]
    listed = ssm.describe_ops_items(OpsItemFilters=filters)["OpsItemSummaries"]
    assert [one["OpsItemId"] for one in listed] == [anew]


def test_an_ops_item_that_is_not_there_is_refused(system: LocalSystem) -> None:
    with pytest.raises(ClientError, match="OpsItemNotFoundException"):
        system.client("ssm").get_ops_item(OpsItemId="oi-000000000000")


def test_a_source_that_names_aws_is_refused(system: LocalSystem) -> None:
    with pytest.raises(ClientError, match="OpsItemInvalidParameterException"):
        system.client("ssm").create_ops_item(Title="Failed", Description="Look at it", Source="aws-drs-orchestration")
