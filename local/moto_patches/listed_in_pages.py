"""Lists what launches are given a page at a time, as EC2 and IAM do."""

import importlib
from collections.abc import Callable
from typing import Any, Final

from local.moto_patches.patches import Patches

_OF_EC2: Final = (
    ("subnets", "Subnets", "describe_subnets", "Subnets"),
    ("security_groups", "SecurityGroups", "describe_security_groups", "SecurityGroups"),
    ("elastic_network_interfaces", "ElasticNetworkInterfaces", "describe_network_interfaces", "NetworkInterfaces"),
    ("instances", "InstanceResponse", "describe_instance_types", "InstanceTypes"),
    ("instances", "InstanceResponse", "describe_instance_type_offerings", "InstanceTypeOfferings"),
)
"""Module and class of moto, the call, and its list."""
_OF_IAM: Final = 100
"""So many IAM lists unless it is asked for more."""


def install(patches: Patches) -> None:
    """moto answers everything at once, whatever is asked; AWS has pages, and in IAM also if none is asked for."""
    if not patches.begin(__name__):
        return
    for module, class_name, call, name in _OF_EC2:
        responses = getattr(importlib.import_module(f"moto.ec2.responses.{module}"), class_name)
        real = getattr(responses, call)
        patches.replace(responses, call, _paged(real, name))
    iam = importlib.import_module("moto.iam.responses").IamResponse
    patches.replace(iam, "list_instance_profiles", _marked(iam.list_instance_profiles, "InstanceProfiles"))


def _paged(real: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    def call(self: Any) -> Any:
        answer, size = real(self), self._get_param("MaxResults")
        begin = _position(self._get_param("NextToken"))
        if size is None:
            return answer
        page, following = _slice(answer.result[name], begin, int(size))
        return type(answer)({name: page, **({"NextToken": f"after-{following}"} if following else {})})

    return call


def _marked(real: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    def call(self: Any) -> Any:
        answer, begin = real(self), _position(self._get_param("Marker"))
        page, following = _slice(answer.result[name], begin, int(self._get_param("MaxItems") or _OF_IAM))
        more = {"Marker": f"after-{following}"} if following else {}
        return type(answer)({name: page, "IsTruncated": bool(following), **more})

    return call


def _slice(items: Any, begin: int, size: int) -> tuple[list[Any], int]:
    """A page, and where the next one begins; 0 if this is the last."""
    every = list(items)
    end = begin + size
    return every[begin:end], end if end < len(every) else 0


def _position(token: str | None) -> int:
    if token is None:
        return 0
    before, _, number = token.partition("-")
    if before != "after" or not number.isdecimal():
        raise _refused("InvalidNextToken", "The token is not valid")
    return int(number)


def _refused(code: str, message: str) -> Exception:
    error: Exception = importlib.import_module("moto.ec2.exceptions").EC2ClientError(code, message)
    return error
