"""S3, CloudFront and CloudFormation: where the console is published, and how its stack is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import ClientError

from shared.aws.calls import code_of
from shared.aws.ports import HandOverError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client

MOST_KEYS: Final = 1000
"""So many keys DeleteObjects takes at once (its API reference)."""


class File(Protocol):
    """A file as it is served."""

    @property
    def key(self) -> str: ...
    @property
    def content(self) -> bytes: ...
    @property
    def content_type(self) -> str: ...
    @property
    def cache_control(self) -> str: ...


class BucketGateway:
    """Buckets of files that are served."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def put(self, bucket: str, page: File) -> None:
        """Write one file."""
        self._client.put_object(
            Bucket=bucket,
            Key=page.key,
            Body=page.content,
            ContentType=page.content_type,
            CacheControl=page.cache_control,
        )

    def keys(self, bucket: str) -> list[str]:
        """Every key; none if there is no such bucket."""
        try:
            listed = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
            return [one["Key"] for part in listed for one in part.get("Contents", [])]
        except ClientError as error:
            if code_of(error) == "NoSuchBucket":
                return []
            raise

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Delete these files; HandOverError names the first that stays."""
        for start in range(0, len(keys), MOST_KEYS):
            part = keys[start : start + MOST_KEYS]
            answer = self._client.delete_objects(
                Bucket=bucket, Delete={"Objects": [{"Key": key} for key in part], "Quiet": True}
            )
            for refused in answer.get("Errors", []):
                raise HandOverError(f"S3 did not delete {refused.get('Key')} of {bucket}: {refused.get('Code')}")


class DistributionGateway:
    """Distributions of CloudFront."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def invalidate(self, distribution_id: str, reference: str) -> None:
        """Have every file asked for anew; the same reference is no second invalidation."""
        self._client.create_invalidation(
            DistributionId=distribution_id,
            InvalidationBatch={"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": reference},
        )


class StackGateway:
    """Stacks of CloudFormation."""

    def __init__(self, client: "CloudFormationClient") -> None:
        self._client = client

    def status(self, stack_id: str) -> str:
        """How a stack is, as DELETE_IN_PROGRESS."""
        return self._client.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"]
