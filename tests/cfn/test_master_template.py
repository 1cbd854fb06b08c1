"""Everything is one stack in three modes: each is walked as CloudFormation would, and what is handed on is there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import pytest

from local.cloudformation.deploy import Created, Stack
from local.cloudformation.nested import stack as nested_stack
from local.cloudformation.template import Place, TemplateError, load, refuse_bad_values
from shared.settings import (
    DataManagementSettings,
    ExecutionSettings,
    FrontendDeployerSettings,
    NotificationSettings,
    OrchestrationSettings,
    QuerySettings,
    Settings,
)
from tests.support.templates import CFN, HUB, TEMPLATES

MASTER: Final = CFN / "master-template.yaml"
EXTERNAL: Final = "arn:aws:iam::123456789012:role/of-our-own"
CERTIFICATE: Final = "arn:aws:acm:us-east-1:123456789012:certificate/1"
GIVEN: Final = {"SourceBucket": "artefacts", "AdminEmail": "admin@example.com"}
MODES: Final[Mapping[str, dict[str, str]]] = {
    "full": {},
    "api": {"DeployFrontend": "false"},
    "external-role": {"DeployFrontend": "false", "OrchestrationRoleArn": EXTERNAL},
    "full under an external role": {"OrchestrationRoleArn": EXTERNAL},
    "without firewalls": {"EnableWAF": "false"},
    "a role for each function": {"RolePerFunction": "true"},
    "a role for each function, without a console": {"RolePerFunction": "true", "DeployFrontend": "false"},
}
READERS: Final[Mapping[str, type[Settings]]] = {
    "query-handler": QuerySettings,
    "data-management-handler": DataManagementSettings,
    "execution-handler": ExecutionSettings,
    "orchestration-stepfunctions": OrchestrationSettings,
    "notification-formatter": NotificationSettings,
    "frontend-deployer": FrontendDeployerSettings,
}
OF_THE_CONSOLE: Final = {"frontend-stack.yaml"}
ALONE: Final = {"github-oidc-stack.yaml", "master-template.yaml"}
"""Templates that the master does not nest."""


@dataclass
class Context:
    """What the walk leaves: the outputs of every stack, and what was made of which kind in which stack."""

    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    made: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    properties: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)


class _Attributes(dict[str, str]):
    """Attributes of a resource of AWS's own: whether it has them is cfn-lint's to say."""

    def __init__(self, stack: Stack, logical_name: str, kind: str) -> None:
        self._of = (stack, logical_name, kind)

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        stack, logical_name, kind = self._of
        return _value(stack.place, logical_name, kind, name)


def _value(place: Place, logical_name: str, kind: str, name: str) -> str:
    """A value of the form that parameters ask for."""
    if "Arn" in name or kind in {"AWS::SNS::Topic", "AWS::StepFunctions::StateMachine"}:
        return _ARNS.get(kind, "arn:{p}:some:{r}:{a}:{n}").format(
            p=place.partition, r=place.region, a=place.account, n=logical_name
        )
    if kind == "AWS::Cognito::UserPool":
        return f"{place.region}_Abc123"
    return "d111111abcdef8.cloudfront.net" if name == "DomainName" else f"{logical_name}{name}"


_ARNS: Final = {
    "AWS::DynamoDB::Table": "arn:{p}:dynamodb:{r}:{a}:table/{n}",
    "AWS::KMS::Key": "arn:{p}:kms:{r}:{a}:key/00000000-0000-4000-8000-000000000000",
    "AWS::IAM::Role": "arn:{p}:iam::{a}:role/{n}",
    "AWS::Cognito::UserPool": "arn:{p}:cognito-idp:{r}:{a}:userpool/{r}_Abc123",
    "AWS::SNS::Topic": "arn:{p}:sns:{r}:{a}:{n}",
    "AWS::StepFunctions::StateMachine": "arn:{p}:states:{r}:{a}:stateMachine:{n}",
}


class Creators(dict[str, Any]):
    """Makes one of everything, and nothing really; nested stacks are walked."""

    def get(self, kind: str, _default: Any = None) -> Any:
        def make(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
            stack.context.made[stack.path.name].append(kind)
            stack.context.properties[stack.path.name, logical_name] = properties
            if kind == "AWS::CloudFormation::Stack":
                return nested_stack(stack, logical_name, properties)
            if kind == "AWS::WAFv2::WebACL":
                scope = "global" if properties["Scope"] == "CLOUDFRONT" else "regional"
                arn = f"arn:aws:wafv2:{stack.place.region}:{stack.place.account}:{scope}/webacl/{logical_name}/1"
                return Created(logical_name, {"Arn": arn})
            name = properties.get("TableName") or properties.get("TopicName") or logical_name
            ref = _value(stack.place, name, kind, "")
            return Created(ref, _Attributes(stack, name, kind))

        return make


@dataclass(frozen=True)
class Walked:
    """What a deployment would have made."""

    context: Context
    outputs: Mapping[str, str]

    @property
    def stacks(self) -> set[str]:
        """The templates that were nested."""
        return set(self.context.outputs)


@cache
def walked(mode: str, region: str = "us-east-1", partition: str = "aws", **more: str) -> Walked:
    """A deployment in a mode, with those parameters besides."""
    context = Context()
    place = Place("123456789012", region, partition)
    outputs = Stack(MASTER, place, {**GIVEN, **MODES[mode], **more}, Creators(), context).deploy()
    return Walked(context, outputs)


@pytest.mark.requirement("PRD-28")
@pytest.mark.parametrize("mode", MODES)
def test_in_each_mode_everything_that_a_stack_is_given_or_asks_for_is_there(mode: str) -> None:
    # a missing output, parameter or value, one that a pattern refuses, and a circle are errors of the walk
    assert walked(mode).outputs["ApiEndpoint"].startswith("https://")


@pytest.mark.parametrize("mode", MODES)
def test_every_template_is_nested_except_the_ones_of_other_modes_and_places(mode: str) -> None:
    absent = set(ALONE)
    parameters = MODES[mode]
    if parameters.get("DeployFrontend") == "false":
        absent |= OF_THE_CONSOLE
    if parameters.get("EnableWAF") == "false":
        absent.add("waf-stack.yaml")
    if "OrchestrationRoleArn" in parameters or "RolePerFunction" in parameters:
        absent.add("cross-account-role-stack.yaml")
    if "RolePerFunction" not in parameters:
        absent.add("function-roles-stack.yaml")

    assert walked(mode).stacks == set(TEMPLATES) - absent


@pytest.mark.parametrize("mode", MODES)
def test_the_outputs_have_the_names_by_which_they_are_asked_for(mode: str) -> None:
    outputs = walked(mode).outputs

    assert outputs["ApiEndpoint"] == outputs["APIGatewayURL"]
    assert outputs["UserPoolId"] == outputs["CognitoUserPoolId"]
    assert outputs["UserPoolClientId"] == outputs["CognitoClientId"]
    assert ("CloudFrontURL" in outputs) == (MODES[mode].get("DeployFrontend") != "false")
    assert {f"{table}TableName" for table in ("ProtectionGroups", "RecoveryPlans", "ExecutionHistory")} <= set(outputs)
    assert {"StateMachineArn", "ExecutionNotificationsTopicArn", "QueryHandlerFunctionName"} <= set(outputs)


def test_the_commands_that_were_promised_name_parameters_that_are_there() -> None:
    parameters = load(MASTER)["Parameters"]
    promised = {
        "ProjectName",
        "Environment",
        "SourceBucket",
        "AdminEmail",
        "DeployFrontend",
        "OrchestrationRoleArn",
        "AllowedCIDRs",
        "RetentionDays",
        "EnableWAF",
    }

    assert promised <= set(parameters)
    assert {name for name, it in parameters.items() if "Default" not in it} == {"SourceBucket", "AdminEmail"}


def test_the_master_with_the_hash_of_every_template_still_fits_into_a_request() -> None:
    text = MASTER.read_text(encoding="utf-8")
    hashes = 17 * (text.count("TemplateURL:") + len(re.findall(r"^  \w+Key:", text, re.MULTILINE)))

    assert len(text.encode()) + hashes <= 51_200


@pytest.mark.parametrize("mode", ["external-role", "full under an external role"])
def test_a_role_of_your_own_is_the_role_of_everything_and_is_not_touched(mode: str) -> None:
    context = walked(mode).context
    functions = [it for it in context.properties.values() if it.get("Handler") == "index.lambda_handler"]

    assert {function["Role"] for function in functions} == {EXTERNAL}
    assert context.properties["step-functions-stack.yaml", "OrchestrationStateMachine"]["RoleArn"] == EXTERNAL
    assert "AWS::IAM::Role" not in context.made["master-template.yaml"]
    of_iam = {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}
    assert all(not of_iam & set(made) for made in context.made.values())
    assert "CallerPolicyArn" not in walked(mode).outputs
    assert walked(mode).outputs["OrchestrationRoleArn"] == EXTERNAL


def test_the_role_that_is_made_is_the_role_of_everything() -> None:
    context = walked("full").context
    role = _value(HUB, "UnifiedOrchestrationRole", "AWS::IAM::Role", "Arn")
    functions = [it for it in context.properties.values() if it.get("Handler") == "index.lambda_handler"]

    assert len(functions) == 6
    assert {function["Role"] for function in functions} == {role}


@pytest.mark.parametrize("mode", MODES)
def test_in_each_mode_every_function_is_given_what_it_reads_and_nothing_else(mode: str) -> None:
    given = [
        {name: str(value) for name, value in properties["Environment"]["Variables"].items()}
        for properties in walked(mode).context.properties.values()
        if properties.get("Handler") == "index.lambda_handler"
    ]

    by_name = {
        variables["POWERTOOLS_SERVICE_NAME"].removeprefix("aws-drs-orchestration-").removesuffix("-dev"): variables
        for variables in given
    }
    assert by_name.keys() >= READERS.keys() - {"frontend-deployer"}
    for name, variables in by_name.items():
        settings = READERS[name]
        settings.from_env(variables)  # refuses what is missing
        assert variables.keys() <= settings.variables()


def test_what_production_asks_of_everything_reaches_every_stack() -> None:
    said = {"ProjectName": "some-project", "Environment": "prod", "Owner": "somebody"}
    context = walked("full", RetentionDays="7", **said).context

    kept = [properties for properties in context.properties.values() if "LogGroupName" in properties]
    assert kept and {str(group["RetentionInDays"]) for group in kept} == {"7"}
    for where, properties in context.properties.items():
        tags = properties.get("UserPoolTags") or {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
        if tags:
            assert tags == {"Project": "some-project", "Environment": "prod", "Owner": "somebody"}, where
    tables = [it for (stack, _), it in context.properties.items() if stack == "database-stack.yaml"]
    assert [table["DeletionProtectionEnabled"] for table in tables] == [True] * 4
    assert context.properties["api-auth-stack.yaml", "UserPool"]["DeletionProtection"] == "ACTIVE"


@pytest.mark.parametrize("mode", ["a role for each function", "a role for each function, without a console"])
def test_with_a_role_for_each_function_none_has_anothers(mode: str) -> None:
    deployed = walked(mode)
    context = deployed.context
    functions = {
        name: it for (_, name), it in context.properties.items() if it.get("Handler") == "index.lambda_handler"
    }
    machine = context.properties["step-functions-stack.yaml", "OrchestrationStateMachine"]

    runs_as = {name: it["Role"].rpartition("/")[2] for name, it in functions.items()}
    assert runs_as == {name: f"{name.removesuffix('Function')}Role" for name in functions}
    assert machine["RoleArn"].endswith(":role/StateMachineRole")
    assert "AWS::IAM::Role" not in context.made["master-template.yaml"]
    trusted = deployed.outputs["OrchestrationRoleArn"].split(",")
    assert [arn.rpartition("/")[2] for arn in trusted] == [
        "QueryHandlerRole",
        "DataManagementHandlerRole",
        "ExecutionHandlerRole",
        "OrchestrationStepFunctionsRole",
    ]
    pattern = load(CFN / "cross-account-role-stack.yaml")["Parameters"]["OrchestrationRoleArn"]["AllowedPattern"]
    assert all(re.fullmatch(pattern, arn) for arn in trusted)


def test_without_servers_of_the_hub_no_function_has_rights_on_servers() -> None:
    context = walked("a role for each function", RecoversInHub="false").context

    assert context.made["function-roles-stack.yaml"] == ["AWS::IAM::Role"] * 7


def test_a_role_of_your_own_and_a_role_for_each_function_contradict_one_another() -> None:
    with pytest.raises(TemplateError, match="give one of both"):
        Stack(
            MASTER, HUB, {**GIVEN, "OrchestrationRoleArn": EXTERNAL, "RolePerFunction": "true"}, Creators(), Context()
        )


@pytest.mark.parametrize("which", ["Api", "Console"])
def test_a_domain_name_without_a_certificate_is_refused_before_anything_is_made(which: str) -> None:
    with pytest.raises(TemplateError, match=f"{which}DomainName needs {which}CertificateArn"):
        Stack(MASTER, HUB, {**GIVEN, f"{which}DomainName": "dr.example.com"}, Creators(), Context())


@pytest.mark.parametrize(
    ("given", "missing"),
    [({"DrillSchedule": "rate(30 days)"}, "DrillPlanId"), ({"DrillPlanId": "plan-1"}, "DrillSchedule")],
)
def test_a_drill_that_would_silently_never_begin_is_refused(given: dict[str, str], missing: str) -> None:
    with pytest.raises(TemplateError, match=f"needs {missing}"):
        Stack(MASTER, HUB, {**GIVEN, **given}, Creators(), Context())


def test_a_domain_name_of_the_api_is_where_everybody_calls_it() -> None:
    deployed = walked("full", ApiDomainName="api.example.com", ApiCertificateArn=CERTIFICATE)
    context, outputs = deployed.context, deployed.outputs
    domain = context.properties["api-gateway-deployment-stack.yaml", "ApiDomain"]
    mapping = context.properties["api-gateway-deployment-stack.yaml", "ApiDomainMapping"]

    assert (domain["DomainName"], domain["RegionalCertificateArn"]) == ("api.example.com", CERTIFICATE)
    assert (domain["SecurityPolicy"], domain["EndpointConfiguration"]) == ("TLS_1_2", {"Types": ["REGIONAL"]})
    assert mapping["Stage"] and "BasePath" not in mapping
    assert outputs["ApiEndpoint"] == outputs["APIGatewayURL"]
    assert context.properties["frontend-stack.yaml", "Pages"]["Config"]["apiEndpoint"] == "https://api.example.com"
    policy = context.properties["frontend-stack.yaml", "SecurityHeaders"]["ResponseHeadersPolicyConfig"]
    called = policy["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert "https://api.example.com" in called.split() and ".execute-api." not in called
    assert {"ApiDomainTarget", "ApiDomainHostedZoneId"} <= outputs.keys()
    assert not {"ApiDomainTarget", "ApiDomainHostedZoneId"} & walked("full").outputs.keys()


def test_an_identity_pool_is_made_where_it_is_asked_for() -> None:
    assert "IdentityPoolId" not in walked("full").outputs
    assert "IdentityPoolId" in walked("full", MakesIdentityPool="true").outputs


def test_another_role_is_another_version_of_every_function() -> None:
    modes = ["full", "external-role", "a role for each function"]
    said = [
        walked(mode).context.properties["lambda-stack.yaml", "QueryHandlerVersion"]["Description"] for mode in modes
    ]

    assert len(set(said)) == len(modes)


def test_the_console_is_the_one_page_that_may_call_the_api() -> None:
    full, api = walked("full").context, walked("api").context
    origin = "https://d111111abcdef8.cloudfront.net"

    told = {
        properties["Environment"]["Variables"].get("CONSOLE_ORIGIN")
        for properties in full.properties.values()
        if "Handler" in properties
    }
    assert told == {origin, None}
    assert any(it.get("HttpMethod") == "OPTIONS" for it in full.properties.values())
    assert not any(it.get("HttpMethod") == "OPTIONS" for it in api.properties.values())


@pytest.mark.parametrize(
    ("environment", "given", "reserved"),
    [("prod", "-1", 100), ("dev", "-1", None), ("prod", "0", None), ("dev", "7", 7)],
)
def test_production_reserves_concurrency_unless_it_is_told_otherwise(
    environment: str, given: str, reserved: int | None
) -> None:
    context = walked("api", Environment=environment, ReservedConcurrency=given).context

    (function,) = [it for (_, name), it in context.properties.items() if name == "QueryHandlerFunction"]
    said = function.get("ReservedConcurrentExecutions")
    assert (None if said is None else int(said)) == reserved


@pytest.mark.parametrize(
    ("region", "given", "acls", "says"),
    [
        ("us-east-1", "", {"ApiWebAcl", "CloudFrontWebAcl"}, "made here"),
        ("eu-west-1", "", {"ApiWebAcl"}, "none"),
        ("eu-west-1", "arn:aws:wafv2:us-east-1:123456789012:global/webacl/ours/1", {"ApiWebAcl"}, "given"),
    ],
)
def test_the_consoles_firewall_is_made_where_it_may_be_or_given(
    region: str, given: str, acls: set[str], says: str
) -> None:
    deployed = walked("full", region, CloudFrontWebAclArn=given)
    context = deployed.context

    assert {name for stack, name in context.properties if stack == "waf-stack.yaml"} == acls
    distribution = context.properties["frontend-stack.yaml", "Distribution"]["DistributionConfig"]
    assert ("WebACLId" in distribution) == (says != "none")
    assert deployed.outputs["ConsoleFirewall"] == says


@pytest.mark.parametrize("given", ["", "arn:aws:wafv2:us-east-1:123456789012:global/webacl/ours/1"])
def test_without_firewalls_there_is_none_before_anything(given: str) -> None:
    deployed = walked("without firewalls", CloudFrontWebAclArn=given)
    context = deployed.context

    assert deployed.outputs["ConsoleFirewall"] == "none"
    assert "WebACLId" not in context.properties["frontend-stack.yaml", "Distribution"]["DistributionConfig"]
    assert not any("AWS::WAFv2" in kind for made in context.made.values() for kind in made)


@pytest.mark.requirement("SRS-S08")
def test_the_firewall_of_the_api_stands_before_its_stage() -> None:
    association = walked("full").context.properties["api-gateway-deployment-stack.yaml", "FirewallOfTheApi"]

    assert association["WebACLArn"].endswith("regional/webacl/ApiWebAcl/1")


def test_what_may_call_the_api_reaches_its_policy() -> None:
    deployed = walked("api", AllowedCIDRs="10.0.0.0/8,192.0.2.0/24")

    policy = deployed.context.properties["api-gateway-core-stack.yaml", "RestApi"]["Policy"]
    assert policy["Statement"][1]["Condition"] == {
        "NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]},
    }


@pytest.mark.parametrize("mode", ["full", "api", "external-role", "a role for each function"])
def test_what_the_master_takes_at_its_longest_no_stack_refuses(mode: str) -> None:
    domain = f"{'c' * 60}.dev"
    said = {"SourcePrefix": "p" * 64, "Release": "r" * 16}
    origin = {"ConsoleOrigin": f"https://{domain}"}
    console = {"ConsoleDomainName": domain, "ConsoleCertificateArn": CERTIFICATE}
    declared = load(MASTER)["Parameters"]

    deployed = walked(mode, **said, **(origin if MODES[mode].get("DeployFrontend") == "false" else console))
    assert "lambda-stack.yaml" in deployed.stacks
    assert (declared["SourcePrefix"]["MaxLength"], declared["ConsoleDomainName"]["MaxLength"]) == (64, 64)
    for name, value in {**said, **origin, **console}.items():
        if name != "ConsoleCertificateArn":
            with pytest.raises(TemplateError, match=name):
                refuse_bad_values({"Parameters": {name: declared[name]}}, {name: f"{value}x"})


@pytest.mark.parametrize("network", ["0.0.0.0/0", "255.249.199.99/32", "192.0.2.1", "2001:db8::/32", "::/0", "fe80::1"])
def test_a_network_may_be_any_that_iam_knows(network: str) -> None:
    for name in ("master-template.yaml", "api-gateway-core-stack.yaml"):
        pattern = load(CFN / name)["Parameters"]["AllowedCIDRs"]["AllowedPattern"]
        assert re.fullmatch(pattern, network), name


@pytest.mark.parametrize(
    "network", ["::/999", "::/129", ":", "1:2", "10.0.0.0/33", "10.0.0.256", "10.0.0", "fe80::12345"]
)
def test_what_iam_would_refuse_in_the_middle_of_a_deployment_is_no_network(network: str) -> None:
    for name in ("master-template.yaml", "api-gateway-core-stack.yaml"):
        pattern = load(CFN / name)["Parameters"]["AllowedCIDRs"]["AllowedPattern"]
        assert not re.fullmatch(pattern, network), name


def test_a_stack_waits_for_what_it_names_and_for_nothing_else() -> None:
    resources = load(MASTER)["Resources"]

    needless = {
        name: set(_listed(body.get("DependsOn", []))) & set(re.findall(r"GetAtt': \['(\w+)'", str(body)))
        for name, body in resources.items()
    }
    assert {name: both for name, both in needless.items() if both} == {}
    assert {name for name, body in resources.items() if "DependsOn" in body} == {
        "ApiGatewayDeploymentStack",
        "ApiGatewayResourcesStack",
        "EventBridgeStack",
        "MonitoringStack",
    }


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"SourceBucket": "No"}, "SourceBucket"),
        ({"RetentionDays": "31"}, "RetentionDays"),
        ({"Environment": "production"}, "Environment"),
        ({"OrchestrationRoleArn": "role"}, "OrchestrationRoleArn"),
        ({"SourcePrefix": "ends/with/"}, "SourcePrefix"),
        ({"SourcePrefix": "/begins"}, "SourcePrefix"),
        ({"SourcePrefix": "two//slashes"}, "SourcePrefix"),
        ({"SourcePrefix": "../above"}, "SourcePrefix"),
        ({"SourcePrefix": "releases/./1"}, "SourcePrefix"),
        ({"TargetAccountIds": "111122223333,11112222333"}, "TargetAccountIds"),
        ({"AllowedCIDRs": "10.0.0.0/8,10.0.0.0/33"}, "AllowedCIDRs"),
        ({"AllowedCIDRs": "10.0.0.256/32"}, "AllowedCIDRs"),
        ({"AllowedCIDRs": "office.example.com"}, "AllowedCIDRs"),
    ],
)
def test_a_value_that_cannot_be_is_refused_before_anything_is_made(parameters: dict[str, str], complaint: str) -> None:
    with pytest.raises(TemplateError, match=complaint):
        Stack(MASTER, HUB, {**GIVEN, **parameters}, Creators(), Context())


def test_every_statement_of_the_role_has_a_name_of_its_own() -> None:
    (policy,) = walked("full").context.properties["master-template.yaml", "UnifiedOrchestrationRole"]["Policies"]

    names = [statement["Sid"] for statement in policy["PolicyDocument"]["Statement"]]
    assert len(set(names)) == len(names)
