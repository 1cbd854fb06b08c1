"""OpsCenter, as botocore's model of Systems Manager takes and answers it."""

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from shared.aws.ops_center import OpsCenterGateway
from shared.aws.ops_ports import OpsItem, Severity
from shared.aws.ports import HandOverError

ITEM = OpsItem("execution-1", "Failed", "Look at it", Severity.CRITICAL, {"planId": "plan-1"})
ASKED = {
    "Title": "Failed",
    "Description": "Look at it",
    "Source": "DrsOrchestration",
    "Category": "Recovery",
    "Severity": "1",
    "OperationalData": {
        "/aws/dedup": {"Value": json.dumps({"dedupString": "execution-1"}), "Type": "SearchableString"},
        "planId": {"Value": "plan-1", "Type": "SearchableString"},
    },
}


@pytest.fixture
def client() -> Any:
    session = boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub", region_name="us-east-1")
    return session.client("ssm")


def test_what_is_made_is_about_one_thing(client: Any) -> None:
    with Stubber(client) as ssm:
        ssm.add_response("create_ops_item", {"OpsItemId": "oi-1"}, ASKED)

        assert OpsCenterGateway(client).create(ITEM) == "oi-1"


def test_one_about_the_same_that_is_open_is_the_answer(client: Any) -> None:
    with Stubber(client) as ssm:
        ssm.add_client_error(
            "create_ops_item", "OpsItemAlreadyExistsException", modeled_fields={"OpsItemId": "oi-of-before"}
        )

        assert OpsCenterGateway(client).create(ITEM) == "oi-of-before"


@pytest.mark.parametrize("code", ["OpsItemLimitExceededException", "AccessDeniedException"])
def test_a_refusal_is_told(client: Any, code: str) -> None:
    with Stubber(client) as ssm:
        ssm.add_client_error("create_ops_item", code)

        with pytest.raises(HandOverError, match=code):
            OpsCenterGateway(client).create(ITEM)
