"""What is served: a stage of its own, throttled, whose log names who called and holds no body."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.templates import CFN, load_template
from tools.contract import deployment

stack = load_template("api-gateway-deployment-stack.yaml", Environment="test", RestApiId="abc123")


@pytest.mark.requirement("SRS-S09")
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


DEPLOYMENTS = [name for name, each in stack.resources.items() if each["Type"] == "AWS::ApiGateway::Deployment"]


def test_what_an_older_stage_serves_is_kept() -> None:
    for name in DEPLOYMENTS:
        deployed = stack.resources[name]
        assert (deployed["DeletionPolicy"], deployed["UpdateReplacePolicy"]) == ("Retain", "Retain")


@pytest.mark.parametrize("revision", ["a", "b"])
def test_another_revision_is_another_deployment(revision: str) -> None:
    revised = load_template("api-gateway-deployment-stack.yaml", ApiRevision=revision)

    (made,) = [name for name in DEPLOYMENTS if revised.creates(name)]

    assert revised.properties("ApiStage")["DeploymentId"] == f"${{{made}}}"
    assert made.endswith(revision.upper())


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_what_the_api_answers_by_itself_is_there_before_it_is_copied(name: str) -> None:
    answers = [each for each, it in stack.resources.items() if it["Type"] == "AWS::ApiGateway::GatewayResponse"]

    assert stack.resources[name]["DependsOn"] == answers


def test_the_firewall_stands_before_the_stage_if_there_is_one() -> None:
    acl = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/a/b"
    guarded = load_template("api-gateway-deployment-stack.yaml", RestApiId="abc123", WebAclArn=acl)

    assert guarded.creates("FirewallOfTheApi") and not stack.creates("FirewallOfTheApi")
    assert guarded.properties("FirewallOfTheApi") == {
        "ResourceArn": "arn:aws:apigateway:us-east-1::/restapis/abc123/stages/${ApiStage}",
        "WebACLArn": acl,
    }


def test_another_api_is_another_deployment() -> None:
    template = (CFN / "api-gateway-deployment-stack.yaml").read_text(encoding="utf-8")

    one, same, other = (deployment.text(template, parts) for parts in (["a", "b"], ["a", "b"], ["a", "c"]))

    assert one == same != other
    assert deployment.text(one, ["a", "b"]) == one
    assert len(set(re.findall(r"ApiDeployment[0-9a-f]{12}", one))) == 1
    assert len(re.findall(r"ApiDeployment[0-9a-f]{12}", one)) == 4, (
        "where they are declared, and where the stage takes one"
    )


def test_another_answer_of_the_api_itself_is_another_deployment() -> None:
    template = (CFN / "api-gateway-deployment-stack.yaml").read_text(encoding="utf-8")
    changed = template.replace("sign in again", "come in again")

    names = [re.findall(r"ApiDeployment[0-9a-f]{12}", deployment.text(each, ["a"]))[0] for each in (template, changed)]

    assert names[0] != names[1]


def test_a_template_without_such_a_name_is_an_error_and_never_deployed_once_for_all() -> None:
    with pytest.raises(ValueError, match="no deployment"):
        deployment.text("Resources:\n  ApiDeployment:\n", ["a"])
