"""An import gives plans to their address: what one costs does not grow with those that name the address already."""

import io
from collections.abc import Callable, Sequence
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest

from data_management.application import Application, Tables
from data_management.plan_mails import PLANS_OF_AN_ADDRESS
from shared.aws.extensions import ExtensionGateway
from shared.errors import QuotaExceededError, ValidationError
from shared.models.base import format_instant
from shared.models.mail_subscription import MailSubscription
from shared.observability import observe
from shared.patience import measured_by
from shared.roles import Role
from shared.stores.memory_table import MemoryTable
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.table import Changes, Item, Key, Page, PutItem, Write
from tests.integration.configuration.conftest import SCHEMAS, Call, System
from tests.integration.configuration.test_plan_mails import OPS, mails_of, new_plan, rows, save, stored
from tests.support.configuration import HUB, plan, wave
from tests.support.functions import NO_BRINGING, OWN_FUNCTION, FunctionsOfTest

FULL = QuotaExceededError("full", quota="FilterPolicyLimit", needed=1)

OF_A_LOOK = PLANS_OF_AN_ADDRESS
"""Items that are read where every plan of an address is looked at once."""


class ItemsCounted(MemoryTable):
    """A table that counts every item that is read or written, by itself or with others."""

    items = 0
    before_write: Callable[[Sequence[Write]], object] = staticmethod(lambda _: None)

    def get(self, key: Key, *, consistent: bool = True) -> Item | None:
        self.items += 1
        return super().get(key, consistent=consistent)

    def batch_get(self, keys: Sequence[Key]) -> list[Item]:
        self.items += len(keys)
        return super().batch_get(keys)

    def query(self, partition: tuple[str, str], **options: Any) -> Page:
        page = super().query(partition, **options)
        self.items += 1 + len(page.items)
        return page

    def update(self, key: Key, changes: Changes, condition: Any = None) -> Item:
        self.items += 1
        return super().update(key, changes, condition)

    def transact(self, writes: Sequence[Write]) -> None:
        self.before_write(writes)
        self.items += len(writes)
        super().transact(writes)


class Importing:
    """The function that imports, over tables of its own that are counted."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._tables = {name: ItemsCounted(schema) for name, schema in SCHEMAS.items()}
        self._app = Application(
            tables=Tables(
                groups=self._tables["groups"],
                plans=self._tables["plans"],
                accounts=self._tables["accounts"],
                executions=self._tables["history"],
            ),
            topic=system.topic,
            functions=FunctionsOfTest(),
            own_function=OWN_FUNCTION,
            bringing=NO_BRINGING,
            drs=system.drs,
            extensions=ExtensionGateway(system.sessions, system.clock),
            ec2_choices=system.choices,
            instance_tags=system.instance_tags,
            server_tags=system.server_tags,
            drs_regions=("us-west-2",),
            partition="aws",
            hub_account_id=HUB,
            clock=system.clock,
            observability=observe("test", "CRITICAL", io.StringIO()),
            direct_role=Role.ADMIN,
        )

    @property
    def plans(self) -> ItemsCounted:
        """The table of plans."""
        return self._tables["plans"]

    def cost(self, *names: str) -> int:
        """Import plans of these names and of one address: the calls of SNS and the items that it took."""
        before = self._asked()
        self.report(*names)
        return self._asked() - before

    def report(self, *names: str) -> Any:
        """What an import of plans of these names and of one address answers."""
        group = {"groupName": "A", "region": "us-west-2", "serverSelectionTags": {"n": "1"}, "accountId": HUB}
        waves = [{"waveNumber": 0, "waveName": "Only", "protectionGroupNames": ["A"]}]
        plans = [{"planName": name, "waves": waves, "notificationEmail": OPS} for name in names]
        document = {"schemaVersion": "1.1", "protectionGroups": [group], "recoveryPlans": plans}
        answer = self._app.handle({"operation": "import_configuration", "parameters": document}, Call())
        assert "error" not in answer, answer
        return answer

    def _asked(self) -> int:
        return sum(table.items for table in self._tables.values()) + len(self._system.topic.calls)


@pytest.fixture
def importing(system: System) -> Importing:
    return Importing(system)


def named(prefix: str, number: int) -> list[str]:
    """So many names."""
    return [f"{prefix} {position}" for position in range(number)]


def test_twice_as_many_plans_of_one_address_cost_twice_as_much(system: System) -> None:
    fifty, hundred = (Importing(system).cost(*named("Plan", number)) for number in (50, 100))

    assert hundred <= 2.2 * fifty


def test_sns_is_told_of_the_plans_of_an_import_ten_at_a_time(system: System, importing: Importing) -> None:
    importing.cost(*named("Plan", 100))

    assert len(system.topic.calls) == 10
    assert len(system.topic.filter_of(OPS) or ()) == 100


def test_an_address_that_sns_refuses_fails_each_plan_of_an_import_and_leaves_no_row(
    system: System, importing: Importing
) -> None:
    system.topic.refuses["subscribe"] = ValidationError.one("notificationEmail", "no such address", "REFUSED_ADDRESS")

    report = importing.report(*named("Plan", 12))

    reasons = [(reason["field"], reason["code"]) for item in report["failed"] for reason in item["reasons"]]
    assert reasons == [(f"recoveryPlans[{number}].notificationEmail", "REFUSED_ADDRESS") for number in range(12)]
    assert system.topic.addresses() == []
    assert [item for item in importing.plans.scan() if item["planId"].startswith("mail#")] == []


def test_a_refusal_that_sns_is_full_leaves_no_row_either(system: System) -> None:
    system.topic.refuses["subscribe"] = FULL

    assert new_plan(system, "First")["error"] == "QUOTA_EXCEEDED"

    assert rows(system) == []


def test_what_a_lost_answer_may_have_made_is_known_after_refusals_too_and_nothing_else_is_kept(system: System) -> None:
    system.topic.goes_down("subscribe", and_does_it=True)
    new_plan(system, "First")
    system.topic.comes_back()
    [before] = rows(system)
    system.topic.and_does_it = False
    system.topic.refuses["subscribe"] = FULL
    for number in range(3):
        new_plan(system, f"Refused {number}")
    [after] = rows(system)
    del system.topic.refuses["subscribe"]

    last = new_plan(system, "Last")["planId"]

    assert after["asked"] == before["asked"] != []
    assert system.topic.filter_of(OPS) == {last}


def test_a_plan_that_is_refused_beside_another_of_its_address_may_be_in_what_that_one_asked_for(
    system: System,
) -> None:
    mails = mails_of(system)
    mark = f"{format_instant(system.clock.now())}#other"
    assert mails.rows.put(MailSubscription(address=OPS, plans={"other": mark}, asked=("other",)), None)
    system.topic.refuses["subscribe"] = FULL

    with pytest.raises(QuotaExceededError):
        save(system, stored("mine", OPS))

    [row] = rows(system)
    assert (row["plans"], row["asked"]) == ({"other": mark}, ["mine", "other"])


def test_a_plan_of_an_import_that_is_not_stored_leaves_its_address_no_mails_of_it(
    system: System, importing: Importing
) -> None:
    rival = plan(wave(0, "group"), plan_id="rival", plan_name="plan 2")
    system.topic.before["subscribe"] = lambda: RecoveryPlanStore(importing.plans).put_new(rival)

    report = importing.report(*named("Plan", 4))

    assert [item["name"] for item in report["failed"]] == ["Plan 2"]
    assert system.topic.filter_of(OPS) == {item["id"] for item in report["created"] if item["kind"] == "recoveryPlan"}


def test_an_import_that_breaks_off_takes_back_what_it_did_not_come_to(system: System, importing: Importing) -> None:
    class Stopped(BaseException):
        """Nobody catches that."""

    def stop(writes: Sequence[Write]) -> None:
        if any(isinstance(write, PutItem) and write.item.get("planName") == "Plan 2" for write in writes):
            raise Stopped

    importing.plans.before_write = stop

    with pytest.raises(Stopped):
        importing.report(*named("Plan", 5))

    # The third may be stored.
    assert len(system.topic.filter_of(OPS) or ()) == 3


def test_an_import_that_runs_out_of_time_takes_back_what_it_did_not_come_to(
    system: System, importing: Importing
) -> None:
    hours = [0]

    def take_long(writes: Sequence[Write]) -> None:
        if any(isinstance(write, PutItem) and write.item.get("planName") == "Plan 2" for write in writes):
            hours[0] = 1

    importing.plans.before_write = take_long

    with measured_by(lambda: monotonic() + 3600 * hours[0]):
        report = importing.report(*named("Plan", 5))

    assert [item["name"] for item in report["failed"]] == ["Plan 3", "Plan 4"]
    assert system.topic.filter_of(OPS) == {item["id"] for item in report["created"] if item["kind"] == "recoveryPlan"}


def test_plans_that_named_the_address_long_before_are_looked_at_once_by_an_import(
    system: System, importing: Importing
) -> None:
    alone = Importing(system).cost(*named("New", 40))
    system.topic.lose(OPS)
    importing.cost(*named("Old", 100))
    system.clock.advance(timedelta(hours=2).total_seconds())

    among_old = importing.cost(*named("New", 40))

    assert len(system.topic.filter_of(OPS) or ()) == 140
    assert among_old < alone + 2 * OF_A_LOOK


def test_plans_that_have_no_room_with_the_address_look_at_its_plans_once(system: System, importing: Importing) -> None:
    importing.cost(*named("Old", PLANS_OF_AN_ADDRESS))
    system.clock.advance(timedelta(hours=2).total_seconds())
    one = importing.cost("New 0")

    system.clock.advance(timedelta(hours=2).total_seconds())
    fifty = importing.cost(*named("New", 50))

    assert fifty < 50 * (one - OF_A_LOOK) + 2 * OF_A_LOOK
    assert importing.report("New 0")["summary"]["failed"] == 1
