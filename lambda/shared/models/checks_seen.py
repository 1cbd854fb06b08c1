"""What CloudWatch and SSM tell us of declared checks, in our words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

ALARM_OK: Final = "OK"
AGENT_ONLINE: Final = "Online"


@dataclass(frozen=True)
class AlarmReading:
    """An alarm's state: OK, ALARM or INSUFFICIENT_DATA, and why it is in it."""

    alarm_name: str
    state: str
    reason: str = ""


@dataclass(frozen=True)
class Invocation:
    """A command on one instance: SSM's status, its more exact word for it, and the end of what it printed."""

    instance_id: str
    status: str
    details: str = ""
    output: str = ""


@dataclass(frozen=True)
class SentListing:
    """A complete listing of the commands that were sent since an instant: their ids by comment.

    `began_at` is when the first page was asked for.
    """

    since: datetime
    began_at: datetime
    by_marker: Mapping[str, str]


@dataclass(frozen=True)
class Document:
    """A document of SSM as far as it can be run: its kind and its status, `Command` and `Active` if so."""

    name: str
    kind: str
    status: str

    @property
    def is_runnable(self) -> bool:
        """Whether SendCommand takes it."""
        return self.kind == "Command" and self.status == "Active"
