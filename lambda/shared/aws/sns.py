"""SNS: the notification topic."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.ports import HandOverError

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class SnsGateway:
    """The notification topic."""

    def __init__(self, client: "SNSClient", topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def publish(self, subject: str, message: str, attributes: Mapping[str, str]) -> None:
        """Publish one mail; the attributes are what subscriptions filter by; HandOverError if it was not taken."""
        try:
            self._client.publish(
                TopicArn=self._topic_arn,
                Subject=subject,
                Message=message,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            )
        except (BotoCoreError, ClientError) as error:
            raise HandOverError(f"SNS did not take the mail: {error}") from error
