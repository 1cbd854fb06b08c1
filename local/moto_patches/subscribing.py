"""Refuses to subscribe an address anew with other attributes than its subscription has."""

import importlib
import json
from collections.abc import Mapping
from typing import Any

from local.moto_patches.patches import Patches


def install(patches: Patches) -> None:
    """moto writes the attributes of a second Subscribe over those that are there; AWS refuses it and keeps them."""
    if not patches.begin(__name__):
        return
    responses = importlib.import_module("moto.sns.responses").SNSResponse
    refusal = importlib.import_module("moto.sns.exceptions").SNSInvalidParameter

    def subscribe(self: Any) -> Any:
        found = self.backend._find_subscription(*map(self._get_param, ("TopicArn", "Endpoint", "Protocol")))
        if found is not None and _differ(self._get_attributes() or {}, found.attributes):
            raise refusal("Invalid parameter: Attributes Reason: Subscription already exists with different attributes")
        return real_subscribe(self)

    real_subscribe = patches.replace(responses, "subscribe", subscribe)


def _differ(asked: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    return any(_read(value) != _read(known.get(name)) for name, value in asked.items())


def _read(value: Any) -> Any:
    """A policy as JSON, whatever its spaces."""
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return value
