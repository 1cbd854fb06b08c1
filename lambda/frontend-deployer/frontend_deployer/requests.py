"""What CloudFormation asks for: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1)]


class LambdaTime(Protocol):
    """What Lambda says of the time that an invocation has."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is ended."""
        ...


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class RequestType(StrEnum):
    """What has become of the resource in the template."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


class StackRequest(_Sent):
    """One request; `physical_resource_id` is what an earlier answer gave; properties are read when they are needed."""

    request_type: RequestType = Field(alias="RequestType")
    stack_id: Name = Field(alias="StackId")
    response_url: Name = Field(alias="ResponseURL", repr=False)
    request_id: Name = Field(alias="RequestId")
    physical_resource_id: str = Field(default="", alias="PhysicalResourceId")
    resource_properties: Mapping[str, Any] = Field(alias="ResourceProperties")


class ConsolePages(_Sent):
    """The properties of the resource: where the pages go, who serves them, and what they are told at run time."""

    bucket_name: Name = Field(alias="BucketName")
    distribution_id: Name = Field(alias="DistributionId")
    config: Mapping[str, str] = Field(alias="Config")
