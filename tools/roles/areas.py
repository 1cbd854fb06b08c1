"""What the role of the functions may do has sixteen names; each statement's name begins with one of them."""

from __future__ import annotations

from typing import Final

AREAS: Final = (
    "DynamoDB",
    "StepFunctions",
    "Lambda",
    "STS",
    "SNS",
    "KMS",
    "CloudWatch",
    "S3",
    "CloudFront",
    "CloudFormation",
    "SSM",
    "DRSRead",
    "DRSWrite",
    "EC2",
    "IAM",
    "ServiceQuotas",
)


def area_of(sid: str) -> str:
    """The name that a statement's name begins with; ValueError if it is none of them."""
    found = [area for area in AREAS if sid.startswith(area)]
    if len(found) != 1:
        raise ValueError(f"{sid} begins with none of the names of areas")
    return found[0]
