"""What the copying of tags needs of AWS."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from shared.models.targets import Target


class InstanceTagsPort(Protocol):
    """The tags of EC2 instances in any account and region; raises DrsServiceError or CrossAccountError."""

    def instance_tags(self, target: Target, ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """The tags of the instances that exist, by id; unknown and terminated ones are left out."""
        ...


class ServerTagsPort(Protocol):
    """The tags of DRS source servers in any account and region; raises DrsServiceError or CrossAccountError."""

    def put_tags(self, target: Target, arn: str, tags: Mapping[str, str]) -> None:
        """Add these tags, or give them these values."""
        ...

    def remove_tags(self, target: Target, arn: str, keys: Sequence[str]) -> None:
        """Remove the tags of these keys; those that are not there are no error."""
        ...

    def let_go(self, target: Target) -> None:
        """Keep no connection to an account and region that is not written to again soon."""
        ...
