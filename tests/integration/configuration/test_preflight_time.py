"""How long a preflight waits for who does not answer: for nobody longer than its time, and for all no longer either."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event
from typing import Any, Final, Self

import pytest

from shared.aws.drs import DrsGateway
from shared.drs_limits import DOCUMENTED, DrsQuotas
from shared.models.checks_seen import AlarmReading
from shared.models.drs import JobListing, RecoverySnapshot, SourceServer
from shared.models.finding import FindingCode, Outcome
from shared.models.targets import Target
from shared.services.preflight import check_plan
from shared.services.preflight_quotas import QUOTA_SECONDS
from shared.services.preflight_settings_looks import FEW
from shared.services.preflight_time import PARTS
from tests.integration.configuration.conftest import System
from tests.integration.configuration.test_plans import wave
from tests.integration.configuration.test_preflight_launch_into import own, prepare
from tests.support.configuration import DATABASE, HUB, NOW, WEB, server_id
from tests.support.ec2_choices import SUBNETS

ONE, TWO = server_id(1), server_id(2)


class Silent(DrsGateway):
    """DRS, of which one account and region does not answer before a test says so."""

    def __init__(self, system: System, silent: Target) -> None:
        super().__init__(system.sessions, system.clock)
        self._silent = silent
        self.speaks = Event()

    def source_servers(self, target: Target, ids: Sequence[str] | None = None) -> tuple[SourceServer, ...]:
        if target == self._silent:
            assert self.speaks.wait(30)
        return super().source_servers(target, ids)


def test_an_account_that_does_not_answer_in_time_is_an_error_and_keeps_nobody_waiting(system: System) -> None:
    system.protect(DATABASE, ONE)
    system.protect(WEB, TWO)
    database = system.group("Databases", sourceServerIds=[ONE])
    web = system.group("Web", WEB, sourceServerIds=[TWO])
    plan_id = system.plan(wave(0, database), wave(1, web))
    drs = Silent(system, WEB)

    check = check_plan(system.plans.get(plan_id), replace(system.preflight, drs=drs, patience=1.5))

    drs.speaks.set()
    [finding] = check.obstacles
    assert (finding.code.value, finding.account_id) == ("DRS_STATE", WEB.account_id)
    assert f"did not answer within {1.5 * (PARTS - 1) / PARTS:g} seconds" in finding.message
    assert [len(check.servers_by_wave[number]) for number in (0, 1)] == [1, 1]


class SlowEverywhere(DrsGateway):
    """DRS, of which one account does not list its jobs and no other its snapshots before a test says so."""

    def __init__(self, system: System, silent: Target) -> None:
        super().__init__(system.sessions, system.clock)
        self._silent = silent
        self.speaks = Event()

    def jobs(self, target: Target, *, ids: Sequence[str] | None = None, since: datetime | None = None) -> JobListing:
        if target == self._silent:
            assert self.speaks.wait(60)
        return super().jobs(target, ids=ids, since=since)

    def newest_snapshot(
        self, target: Target, source_server_id: str, *, not_later_than: datetime
    ) -> RecoverySnapshot | None:
        assert self.speaks.wait(60)
        return super().newest_snapshot(target, source_server_id, not_later_than=not_later_than)


class SlowAlarms:
    """CloudWatch, that answers when a test says so."""

    def __init__(self, speaks: Event) -> None:
        self._speaks = speaks

    def named(self, _purpose: str) -> Self:
        """The same for another purpose."""
        return self

    def alarms(self, target: Target, names: Sequence[str]) -> tuple[AlarmReading, ...]:  # noqa: ARG002
        assert self._speaks.wait(60)
        return ()


def test_all_questions_together_take_no_longer_than_the_time_of_a_preflight(system: System) -> None:
    system.protect(DATABASE, ONE)
    system.protect(WEB, TWO)
    silent = system.group("Databases", sourceServerIds=[ONE])
    web = system.group("Web", WEB, sourceServerIds=[TWO])
    alarm = {"alarmName": "shop", "accountId": HUB, "region": "us-east-1"}
    plan_id = system.plan(wave(0, silent), wave(1, web, healthChecks=[alarm]))
    drs = SlowEverywhere(system, DATABASE)
    seconds = 2
    began = time.monotonic()

    check = check_plan(
        system.plans.get(plan_id),
        replace(system.preflight, drs=drs, cloudwatch=SlowAlarms(drs.speaks), patience=seconds),
        NOW - timedelta(minutes=5),
    )

    took = time.monotonic() - began
    drs.speaks.set()
    assert {(each.account_id, each.code.value) for each in check.findings} == {
        (DATABASE.account_id, "DRS_STATE"),
        (WEB.account_id, "SNAPSHOTS_NOT_CHECKED"),
        (DATABASE.account_id, "SNAPSHOTS_NOT_CHECKED"),
        (WEB.account_id, "LAUNCH_RIGHTS"),
        (HUB, "HEALTH_CHECKS"),
    }
    assert took < seconds + 2


class Late:
    """A part of AWS that takes its time for whatever it is asked."""

    def __init__(self, part: Any, seconds: float) -> None:
        self._part = part
        self._seconds = seconds

    def __getattr__(self, name: str) -> Any:
        def ask(*args: Any, **keywords: Any) -> Any:
            time.sleep(self._seconds)
            return getattr(self._part, name)(*args, **keywords)

        return ask


class ShopIsWell:
    """CloudWatch, that has every alarm it is asked for."""

    def alarms(self, target: Target, names: Sequence[str]) -> tuple[AlarmReading, ...]:  # noqa: ARG002
        return tuple(AlarmReading(alarm_name=name, state="OK") for name in names)


def test_a_plan_that_gives_reason_to_ask_everything_is_checked_by_an_aws_that_takes_its_time(system: System) -> None:
    prepare(system)
    system.protect(DATABASE, ONE, TWO)
    settings: dict[str, Any] = {"launchConfig": {"copyTags": True, "subnetId": SUBNETS[0]}, "servers": [own(ONE)]}
    group = system.group("Db", sourceServerIds=[ONE, TWO], **settings)
    alarm = {"alarmName": "shop", "accountId": HUB, "region": "us-east-1"}
    plan_id = system.plan(wave(0, group, healthChecks=[alarm]))
    known, seconds = system.preflight, 0.4
    late: Any = {"drs": known.drs, "ec2": known.ec2, "cloudwatch": ShopIsWell(), "limits": known.limits}
    parts: dict[str, Any] = {name: Late(part, seconds) for name, part in late.items()}

    check = check_plan(
        system.plans.get(plan_id), replace(known, **parts, patience=7 * seconds), NOW - timedelta(minutes=5)
    )

    assert check.obstacles == (), "one after the other they would need more calls than there is time for"
    assert [each.source_server_id for each in check.replaced_instances] == [ONE]


OF_SETTINGS: Final = {FindingCode.LAUNCH_CONFIG_DRIFT, FindingCode.LAUNCH_CONFIG_NOT_CHECKED}


@pytest.mark.parametrize(
    ("policy", "seconds"),
    [("REPAIR", 0.2), ("REPAIR", 1.8), ("BLOCK", 1.8)],
)
def test_looks_at_launch_settings_need_little_time_and_what_there_was_none_for_is_unknown(
    system: System, policy: str, seconds: float
) -> None:
    ids = [server_id(number) for number in range(1, 26)]
    system.protect(DATABASE, *ids)
    as_drs_has_it: dict[str, Any] = {"launchConfig": {"copyTags": False}, "launchConfigPolicy": policy}
    plan_id = system.plan(wave(0, system.group("Db", sourceServerIds=ids, **as_drs_has_it)))
    known = system.preflight
    late = replace(
        known.bringing,
        workers=4,
        configurations=Late(known.bringing.configurations, seconds),
        templates=Late(known.bringing.templates, seconds),
    )

    check = check_plan(system.plans.get(plan_id), replace(known, bringing=late, patience=1.7))

    told = {each.outcome: each.server_ids for each in check.findings if each.code in OF_SETTINGS}
    looked_at, outcome = (FEW, Outcome.WARN) if seconds < 1 else (0, Outcome.UNKNOWN)
    assert [each.outcome for each in check.obstacles] == [outcome] * (outcome is Outcome.UNKNOWN)
    assert {each: len(servers) for each, servers in told.items()} == {outcome: 25 - looked_at}, "no pass of the unseen"


class SilentQuotas:
    """Service Quotas that takes a question and says nothing before a test says so."""

    def __init__(self) -> None:
        self.speaks = Event()

    def named(self, _purpose: str) -> Self:
        """The same for another purpose."""
        return self

    def limits(self, _target: Target) -> DrsQuotas:
        assert self.speaks.wait(60)
        return DOCUMENTED


def test_a_silent_service_quotas_costs_a_start_nothing_but_a_moment(system: System) -> None:
    system.protect(DATABASE, ONE)
    system.protect(WEB, TWO)
    database = system.group("Databases", sourceServerIds=[ONE])
    web = system.group("Web", WEB, sourceServerIds=[TWO])
    plan_id = system.plan(wave(0, database), wave(1, web))
    quotas = SilentQuotas()
    began = time.monotonic()

    check = check_plan(system.plans.get(plan_id), replace(system.preflight, limits=quotas, workers=1))

    took = time.monotonic() - began
    quotas.speaks.set()
    assert took < 2 * QUOTA_SECONDS
    assert check.obstacles == ()
    assert [len(check.servers_by_wave[number]) for number in (0, 1)] == [1, 1]
    found = [each for each in check.findings if each.code is FindingCode.QUOTA]
    assert [(each.reason, each.account_id) for each in found] == [
        ("NOT_READ", DATABASE.account_id),
        ("NOT_READ", WEB.account_id),
    ]
    assert all("20 jobs at once with 500 servers; Service Quotas did not answer" in str(each) for each in found)


class OneAtATime(DrsGateway):
    """DRS and Service Quotas, which note who is asked while another is."""

    def __init__(self, system: System) -> None:
        super().__init__(system.sessions, system.clock)
        self.under_way: list[str] = []
        self.met: list[tuple[str, ...]] = []

    def source_servers(self, target: Target, ids: Sequence[str] | None = None) -> tuple[SourceServer, ...]:
        with self._asked(f"servers in {target}"):
            return super().source_servers(target, ids)

    def limits(self, target: Target) -> DrsQuotas:
        """As Service Quotas."""
        with self._asked(f"quotas in {target}"):
            return DOCUMENTED

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        self.under_way.append(what)
        time.sleep(0.05)
        if len(self.under_way) > 1:
            self.met.append(tuple(self.under_way))
        yield
        self.under_way.remove(what)


def test_with_one_worker_one_question_is_asked_after_the_other(system: System) -> None:
    system.protect(DATABASE, ONE)
    system.protect(WEB, TWO)
    database = system.group("Databases", sourceServerIds=[ONE])
    web = system.group("Web", WEB, sourceServerIds=[TWO])
    plan_id = system.plan(wave(0, database), wave(1, web))
    asked = OneAtATime(system)
    limits: Any = asked

    check_plan(system.plans.get(plan_id), replace(system.preflight, drs=asked, limits=limits, workers=1))

    assert asked.met == [], "the proof lets one thread of a function work at a time"
