"""A topic and functions for those who only rehearse."""

from collections.abc import Collection, Mapping
from typing import Any

from shared.aws.ports import Subscribed


class RehearsedTopic:
    """Says yes to everything and asks SNS for nothing: whether it takes an address shows when it is told."""

    def subscribe(self, address: str, plan_ids: Collection[str]) -> str:  # noqa: ARG002
        """A name for what would be made."""
        return f"rehearsed:{address}"

    def existing(self, address: str) -> Subscribed:
        """Never asked, because nothing is refused."""
        return Subscribed(f"rehearsed:{address}", None)

    def filter(self, arn: str, plan_ids: Collection[str]) -> bool:  # noqa: ARG002
        """Yes."""
        return True

    def unsubscribe(self, arn: str) -> bool:  # noqa: ARG002
        """Yes."""
        return True


class RehearsedFunctions:
    """Takes every invocation and carries out none."""

    def invoke_later(self, function_arn: str, payload: Mapping[str, Any]) -> None:
        """Nothing happens."""
