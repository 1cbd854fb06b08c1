"""The console is read by CloudFront alone, over HTTPS, with headers; nothing of it expires or is kept for too long."""

from __future__ import annotations

import re
from typing import Any

import pytest

from shared.settings import FrontendDeployerSettings
from tests.support.templates import load_template

NAME = "frontend-stack.yaml"
GIVEN = {"ProjectName": "some-project", "Environment": "test", "RestApiId": "abc123", "SourceBucket": "artefacts"}
ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/1"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
template = load_template(NAME, **GIVEN)
BUCKETS = template.of_type("AWS::S3::Bucket")


def config(**parameters: str) -> dict[str, Any]:
    """The distribution."""
    found: dict[str, Any] = load_template(NAME, **GIVEN, **parameters).properties("Distribution")["DistributionConfig"]
    return found


@pytest.mark.parametrize("name", BUCKETS)
def test_a_bucket_is_closed_to_the_public_encrypted_and_named_so_that_it_can_be_made_anywhere(name: str) -> None:
    bucket = BUCKETS[name]
    longest = bucket["BucketName"].replace("some-project", "p" * 25).replace("us-east-1", "ap-southeast-1")

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]
    assert len(longest) <= 63


def test_the_live_site_never_expires_and_only_logs_do() -> None:
    site = BUCKETS["FrontendBucket"]["LifecycleConfiguration"]["Rules"]
    logs = load_template(NAME, **GIVEN, RetentionDays=90).properties("LogBucket")["LifecycleConfiguration"]["Rules"]

    assert not any("Expiration" in key for rule in site for key in rule)
    assert [rule["ExpirationInDays"] for rule in logs if "ExpirationInDays" in rule] == [90]


def test_what_was_logged_outlives_the_console_unless_the_console_never_came_about() -> None:
    assert template.resources["LogBucket"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert template.resources["LogBucket"]["UpdateReplacePolicy"] == "Retain"


def test_who_asked_for_which_page_is_written_down_where_cloudfront_can() -> None:
    assert config()["Logging"]["Bucket"] == "${LogBucket}.s3.amazonaws.com"
    assert "Logging" not in config(LogsConsole="false")


def test_cloudfront_alone_reads_the_pages_and_only_this_distribution() -> None:
    statements = template.properties("FrontendBucketPolicy")["PolicyDocument"]["Statement"]
    allowed = [statement for statement in statements if statement["Effect"] == "Allow"]

    arn = "arn:aws:cloudfront::123456789012:distribution/${Distribution}"
    for statement in allowed:
        assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": {"aws:SourceArn": arn}}
    assert {statement["Action"] for statement in allowed} == {"s3:GetObject", "s3:ListBucket"}
    control = template.properties("OriginAccessControl")["OriginAccessControlConfig"]
    assert (control["SigningBehavior"], control["SigningProtocol"]) == ("always", "sigv4")


def test_pages_come_over_https_and_only_to_read() -> None:
    behaviour = config()["DefaultCacheBehavior"]

    assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
    assert behaviour["AllowedMethods"] == ["GET", "HEAD"]


def test_a_refusal_of_the_firewall_is_not_answered_with_a_page() -> None:
    assert "CustomErrorResponses" not in config(WebAclArn=ACL)


def test_a_page_may_call_this_api_and_this_regions_user_pools_and_nothing_else() -> None:
    headers = template.properties("SecurityHeaders")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    policy = headers["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    directives = {words[0]: words[1:] for words in (part.split() for part in policy.split(";"))}

    assert directives["default-src"] == ["'none'"]
    assert directives["script-src"] == directives["style-src"] == ["'self'"]
    assert directives["frame-ancestors"] == ["'none'"]
    assert directives["connect-src"] == [
        "'self'",
        "https://abc123.execute-api.us-east-1.amazonaws.com",
        "https://cognito-idp.us-east-1.amazonaws.com",
    ]
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000
    assert headers["FrameOptions"]["FrameOption"] == "DENY"
    assert all(header["Override"] for header in headers.values())


def test_the_firewall_stands_before_the_console_if_there_is_one() -> None:
    assert config(WebAclArn=ACL)["WebACLId"] == ACL
    assert "WebACLId" not in config()


def test_a_domain_name_of_its_own_needs_a_certificate() -> None:
    both = {"ConsoleDomainName": "dr.example.com", "ConsoleCertificateArn": CERTIFICATE}
    own = load_template(NAME, **GIVEN, **both)

    assert config(**both)["Aliases"] == ["dr.example.com"]
    assert config(**both)["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert own.outputs()["ConsoleOrigin"] == "https://dr.example.com"
    assert "Aliases" not in config(ConsoleDomainName="dr.example.com")
    assert template.outputs()["ConsoleOrigin"] == "https://${Distribution.DomainName}"


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("/", "/index.html"),
        ("/plans/1", "/index.html"),
        ("/executions/", "/index.html"),
        ("/assets/index-0a1b2c3d.js", "/assets/index-0a1b2c3d.js"),
        ("/aws-config.json", "/aws-config.json"),
    ],
)
def test_every_page_is_the_index_and_a_file_is_itself(asked: str, served: str) -> None:
    code = template.properties("PagesFunction")["FunctionCode"]
    condition = re.search(r"if \((.+)\) \{", code)
    assert condition is not None
    assert condition[1] == "!request.uri.split('/').pop().includes('.')"

    assert ("/index.html" if "." not in asked.rpartition("/")[2] else asked) == served


def test_the_function_reads_what_it_is_given() -> None:
    function = template.properties("FrontendDeployerFunction")

    assert set(function["Environment"]["Variables"]) == FrontendDeployerSettings.variables()
    assert (function["Runtime"], function["Handler"]) == ("python3.12", "index.lambda_handler")
    assert template.properties("FrontendDeployerLogGroup")["LogGroupName"] == f"/aws/lambda/{function['FunctionName']}"


def test_other_pages_and_another_configuration_are_published_and_what_cannot_be_is_given_up() -> None:
    pages = template.properties("Pages")

    assert pages["PagesKey"] == "${FrontendDeployerKey}"
    assert set(pages["Config"]) == {"region", "apiEndpoint", "cognitoUserPoolId", "cognitoClientId"}
    assert pages["Config"]["apiEndpoint"] == "https://abc123.execute-api.us-east-1.amazonaws.com/test"
    timeout = template.properties("FrontendDeployerFunction")["Timeout"]
    assert timeout < pages["ServiceTimeout"] <= 3600


def test_the_bucket_is_emptied_before_it_and_its_policy_go() -> None:
    assert template.resources["Pages"]["DependsOn"] == "FrontendBucketPolicy"
    assert template.properties("Pages")["BucketName"] == "${FrontendBucket}"
