"""The data of launch template versions, with the members and names of EC2's own.

A version that is made over another one keeps what is not named. Where something is to go, one is made of everything
that is to stay: all that EC2 answers may be sent again, but for a few members that it tells of itself.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final

ANSWERED_ONLY: Final = MappingProxyType(
    {
        "MetadataOptions": frozenset({"State"}),
        "Operator": frozenset({"Managed", "HiddenByDefault"}),
        "Ipv6Addresses": frozenset({"IsPrimaryIpv6"}),
    }
)
"""By their member what EC2 answers within and takes from nobody (EC2 API reference)."""


def sendable(data: Mapping[str, Any]) -> dict[str, Any]:
    """What of the answer may be sent: without what EC2 alone says, and without what is empty."""
    sent: dict[str, Any] = _sent(data, "")
    return sent


def whole(source: Mapping[str, Any], over: Mapping[str, Any], without: Collection[str]) -> dict[str, Any]:
    """All of a version that is its source with the named members over it, and without some."""
    return sendable({name: value for name, value in {**source, **over}.items() if name not in without})


def same_data(one: Any, other: Any) -> bool:
    """Whether two readings are of one thing."""
    return bool(_comparable(one) == _comparable(other))


def _sent(value: Any, member: str) -> Any:
    if isinstance(value, Mapping):
        theirs = ANSWERED_ONLY.get(member, ())
        parts = {name: _sent(part, name) for name, part in value.items() if name not in theirs}
        return {name: part for name, part in parts.items() if part not in (None, [], {})}
    if isinstance(value, list | tuple):
        return [_sent(part, member) for part in value]
    return value


def _comparable(value: Any) -> Any:
    """The value without what may differ between two readings of one thing."""
    return _without_empty_text(sendable(value) if isinstance(value, Mapping) else value)


def _without_empty_text(value: Any) -> Any:
    if isinstance(value, Mapping):
        parts = {name: _without_empty_text(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part not in ("", {}, [])}
    if isinstance(value, list | tuple):
        return [_without_empty_text(part) for part in value]
    return value
