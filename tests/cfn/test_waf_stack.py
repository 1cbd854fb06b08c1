"""What the firewalls refuse: too many requests of one address, bad reputations, and what AWS knows to be an attack."""

from __future__ import annotations

from typing import Any

import pytest

from local.cloudformation.template import Place
from shared.models.health_checks import CommandCheck
from tests.support.templates import load_template

NAME = "waf-stack.yaml"
GROUPS = [
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
]
template = load_template(NAME, ProjectName="some-project", Environment="test")
ACLS = {"CloudFrontWebAcl": "CLOUDFRONT", "ApiWebAcl": "REGIONAL"}


def rules(acl: str) -> dict[str, dict[str, Any]]:
    """The rules of an ACL by their names."""
    return {rule["Name"]: rule for rule in template.properties(acl)["Rules"]}


@pytest.mark.requirement("SRS-S08")
@pytest.mark.parametrize("acl", ACLS)
def test_an_address_has_two_thousand_requests_in_five_minutes_and_is_then_refused(acl: str) -> None:
    rule = rules(acl)["RequestsPerAddress"]

    assert rule["Statement"] == {
        "RateBasedStatement": {"AggregateKeyType": "IP", "EvaluationWindowSec": 300, "Limit": 2000}
    }
    assert rule["Action"] == {"Block": {}}


@pytest.mark.requirement("SRS-S08")
@pytest.mark.parametrize("acl", ACLS)
@pytest.mark.parametrize("group", GROUPS)
def test_aws_own_rules_refuse_what_they_find(acl: str, group: str) -> None:
    rule = rules(acl)[group]

    statement = rule["Statement"]["ManagedRuleGroupStatement"]
    assert (statement["VendorName"], statement["Name"]) == ("AWS", group)
    assert rule["OverrideAction"] == {"None": {}}, "anything else would only count"
    assert "ExcludedRules" not in statement


def _counting() -> set[tuple[str, str]]:
    """Of which ACL which rules of AWS's groups refuse nothing."""
    return {
        (acl, override["Name"])
        for acl in ACLS
        for rule in template.properties(acl)["Rules"]
        for override in rule["Statement"].get("ManagedRuleGroupStatement", {}).get("RuleActionOverrides", [])
        if override["ActionToUse"] == {"Count": {}}
    }


def test_only_the_rules_that_read_a_body_of_the_api_count_and_no_other() -> None:
    bodies = {
        "CrossSiteScripting_BODY",
        "EC2MetaDataSSRF_BODY",
        "GenericLFI_BODY",
        "GenericRFI_BODY",
        "SizeRestrictions_BODY",
    }

    assert _counting() == {("ApiWebAcl", name) for name in bodies}


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        ("curl -fsS http://10.0.0.5/health", "GenericRFI_BODY"),
        ("cd /opt/orders/current && ../../bin/status", "GenericLFI_BODY"),
        ("curl -s http://169.254.169.254/latest/meta-data/instance-id", "EC2MetaDataSSRF_BODY"),
        ("curl -s localhost | grep -q '<script src=/orders.js></script>'", "CrossSiteScripting_BODY"),
    ],
)
def test_a_check_that_a_plan_may_declare_is_not_refused_for_what_its_command_says(command: str, rule: str) -> None:
    check = CommandCheck(document_name="AWS-RunShellScript", parameters={"commands": (command,)})

    assert check.parameters["commands"] == (command,)
    assert ("ApiWebAcl", rule) in _counting()


@pytest.mark.parametrize(("acl", "scope"), ACLS.items())
def test_every_rule_is_counted_and_whoever_meets_none_passes(acl: str, scope: str) -> None:
    properties = template.properties(acl)

    assert (properties["Scope"], properties["DefaultAction"]) == (scope, {"Allow": {}})
    for counted in (properties, *properties["Rules"]):
        assert counted["VisibilityConfig"]["CloudWatchMetricsEnabled"] is True
    priorities = [rule["Priority"] for rule in properties["Rules"]]
    assert priorities == sorted(set(priorities))


def test_the_names_are_those_by_which_the_metrics_are_asked_for() -> None:
    names = {acl: template.properties(acl)["VisibilityConfig"]["MetricName"] for acl in ACLS}

    assert names == {"CloudFrontWebAcl": "some-project-waf-test", "ApiWebAcl": "some-project-api-waf-test"}
    assert {acl: template.properties(acl)["Name"] for acl in ACLS} == names


@pytest.mark.parametrize(
    ("region", "parameters", "made"),
    [
        ("us-east-1", {}, {"CloudFrontWebAcl", "ApiWebAcl"}),
        ("eu-west-1", {}, {"ApiWebAcl"}),
        ("us-east-1", {"ProtectsApi": "false"}, {"CloudFrontWebAcl"}),
        ("us-east-1", {"ProtectsConsole": "false"}, {"ApiWebAcl"}),
    ],
)
def test_an_acl_for_cloudfront_is_made_in_no_region_but_us_east_1(
    region: str, parameters: dict[str, str], made: set[str]
) -> None:
    deployed = load_template(NAME, Place("123456789012", region), **parameters)

    assert {acl for acl in ACLS if deployed.creates(acl)} == made
    assert set(deployed.outputs()) == {f"{acl}Arn" for acl in made}
