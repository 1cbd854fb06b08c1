"""The templates of cfn/ are the one definition of what the local system has."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local.cloudformation import nested
from local.cloudformation.deploy import Created, Stack
from local.cloudformation.template import Place, Resolver, TemplateError, load, parameter_values
from local.function_process import ROOT
from local.stacks import TargetAccount
from local.system import Blueprint, LocalSystem
from tests.integration.local.api import ask
from tests.integration.local.conftest import told_drs

TARGETS = [
    TargetAccount("111122223333", "us-west-2", "external-id-one"),
    TargetAccount("444455556666", "us-west-2", "external-id-two"),
    TargetAccount("444455556666", "eu-west-1", "external-id-two"),
]
HUB = Place("123456789012", "us-east-1")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSystem]:
    """The system of the real templates."""
    parameters = {
        "NotificationEmail": "ops@example.com",
        "DeployFrontend": "true",
        "AllowedCIDRs": "10.0.0.0/8",
        "ApiDomainName": "api.example.com",
        "ApiCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
        "MakesIdentityPool": "true",
    }
    blueprint = Blueprint(parameters=parameters, targets=TARGETS)
    folder = tmp_path_factory.mktemp("real-system")
    with LocalSystem(60, drs=told_drs, blueprint=blueprint, state_dir=folder) as running:
        yield running


def test_every_function_of_the_template_exists_with_its_environment_and_aliases(real: LocalSystem) -> None:
    client = real.client("lambda")
    declared = load(ROOT / "cfn" / "lambda-stack.yaml")["Resources"]
    functions = {name: body for name, body in declared.items() if body["Type"] == "AWS::Lambda::Function"}
    assert len(functions) >= 5

    for body in functions.values():
        name = body["Properties"]["FunctionName"]["Fn::Sub"]
        name = name.replace("${ProjectName}", "aws-drs-orchestration").replace("${Environment}", "dev")
        configuration = client.get_function_configuration(FunctionName=name, Qualifier="live")
        variables = body["Properties"]["Environment"]["Variables"]
        assert set(configuration["Environment"]["Variables"]) == set(variables)
        assert configuration["Timeout"] == body["Properties"]["Timeout"]
        assert "${" not in json.dumps(configuration["Environment"])


def test_the_tables_have_the_indexes_and_time_to_live_of_their_template(real: LocalSystem) -> None:
    client = real.client("dynamodb")

    history = client.describe_table(TableName="aws-drs-orchestration-execution-history-dev")["Table"]
    expiry = client.describe_time_to_live(TableName="aws-drs-orchestration-execution-history-dev")

    indexes = {index["IndexName"] for index in history["GlobalSecondaryIndexes"]}
    lists = {f"executions-by-{order}" for order in ("plan", "start", "status", "type")}
    assert indexes == {*lists, "open-executions"}
    assert expiry["TimeToLiveDescription"]["AttributeName"] == "expiresAt"


def test_the_state_machine_is_the_file_with_the_templates_substitutions(real: LocalSystem) -> None:
    arn = real.deployment.value("StateMachineArn")

    definition = real.client("stepfunctions").describe_state_machine(stateMachineArn=arn)["definition"]

    assert "${" not in definition
    written = json.loads((ROOT / "cfn" / "state-machine.asl.json").read_text(encoding="utf-8"))
    assert set(json.loads(definition)["States"]) == set(written["States"])
    assert "orchestration-stepfunctions-dev:live" in definition


def test_each_target_account_has_one_role_and_forwards_events_from_each_region(real: LocalSystem) -> None:
    for target in TARGETS:
        rules = real.client("events", target.account, target.region).list_rules()["Rules"]
        assert [json.loads(rule["EventPattern"])["source"] for rule in rules] == [["aws.drs"]]
        role = real.client("iam", target.account).get_role(RoleName="DRSOrchestrationRole")["Role"]
        assert target.external_id in json.dumps(role["AssumeRolePolicyDocument"])


def test_the_mail_address_is_subscribed(real: LocalSystem) -> None:
    topic = real.deployment.value("ExecutionNotificationsTopicArn")

    subscriptions = real.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]

    assert [(one["Protocol"], one["Endpoint"]) for one in subscriptions] == [("email", "ops@example.com")]


def test_the_console_is_published_with_what_it_is_told_at_run_time(real: LocalSystem) -> None:
    outputs, client = real.deployment.outputs["master-template.yaml"], real.client("s3")

    page = client.get_object(Bucket=outputs["FrontendBucketName"], Key="index.html")
    told = client.get_object(Bucket=outputs["FrontendBucketName"], Key="aws-config.json")

    assert (page["ContentType"], page["CacheControl"]) == ("text/html; charset=utf-8", "no-cache")
    assert json.loads(told["Body"].read()) == {
        "region": "us-east-1",
        "apiEndpoint": outputs["ApiEndpoint"],
        "cognitoUserPoolId": outputs["UserPoolId"],
        "cognitoClientId": outputs["UserPoolClientId"],
    }


def test_who_calls_from_a_network_that_is_not_allowed_is_refused_before_anything_else(real: LocalSystem) -> None:
    for path in ("/health", "/protection-groups"):
        response = ask(real, "GET", path)

        assert response.status == 403
        assert response.json["error"] == "AUTHORIZATION_ERROR"


def test_deviation_nothing_is_served_by_cloudfront(real: LocalSystem) -> None:
    outputs = real.deployment.outputs["master-template.yaml"]

    kept = real.client("cloudfront").get_distribution(Id=outputs["CloudFrontDistributionId"])["Distribution"]

    config = kept["DistributionConfig"]
    assert outputs["CloudFrontURL"] == f"https://{kept['DomainName']}"
    assert "ResponseHeadersPolicyId" not in config["DefaultCacheBehavior"]
    assert config["WebACLId"] == ""


def test_the_api_has_a_domain_name_of_its_own_and_people_an_identity_pool(real: LocalSystem) -> None:
    assert real.deployment.value("APIGatewayURL") == "https://api.example.com"
    assert real.deployment.value("ApiDomainTarget").endswith(".execute-api.us-east-1.amazonaws.com")
    pool = real.client("cognito-identity").describe_identity_pool(
        IdentityPoolId=real.deployment.value("IdentityPoolId")
    )
    (provider,) = pool["CognitoIdentityProviders"]
    assert provider["ProviderName"].rpartition("/")[2] == real.deployment.value("UserPoolId")
    assert provider["ClientId"] == real.deployment.value("UserPoolClientId")


def test_deviation_a_bucket_takes_plain_http(real: LocalSystem) -> None:
    name = real.deployment.value("FrontendBucketName")

    policy = json.loads(real.client("s3").get_bucket_policy(Bucket=name)["Policy"])

    assert real.endpoint.startswith("http://")
    assert {statement["Effect"] for statement in policy["Statement"]} == {"Allow"}


def test_deviation_no_request_passes_a_firewall(real: LocalSystem) -> None:
    acls = real.client("wafv2").list_web_acls(Scope="REGIONAL")["WebACLs"]

    assert [acl["Name"] for acl in acls] == ["aws-drs-orchestration-api-waf-dev"]
    assert [ask(real, "GET", "/health").json["error"] for _ in range(3)] == ["AUTHORIZATION_ERROR"] * 3


def test_the_start_is_quick(real: LocalSystem) -> None:
    assert real.started_in < 60, "it takes four seconds; many times as many beside whatever else runs here"


def _resolver(body: Mapping[str, Any], names: Mapping[str, Any]) -> Resolver:
    return Resolver(body, names.__getitem__, lambda name, attribute: f"{name}.{attribute}")


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        ({"Ref": "Name"}, "drs"),
        ({"Fn::Sub": "${Name}-${!Literal}-${Queue.Arn}"}, "drs-${Literal}-Queue.Arn"),
        ({"Fn::Sub": ["${Name}/${Other}", {"Other": {"Ref": "Name"}}]}, "drs/drs"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Name"}]]}, "a-drs"),
        ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::If": ["Yes", "then", "else"]}, "then"),
        ({"Fn::If": ["No", "then", "else"]}, "else"),
        ([{"Fn::If": ["No", "x", {"Ref": "AWS::NoValue"}]}, "y"], ["y"]),
        ({"a": {"Fn::If": ["No", "x", {"Ref": "AWS::NoValue"}]}, "b": 1}, {"b": 1}),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Name"}, "memory"]}, 512),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "Queue.Arn"),
        ({"Fn::Equals": [0, "0"]}, True),
    ],
)
def test_intrinsic_functions_are_resolved(written: Any, resolved: Any) -> None:
    body = {
        "Conditions": {
            "Yes": {"Fn::And": [{"Fn::Equals": [{"Ref": "Name"}, "drs"]}, {"Fn::Not": [{"Condition": "No"}]}]},
            "No": {"Fn::Or": [{"Fn::Equals": ["a", "b"]}]},
        },
        "Mappings": {"Sizes": {"drs": {"memory": 512}}},
    }
    names = {**HUB.pseudo_parameters("stack"), "Name": "drs"}

    assert _resolver(body, names).resolve(written) == resolved


def test_a_function_that_is_not_supported_is_an_error() -> None:
    with pytest.raises(TemplateError, match="Fn::ImportValue"):
        _resolver({}, {}).resolve({"Fn::ImportValue": "x"})


def test_a_parameter_without_a_value_is_an_error() -> None:
    with pytest.raises(TemplateError, match="Owner"):
        parameter_values({"Parameters": {"Owner": {"Type": "String"}}}, {})


def _deploy(folder: Path, text: str) -> dict[str, str]:
    path = folder / "stack.yaml"
    path.write_text(text, encoding="utf-8")
    creators = {"Test::Thing": lambda _stack, name, _properties: Created(name, {"Arn": f"arn:{name}"})}
    return Stack(path, HUB, {}, creators, None).deploy()


def test_a_resource_is_created_before_what_refers_to_it(tmp_path: Path) -> None:
    text = """
    Resources:
      B: { Type: Test::Thing, Properties: { Of: !GetAtt A.Arn } }
      A: { Type: Test::Thing }
    Outputs:
      Both: { Value: !Sub "${B} ${A.Arn}" }
    """

    assert _deploy(tmp_path, text) == {"Both": "B arn:A"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Resources: { A: { Type: AWS::Unknown::Thing } }", "A is a AWS::Unknown::Thing"),
        ("Resources: { A: { Type: Test::Thing, Properties: { Of: !Ref B } } }", "nothing is called B"),
        (
            "Resources: { A: { Type: Test::Thing, Properties: { Of: !GetAtt B.C } }, B: { Type: Test::Thing } }",
            "B has no",
        ),
        ("Resources: { A: { Type: Test::Thing, DependsOn: B }, B: { Type: Test::Thing, DependsOn: A } }", "circular"),
    ],
)
def test_what_cannot_be_created_is_an_error_and_never_left_out(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(TemplateError, match=complaint):
        _deploy(tmp_path, text)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("{ Size: small }", None),
        ("{ Size: large }", "Size cannot be 'large'"),
        ("{ Size: small, Colour: red }", "Colour"),
        ("{}", "Size has no value"),
        ("{ Size: [small] }", "no text"),
    ],
)
def test_a_nested_stack_is_given_what_its_template_asks_for_and_nothing_else(
    tmp_path: Path, given: str, complaint: str | None
) -> None:
    inner = "Parameters: { Size: { Type: String, AllowedValues: [small] } }\nResources: {}\n"
    (tmp_path / "inner.yaml").write_text(f"{inner}Outputs: {{ Says: {{ Value: !Ref Size }} }}", encoding="utf-8")
    outer = tmp_path / "outer.yaml"
    address = "https://bucket.s3.us-east-1.amazonaws.com/folder/inner.yaml"
    outer.write_text(
        f"""
        Resources:
          Inner: {{ Type: AWS::CloudFormation::Stack, Properties: {{ TemplateURL: "{address}", Parameters: {given} }} }}
        Outputs: {{ Says: {{ Value: !GetAtt Inner.Outputs.Says }} }}
        """,
        encoding="utf-8",
    )
    stack = Stack(outer, HUB, {}, nested.CREATORS, SimpleNamespace(outputs={}))

    if complaint is None:
        assert stack.deploy() == {"Says": "small"}
        return
    with pytest.raises(TemplateError, match=complaint):
        stack.deploy()
