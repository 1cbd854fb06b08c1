"""Lays a build into the bucket that CloudFormation reads it from."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tools.deployment.errors import DeploymentError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_FIRST_REGION: Final = "us-east-1"
"""The region of a bucket that names none."""
_OLD_NAMES: Final = {"EU": "eu-west-1"}
"""What S3 answers of a bucket that was made before its region had the name that it has (GetBucketLocation)."""


@dataclass(frozen=True)
class Bucket:
    """A bucket of the region; `owner` is the account that it must belong to, or code would go to strangers."""

    client: S3Client
    name: str
    owner: str

    def check(self, region: str) -> None:
        """DeploymentError if it is not there, is another account's, or lies in another region than the stack."""
        try:
            found: Any = self.client.get_bucket_location(Bucket=self.name, ExpectedBucketOwner=self.owner)
        except ClientError as error:
            raise DeploymentError(
                f"the bucket {self.name} cannot be used by account {self.owner} ({_code(error)}): "
                f"aws s3 mb s3://{self.name} makes one; for one of another account say --bucket-owner"
            ) from error
        named = found.get("LocationConstraint") or _FIRST_REGION
        if (place := _OLD_NAMES.get(named, named)) != region:
            raise DeploymentError(
                f"the bucket {self.name} is in {place}, the stack in {region}: Lambda reads zips of its own region only"
            )

    def lay_out(self, objects: Mapping[str, bytes], prefix: str) -> int:
        """Put every object there that is not there yet with this content; how many were put."""
        missing = {key: content for key, content in objects.items() if not self._has(f"{prefix}/{key}", content)}
        for key, content in missing.items():
            self._put(f"{prefix}/{key}", content)
        return len(missing)

    def _has(self, key: str, content: bytes) -> bool:
        try:
            found = self.client.head_object(
                Bucket=self.name, Key=key, ChecksumMode="ENABLED", ExpectedBucketOwner=self.owner
            )
        except ClientError as error:
            if _code(error) in {"404", "NoSuchKey", "NotFound"}:
                return False
            raise DeploymentError(f"the bucket {self.name} cannot be read: {_code(error)}") from error
        return found.get("ChecksumSHA256") == _checksum(content)

    def _put(self, key: str, content: bytes) -> None:
        try:
            self.client.put_object(
                Bucket=self.name,
                Key=key,
                Body=content,
                ChecksumSHA256=_checksum(content),
                ExpectedBucketOwner=self.owner,
            )
        except ClientError as error:
            raise DeploymentError(f"{key} cannot be put into {self.name}: {_code(error)}") from error


def _checksum(content: bytes) -> str:
    """As S3 has it, which refuses another content."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))
