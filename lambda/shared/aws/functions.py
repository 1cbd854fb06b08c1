"""Lambda: handing work to another function of ours."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.ports import HandOverError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class FunctionGateway:
    """Other functions of ours."""

    def __init__(self, client: "LambdaClient") -> None:
        self._client = client

    def invoke_later(self, function_arn: str, payload: Mapping[str, Any]) -> None:
        """Hand the payload over for asynchronous invocation; HandOverError if it was not taken."""
        try:
            self._client.invoke(
                FunctionName=function_arn,
                InvocationType="Event",
                Payload=json.dumps(payload, separators=(",", ":")).encode(),
            )
        except (BotoCoreError, ClientError) as error:
            raise HandOverError(f"Lambda did not take the invocation of {function_arn}: {error}") from error
