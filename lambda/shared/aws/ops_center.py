"""Systems Manager OpsCenter: what is left for people to do."""

import json
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.ops_ports import OpsItem
from shared.aws.ports import HandOverError

_ABOUT: Final = "/aws/dedup"
"""The key by which OpsCenter tells that an OpsItem about the same is open (CreateOpsItem, SSM API reference)."""

_SOURCE: Final = "DrsOrchestration"
"""Who found what there is to do; it may not contain `aws` (CreateOpsItem, SSM API reference), as a project may."""


class OpsCenterGateway:
    """OpsCenter of one account and region."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def create(self, item: OpsItem) -> str:
        """The id of the new OpsItem, or of the open one about the same; HandOverError if none was made."""
        facts = {_ABOUT: json.dumps({"dedupString": item.about}), **item.facts}
        try:
            made = self._client.create_ops_item(
                Title=item.title,
                Description=item.description,
                Source=_SOURCE,
                Category="Recovery",
                Severity=item.severity.value,
                OperationalData={name: {"Value": value, "Type": "SearchableString"} for name, value in facts.items()},
            )
            return str(made["OpsItemId"])
        except (BotoCoreError, ClientError) as error:
            response: Mapping[str, Any] = error.response if isinstance(error, ClientError) else {}
            if response.get("Error", {}).get("Code") == "OpsItemAlreadyExistsException":
                return str(response["OpsItemId"])
            raise HandOverError(f"Systems Manager made no OpsItem: {error}") from error
