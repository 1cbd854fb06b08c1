"""AWS's quotas of jobs and servers, and what a refusal says."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from local.drs_simulator import Quirks, Quotas, RateLimits, Settings
from local.drs_simulator.estate import QuotasSpec
from local.drs_simulator.record import Effect
from tests.support.drs_rehearsal import ACCOUNT, OTHER_ACCOUNT, REGION, Rehearsal, told

SMALL = Settings(
    quotas=Quotas(servers_per_job=4, jobs_at_once=3, servers_in_all_jobs=8),
    rate_limits=RateLimits(enabled=False),
    quirks=Quirks(event_loss=0),
)


def refused_code(refused: Any) -> tuple[int, str]:
    return refused.value.response["ResponseMetadata"]["HTTPStatusCode"], refused.value.response.get("quotaCode", "")


def test_a_job_takes_one_hundred_servers_and_not_one_more(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(101)

    with pytest.raises(rehearsal.drs.exceptions.ServiceQuotaExceededException) as refused:
        rehearsal.start(servers)

    assert refused_code(refused) == (402, "L-B827C881")
    assert rehearsal.start(servers[:100])


def test_twenty_jobs_run_at_once_and_not_one_more(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(21)
    for server in servers[:20]:
        rehearsal.start([server])

    with pytest.raises(rehearsal.drs.exceptions.ServiceQuotaExceededException) as refused:
        rehearsal.start(servers[20:])

    assert refused_code(refused) == (402, "L-D88FAC3A")
    rehearsal.finish_jobs()
    assert rehearsal.start(servers[20:])


def test_five_hundred_servers_are_in_jobs_at_once_and_not_one_more(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(501)
    for start in range(0, 500, 100):
        rehearsal.start(servers[start : start + 100])

    with pytest.raises(rehearsal.drs.exceptions.ServiceQuotaExceededException) as refused:
        rehearsal.start(servers[500:])

    assert refused_code(refused) == (402, "L-05AFA8C6")


def test_an_account_and_region_may_have_quotas_of_its_own(rehearsal: Rehearsal) -> None:
    rehearsal.simulator.load_estate({"regions": [{"account": ACCOUNT, "region": REGION, "quotas": {"jobsAtOnce": 1}}]})
    rehearsal.simulator.set_quotas(ACCOUNT, REGION, QuotasSpec(source_servers=6000))
    servers = rehearsal.protect(2)
    rehearsal.start(servers[:1])

    with pytest.raises(rehearsal.drs.exceptions.ServiceQuotaExceededException) as refused:
        rehearsal.start(servers[1:])

    assert refused_code(refused) == (402, "L-D88FAC3A")
    assert rehearsal.simulator.quotas(ACCOUNT, REGION).by_code() == {
        "L-B827C881": 100,
        "L-D88FAC3A": 1,
        "L-05AFA8C6": 500,
        "L-C1D14A2B": 300,
        "L-E28BE5E0": 6000,
    }
    assert rehearsal.simulator.quotas(OTHER_ACCOUNT, REGION) == Quotas()


def test_a_server_in_a_job_refuses_the_whole_call(rehearsal: Rehearsal) -> None:
    busy, free = rehearsal.protect(2)
    rehearsal.start([busy])
    drs = rehearsal.drs

    with pytest.raises(drs.exceptions.ConflictException) as refused:
        rehearsal.start([free, busy])

    assert told(refused)["resourceId"] == busy
    assert "being processed by a job" in refused.value.response["Error"]["Message"]
    assert rehearsal.start([free])


def test_refusals_are_counted_by_account_region_and_quota(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(101)
    rehearsal.start(servers[:1])

    for wanted in (servers, servers, servers[:1]):
        with pytest.raises(ClientError):
            rehearsal.start(wanted)

    assert rehearsal.simulator.refusals == {(ACCOUNT, REGION): {"L-B827C881": 2, "L-DD6D028C": 1}}


def test_quotas_of_two_accounts_are_apart() -> None:
    rehearsal = Rehearsal(SMALL)
    for server in rehearsal.protect(3):
        rehearsal.start([server])
    [other] = rehearsal.protect(account=OTHER_ACCOUNT)

    started = rehearsal.client(OTHER_ACCOUNT).start_recovery(sourceServers=[{"sourceServerID": other}])

    assert started["job"]["status"] == "PENDING"


@pytest.mark.parametrize("twice", [False, True])
def test_a_server_that_is_unknown_or_named_twice_refuses_the_whole_call(rehearsal: Rehearsal, twice: bool) -> None:
    [known] = rehearsal.protect()

    with pytest.raises(rehearsal.drs.exceptions.ValidationException) as refused:
        rehearsal.start([known, known if twice else "s-" + "0" * 17])

    assert told(refused)["fieldList"][0]["name"] == "sourceServers[1].sourceServerID"
    assert rehearsal.start([known])


def test_a_point_in_time_of_another_server_is_refused(rehearsal: Rehearsal) -> None:
    mine, other = rehearsal.protect(2)
    drs = rehearsal.drs
    snapshot = drs.describe_recovery_snapshots(sourceServerID=other)["items"][0]["snapshotID"]

    with pytest.raises(drs.exceptions.ValidationException):
        drs.start_recovery(sourceServers=[{"sourceServerID": mine, "recoverySnapshotID": snapshot}])


class Busy(RuleBasedStateMachine):
    """Callers start, terminate and wait as they like; the record must never show a broken quota."""

    def __init__(self) -> None:
        super().__init__()
        self.rehearsal = Rehearsal(SMALL)
        self.servers = self.rehearsal.protect(12)

    @rule(chosen=st.sets(st.integers(0, 11), min_size=1, max_size=6))
    def start(self, chosen: set[int]) -> None:
        busy = self.busy()
        wanted = [self.servers[index] for index in sorted(chosen)]
        jobs = len(self.running())
        allowed = len(wanted) <= 4 and not busy & set(wanted) and jobs < 3 and len(busy) + len(wanted) <= 8
        try:
            self.rehearsal.start(wanted)
        except ClientError as error:
            assert not allowed, error
        else:
            assert allowed

    @rule(count=st.integers(1, 5))
    def terminate(self, count: int) -> None:
        ids = [item["recoveryInstanceID"] for item in self.rehearsal.instances()][:count]
        if not ids:
            return
        try:
            self.rehearsal.drs.terminate_recovery_instances(recoveryInstanceIDs=ids)
        except ClientError as error:
            assert error.response["Error"]["Code"] in {"ConflictException", "ServiceQuotaExceededException"}

    @rule(seconds=st.integers(1, 900))
    def wait(self, seconds: int) -> None:
        self.rehearsal.wait(seconds)
        self.rehearsal.simulator.advance()

    @invariant()
    def quotas_hold(self) -> None:
        running = self.running()
        servers = [server for job in running for server in job.detail["servers"]]
        assert len(running) <= 3
        assert len(servers) <= 8
        assert len(servers) == len(set(servers))

    @invariant()
    def one_instance_a_server(self) -> None:
        owners = [instance.order.server_id for instance in self.rehearsal.ec2.instances.values()]
        alive = self.rehearsal.ec2.running()
        assert len({self.rehearsal.ec2.instances[one].order.server_id for one in alive}) == len(alive)
        assert set(owners) <= set(self.servers)

    def running(self) -> list[Effect]:
        record = self.rehearsal.simulator.record
        ended = {effect.job_id for effect in record.effects("jobEnded")}
        return [effect for effect in record.effects("jobCreated") if effect.job_id not in ended]

    def busy(self) -> set[str]:
        return {server for job in self.running() for server in job.detail["servers"]}


TestBusy = Busy.TestCase
TestBusy.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
