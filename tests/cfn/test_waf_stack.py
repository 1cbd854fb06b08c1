"""What the firewalls refuse: too many requests of one address, bad reputations, and what AWS knows to be an attack."""

from __future__ import annotations

from typing import Any

import pytest

from local.cloudformation.template import Place
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


def test_one_rule_alone_only_counts_because_an_import_is_larger() -> None:
    counting = {
        (acl, override["Name"])
        for acl in ACLS
        for rule in template.properties(acl)["Rules"]
        for override in rule["Statement"].get("ManagedRuleGroupStatement", {}).get("RuleActionOverrides", [])
    }

    assert counting == {("ApiWebAcl", "SizeRestrictions_BODY")}


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
