"""What is served: a stage of its own, throttled, whose log names who called and holds no body."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.templates import CFN, load_template
from tools.contract import deployment

stack = load_template("api-gateway-deployment-stack.yaml", Environment="test", RestApiId="abc123")


def test_the_stage_takes_a_thousand_requests_a_second_and_two_thousand_at_once() -> None:
    (settings,) = stack.properties("ApiStage")["MethodSettings"]

    assert (settings["HttpMethod"], settings["ResourcePath"]) == ("*", "/*")
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (1000, 2000)


def test_no_body_is_logged() -> None:
    (settings,) = stack.properties("ApiStage")["MethodSettings"]

    assert settings["DataTraceEnabled"] is False
    assert "LoggingLevel" not in settings


def test_the_access_log_is_one_line_of_json_that_names_request_caller_and_status() -> None:
    setting = stack.properties("ApiStage")["AccessLogSetting"]

    line = json.loads(setting["Format"])
    assert {"requestId", "caller", "sourceIp", "method", "resource", "status"} <= set(line)
    assert line["caller"] == "$context.authorizer.claims.sub"
    assert "\n" not in setting["Format"]


def test_the_access_log_has_its_role_before_the_stage_and_the_account_keeps_it_after_the_stack() -> None:
    elsewhere = load_template("api-gateway-deployment-stack.yaml", SetsLogRole="false")

    assert "${ApiGatewayAccount}" in stack.properties("ApiStage")["Description"]
    for name in ("ApiGatewayAccount", "ApiGatewayLogRole"):
        assert stack.resources[name]["DeletionPolicy"] == "Retain"
        assert stack.creates(name) and not elsewhere.creates(name)


def test_the_endpoint_names_api_and_stage() -> None:
    assert stack.properties("ApiStage")["StageName"] == "test"
    assert stack.outputs()["ApiEndpoint"].startswith("https://abc123.execute-api.us-east-1.amazonaws.com/")


def test_what_an_older_stage_serves_is_kept() -> None:
    (deployment,) = [each for each in stack.resources.values() if each["Type"] == "AWS::ApiGateway::Deployment"]

    assert (deployment["DeletionPolicy"], deployment["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_another_api_is_another_deployment() -> None:
    template = (CFN / "api-gateway-deployment-stack.yaml").read_text(encoding="utf-8")

    one, same, other = (deployment.text(template, parts) for parts in (["a", "b"], ["a", "b"], ["a", "c"]))

    assert one == same != other
    (name,) = set(re.findall(r"ApiDeployment[0-9a-f]+", one))
    assert one.count(name) == 2, "where it is declared, and where the stage takes it"


def test_a_template_without_such_a_name_is_an_error_and_never_deployed_once_for_all() -> None:
    with pytest.raises(ValueError, match="no deployment"):
        deployment.text("Resources:\n  ApiDeployment:\n", ["a"])
