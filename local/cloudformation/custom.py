"""Creator of custom resources: the function behind one is asked as CloudFormation asks, and its answer is read."""

import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

from local.cloudformation.deploy import Created, Creator, Stack
from local.cloudformation.template import TemplateError

_ANSWERS: Final = "cloudformation-custom-resource-answers"


def custom_resource(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """A resource that a function makes; one that fails, or gives no answer, is an error with its reason."""
    s3 = stack.context.client("s3", stack.place)
    s3.create_bucket(Bucket=_ANSWERS)
    key = str(uuid.uuid4())
    event = {
        "RequestType": "Create",
        "ServiceToken": properties["ServiceToken"],
        "ResponseURL": s3.generate_presigned_url("put_object", Params={"Bucket": _ANSWERS, "Key": key}),
        "StackId": stack.resolve({"Ref": "AWS::StackId"}),
        "RequestId": key,
        "LogicalResourceId": logical_name,
        "ResourceType": stack.body["Resources"][logical_name]["Type"],
        "ResourceProperties": properties,
    }
    invoked = stack.context.client("lambda", stack.place).invoke(
        FunctionName=properties["ServiceToken"], Payload=json.dumps(event).encode()
    )
    if "FunctionError" in invoked:
        raise TemplateError(f"{stack.path.name}: {logical_name}: {invoked['Payload'].read().decode()}")
    answer = json.loads(s3.get_object(Bucket=_ANSWERS, Key=key)["Body"].read())
    if answer["Status"] != "SUCCESS":
        raise TemplateError(f"{stack.path.name}: {logical_name}: {answer['Reason']}")
    return Created(answer["PhysicalResourceId"], answer.get("Data", {}))


CREATORS: Final[Mapping[str, Creator]] = {"Custom::ConsolePages": custom_resource}
