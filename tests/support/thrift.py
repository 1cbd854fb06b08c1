"""What an operation asks of AWS, counted where it leaves the use case."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from shared.models.account import TargetAccount
from shared.models.launch_config import LaunchConfig
from shared.models.targets import Target
from shared.stores.table import Table
from tests.support.configuration import NOW, wave
from tests.support.control_room import EXTERNAL_ID, ControlRoom
from tests.support.counted_table import CountedTable


@dataclass
class Meter:
    """A room whose tables are counted, and everything that it has asked so far."""

    tables: list[CountedTable] = field(default_factory=list)

    def room(self) -> ControlRoom:
        """A new room."""
        return ControlRoom(seen=self._counted)

    def _counted(self, table: Table) -> Table:
        self.tables.append(CountedTable(table))
        return self.tables[-1]

    def read(self, room: ControlRoom) -> Counter[str]:
        """Calls by service; the difference of two is what the time between them has cost."""
        return Counter(
            {
                "DynamoDB": sum(table.calls for table in self.tables),
                "DRS": len(list(room.simulator.record.calls())),
                "EC2 and IAM": room.choices.asked.total() + room.templates.calls.total(),
                "STS": room.roles.asked,
                "Service Quotas": len(room.limits.entered),
                "Step Functions": len(room.runs.inputs),
            }
        )


def calls_of_a_start(accounts: int, waves: int, config: LaunchConfig | None = None) -> Counter[str]:
    """What a first start with a client token asks, of a plan whose every wave is in another account.

    `config` is what its servers are launched with.
    """
    meter = Meter()
    room = meter.room()
    targets = [Target(account_id=f"{number:012d}", region="us-west-2") for number in range(501, 501 + accounts)]
    for target in targets:
        room.accounts.put_new(
            TargetAccount(
                account_id=target.account_id,
                account_name=target.account_id,
                external_id=EXTERNAL_ID,
                created_at=NOW,
                updated_at=NOW,
            )
        )
    names = [f"tier {number}" for number in range(waves)]
    for number, name in enumerate(names):
        room.group_of(name, 2 * number + 1, 2 * number + 2, target=targets[number % accounts])
        stored = room.groups.get(name)
        room.groups.put(stored.model_copy(update={"launch_config": config}), stored.version)
    room.plan_of(*(wave(number, name) for number, name in enumerate(names)))
    before = meter.read(room)
    answer = room.start(clientToken="once")
    assert answer["status"] == "PENDING", answer
    return meter.read(room) - before
