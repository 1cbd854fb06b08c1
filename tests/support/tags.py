"""The tags of EC2 instances as a test says they are: at first those with which the simulator's servers came."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from local.drs_simulator import InMemoryEc2
from shared.errors import DrsServiceError
from shared.models.targets import Target

Enter = Callable[[Target, Literal["ec2"]], None]
"""Goes into an account and region for EC2 as the product does; raises CrossAccountError if it may not."""

_DENIED: Final = "UnauthorizedOperation"


def _stay_outside(_target: Target, _service: str) -> None:
    """No account is entered."""


@dataclass
class InstanceTagsOfTest:
    """EC2 of all accounts and regions; in those that are `denied` nobody may look."""

    ec2: InMemoryEc2
    enter: Enter = _stay_outside
    denied: set[Target] = field(default_factory=set)
    asked: list[tuple[Target, int]] = field(default_factory=list)
    """Where it was asked, and after how many instances."""

    def retag(self, target: Target, instance_id: str, tags: Mapping[str, str]) -> None:
        """Let the instance have these tags and no others."""
        key = (target.account_id, target.region, instance_id)
        self.ec2.origins[key] = replace(self.ec2.origins[key], tags=dict(tags))

    def terminate(self, target: Target, instance_id: str) -> None:
        """Let the instance be gone."""
        del self.ec2.origins[target.account_id, target.region, instance_id]

    def instance_tags(self, target: Target, ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """The tags of the instances that exist, by id."""
        self.enter(target, "ec2")
        self.asked.append((target, len(ids)))
        if target in self.denied:
            raise DrsServiceError(
                f"DescribeInstances in {target}: You are not authorized ({_DENIED})",
                drsCode=_DENIED,
                httpStatus=403,
                accountId=target.account_id,
                region=target.region,
                operation="DescribeInstances",
            )
        found = {each: self.ec2.origins.get((target.account_id, target.region, each)) for each in ids}
        return {each: dict(origin.tags) for each, origin in found.items() if origin is not None}
