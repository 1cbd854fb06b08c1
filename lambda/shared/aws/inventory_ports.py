"""What reading the servers of many accounts and regions needs of AWS."""

from typing import Protocol

from shared.aws.ports import DrsPort
from shared.models.drs import SourceServer
from shared.models.targets import Target


class ServersPort(Protocol):
    """The source servers of any account and region; raises DrsServiceError or CrossAccountError."""

    def source_servers(self, target: Target) -> tuple[SourceServer, ...]:
        """All of the account and region."""
        ...

    def let_go(self, target: Target) -> None:
        """Keep no connection to an account and region that is not asked again soon."""
        ...


class LongLivedDrs(DrsPort, ServersPort, Protocol):
    """All of DRS, for a process that asks so many places that it must let go of their connections."""
