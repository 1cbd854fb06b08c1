"""Creators of what stands before console and API: firewalls, bucket, distribution. Nothing is served by them here."""

import json
from collections.abc import Mapping
from typing import Any, Final

from local.cloudformation.deploy import Created, Creator, Stack

_BUCKET_KEYS: Final = frozenset(
    {
        "BucketEncryption",
        "BucketName",
        "LifecycleConfiguration",
        "LoggingConfiguration",
        "OwnershipControls",
        "PublicAccessBlockConfiguration",
        "Tags",
        "VersioningConfiguration",
    }
)


def web_acl(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """A web ACL; no request passes it here."""
    made = stack.context.client("wafv2", stack.place).create_web_acl(**properties)["Summary"]
    return Created(f"{made['Name']}|{made['Id']}|{properties['Scope']}", {"Arn": made["ARN"], "Id": made["Id"]})


def web_acl_association(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """A web ACL before a stage of an API."""
    client = stack.context.client("wafv2", stack.place)
    client.associate_web_acl(WebACLArn=properties["WebACLArn"], ResourceArn=properties["ResourceArn"])
    return Created(logical_name)


def bucket(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """A bucket; of how it is encrypted, logged and kept closed moto is told nothing."""
    client = stack.context.client("s3", stack.place)
    unknown = set(properties) - _BUCKET_KEYS
    if unknown:
        raise ValueError(f"{stack.path.name}: {logical_name} has {sorted(unknown)}, which local/ does not know")
    name, region = properties["BucketName"], stack.place.region
    elsewhere = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=name, **elsewhere)
    domain = f"{name}.s3.{region}.amazonaws.com"
    arn = f"arn:{stack.place.partition}:s3:::{name}"
    return Created(name, {"Arn": arn, "RegionalDomainName": domain, "DomainName": f"{name}.s3.amazonaws.com"})


def bucket_policy(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """The policy of a bucket, without what it refuses: that is plain HTTP, by which everything comes here."""
    client, document = stack.context.client("s3", stack.place), properties["PolicyDocument"]
    allowed = [statement for statement in document["Statement"] if statement["Effect"] == "Allow"]
    policy = json.dumps({**document, "Statement": allowed})
    client.put_bucket_policy(Bucket=properties["Bucket"], Policy=policy)
    return Created(logical_name)


def origin_access_control(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """How CloudFront signs its requests to a bucket."""
    client = stack.context.client("cloudfront", stack.place)
    made = client.create_origin_access_control(**properties)["OriginAccessControl"]
    return Created(made["Id"], {"Id": made["Id"]})


def edge_function(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """A function of CloudFront's own; tests run its code apart from here."""
    made = stack.context.client("cloudfront", stack.place).create_function(
        Name=properties["Name"],
        FunctionConfig=properties["FunctionConfig"],
        FunctionCode=properties["FunctionCode"].encode(),
    )
    arn = made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
    return Created(arn, {"FunctionARN": arn})


def response_headers_policy(_: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """moto knows no such policy, so that this one exists for those who refer to it only."""
    return Created(f"{logical_name}-of-{properties['ResponseHeadersPolicyConfig']['Name']}")


def distribution(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """A distribution, as far as moto keeps one: origins, the default behaviour, aliases, whether it is on."""
    config = properties["DistributionConfig"]
    behavior = config["DefaultCacheBehavior"]
    origins = [
        {"Id": one["Id"], "DomainName": one["DomainName"], "OriginAccessControlId": one["OriginAccessControlId"]}
        for one in config["Origins"]
    ]
    aliases = config.get("Aliases", [])
    made = stack.context.client("cloudfront", stack.place).create_distribution(
        DistributionConfig={
            "CallerReference": logical_name,
            "Comment": config["Comment"],
            "Enabled": config["Enabled"],
            "Aliases": {"Quantity": len(aliases), "Items": aliases},
            "Origins": {
                "Quantity": len(origins),
                "Items": [{**one, "S3OriginConfig": {"OriginAccessIdentity": ""}} for one in origins],
            },
            "DefaultCacheBehavior": {key: behavior[key] for key in ("TargetOriginId", "ViewerProtocolPolicy")},
        }
    )["Distribution"]
    return Created(made["Id"], {"Id": made["Id"], "DomainName": made["DomainName"]})


CREATORS: Final[Mapping[str, Creator]] = {
    "AWS::WAFv2::WebACL": web_acl,
    "AWS::WAFv2::WebACLAssociation": web_acl_association,
    "AWS::S3::Bucket": bucket,
    "AWS::S3::BucketPolicy": bucket_policy,
    "AWS::CloudFront::OriginAccessControl": origin_access_control,
    "AWS::CloudFront::Function": edge_function,
    "AWS::CloudFront::ResponseHeadersPolicy": response_headers_policy,
    "AWS::CloudFront::Distribution": distribution,
}
