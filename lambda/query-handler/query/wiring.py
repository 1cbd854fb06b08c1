"""Joins the queries with AWS: each part is imported and made when a query first asks for it (shared/wiring.py)."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from query.application import Application
from shared.wiring import Wiring

if TYPE_CHECKING:
    from shared.aws.ec2 import Ec2Gateway
    from shared.clock import Clock
    from shared.services.inventory import Inventory
    from shared.services.preflight_deps import PreflightDeps
    from shared.settings import QuerySettings
    from shared.stores.tag_sync_store import TagSyncStore


class WiredApplication(Wiring, Application):
    """The application over the tables and gateways of the settings."""

    @cached_property
    def ec2(self) -> Ec2Gateway:
        """EC2 in any account and region."""
        from shared.aws.ec2 import Ec2Gateway

        return Ec2Gateway(self.sessions)

    @cached_property
    def inventory(self) -> Inventory:
        """The servers of all accounts and regions."""
        from shared.services.inventory import Inventory
        from shared.stores.region_state_store import RegionStateStore

        return Inventory(
            drs=self.drs.named("inventory"),
            states=RegionStateStore(self._accounts_table),
            regions=frozenset(self.drs_regions),
            clock=self.clock,
            logger=self.observability.logger,
        )

    @cached_property
    def preflight(self) -> PreflightDeps:
        """What checks plans, with more time than a start has for it."""
        from shared.patience import REPORT_SECONDS

        return replace(super().preflight, patience=REPORT_SECONDS)

    @cached_property
    def tag_sync_rows(self) -> TagSyncStore:
        """The settings and the newest run of the tag sync."""
        from shared.stores.tag_sync_store import TagSyncStore

        return TagSyncStore(self._accounts_table)


def build(settings: QuerySettings, clock: Clock) -> Application:
    """The application over the tables and gateways of the settings."""
    return WiredApplication(settings, clock)
