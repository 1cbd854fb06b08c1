"""The source servers of one account and region, read for the tag sync as the inventory reads them.

So what is found is remembered for all: a region without DRS is not looked into by the next run.
"""

from dataclasses import dataclass
from typing import Final

from data_management.tag_sync_app import LAST_PLACE_SECONDS, TagSync
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.drs import SourceServer
from shared.models.places import PlaceSeen
from shared.models.targets import Target
from shared.services.absorbing import TimeOverError
from shared.services.inventory import Hurry, Inventory

WAIT_SECONDS: Final = 12
"""Real seconds in which DRS is asked again that wants fewer calls, so that it says so before the place's time ends."""


def seen_now(target: Target, app: TagSync) -> PlaceSeen:
    """What is there, or why it could not be read though DRS was given time; TimeOverError if there is none."""
    hurry = Hurry(at_once=1, place_seconds=LAST_PLACE_SECONDS, seconds=LAST_PLACE_SECONDS)
    logger, regions = app.observability.logger, frozenset(app.drs_regions)
    [seen] = (
        Inventory(_Absorbed(app), app.states, regions, app.clock, logger, hurry).read([target], fresh=True).values()
    )
    return seen


@dataclass(frozen=True, slots=True)
class _Absorbed:
    """DRS, asked when it allows it."""

    app: TagSync

    def source_servers(self, target: Target) -> tuple[SourceServer, ...]:
        """All of the account and region; AWS's last word if DRS has not answered when time is over."""
        refused: list[DrsServiceError | CrossAccountError] = []

        def read() -> tuple[SourceServer, ...]:
            try:
                return self.app.drs.source_servers(target)
            except (DrsServiceError, CrossAccountError) as error:
                refused.append(error)
                raise

        try:
            return self.app.absorbing(WAIT_SECONDS).one(read)
        except TimeOverError as over:
            if refused:
                raise refused[-1] from over
            raise

    def let_go(self, target: Target) -> None:
        """Keep no connection."""
        self.app.drs.let_go(target)
