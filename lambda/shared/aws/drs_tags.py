"""DRS: the tags of source servers, written.

A tag that is written or removed again is as it was, so the SDK may repeat these calls like reads.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from shared.aws.calls import read
from shared.cross_account import AccountSession, Sessions
from shared.models.targets import Target
from shared.patience import patient

_PURPOSE: Final = "drs-orchestration-tag-sync"


class ServerTags:
    """The tags of DRS source servers in any account and region."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def put_tags(self, target: Target, arn: str, tags: Mapping[str, str]) -> None:
        """Add these tags, or give them these values."""

        def put(session: AccountSession) -> None:
            patient(session.client("drs", target.region)).tag_resource(resourceArn=arn, tags=dict(tags))

        read(self._sessions, _PURPOSE, target, "TagResource", put)

    def remove_tags(self, target: Target, arn: str, keys: Sequence[str]) -> None:
        """Remove the tags of these keys; those that are not there are no error."""

        def remove(session: AccountSession) -> None:
            patient(session.client("drs", target.region)).untag_resource(resourceArn=arn, tagKeys=list(keys))

        read(self._sessions, _PURPOSE, target, "UntagResource", remove)

    def let_go(self, target: Target) -> None:
        """Keep no client of an account and region that is not written to again soon."""
        self._sessions.let_go(target.account_id, _PURPOSE, "drs", target.region)
