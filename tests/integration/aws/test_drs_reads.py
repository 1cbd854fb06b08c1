"""What the gateway reads of DRS, page by page, and how it says what went wrong."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config

from shared.aws.drs import DrsGateway
from shared.cross_account import Sessions
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.base import format_instant
from shared.models.drs import Job, JobStatus, JobType, ParticipantStatus
from shared.models.launch_config import LaunchDisposition
from shared.models.targets import Target
from tests.integration.aws.conftest import DATABASE, HUB, START, WEB, Cloud, account


def start(cloud: Cloud, target: Target, servers: list[str]) -> Job:
    return cloud.drs.start_recovery(
        target, servers, is_drill=True, tags={"launch": "one"}, not_after=cloud.clock.now() + timedelta(seconds=20)
    )


def test_all_source_servers_of_an_account_come_from_every_page(cloud: Cloud) -> None:
    cloud.protect(DATABASE, *(f"db{number:02d}" for number in range(30)))
    cloud.protect(WEB, "web01")

    servers = cloud.drs.source_servers(DATABASE)

    assert sorted(server.hostname for server in servers) == [f"db{number:02d}" for number in range(30)]
    assert {server.replication_state for server in servers} == {"CONTINUOUS"}
    assert servers[0].tags["tier"] == "db"


def test_more_servers_than_one_call_takes_are_asked_for_in_slices(cloud: Cloud) -> None:
    ids = cloud.protect(DATABASE, *(f"db{number:03d}" for number in range(201)))

    servers = cloud.drs.source_servers(DATABASE, ids)

    assert sorted(server.source_server_id for server in servers) == sorted(ids)


def test_asking_for_no_server_calls_nobody_and_finds_nothing(cloud: Cloud) -> None:
    cloud.protect(DATABASE, "db01")

    assert cloud.drs.source_servers(DATABASE, []) == ()
    assert cloud.drs.jobs(DATABASE, ids=[]).jobs == ()
    assert cloud.drs.recovery_instances(DATABASE, instance_ids=[]) == ()
    assert cloud.simulator.record.calls() == []


def test_a_server_that_does_not_exist_is_left_out(cloud: Cloud) -> None:
    [known] = cloud.protect(DATABASE, "db01")

    servers = cloud.drs.source_servers(DATABASE, [known, "s-00000000000000000"])

    assert [server.source_server_id for server in servers] == [known]


def test_a_listing_of_jobs_says_when_it_began_and_shows_tags_and_participants(cloud: Cloud) -> None:
    servers = cloud.protect(DATABASE, "db01", "db02")
    started = start(cloud, DATABASE, servers)
    cloud.clock.advance(3600)

    listing = cloud.drs.jobs(DATABASE)

    assert listing.began_at == cloud.clock.now()
    [job] = listing.jobs
    assert (job.job_id, job.type, job.status) == (started.job_id, JobType.LAUNCH, JobStatus.COMPLETED)
    assert job.tags["launch"] == "one"
    assert {participant.status for participant in job.participants} == {ParticipantStatus.LAUNCHED}
    assert not job.is_running


def test_jobs_can_be_asked_for_by_id_and_by_time(cloud: Cloud) -> None:
    [first, second] = cloud.protect(DATABASE, "db01", "db02")
    early = start(cloud, DATABASE, [first])
    cloud.clock.advance(7200)
    late = start(cloud, DATABASE, [second])

    assert [job.job_id for job in cloud.drs.jobs(DATABASE, ids=[early.job_id]).jobs] == [early.job_id]
    since = cloud.drs.jobs(DATABASE, since=START + timedelta(hours=1))
    assert [job.job_id for job in since.jobs] == [late.job_id]


def launched(cloud: Cloud, *moments: float) -> list[str]:
    """Jobs that began so many seconds after the start, each of a server of its own."""
    ids = []
    for moment in moments:
        cloud.clock.advance(moment - (cloud.clock.now() - START).total_seconds())
        [server] = cloud.protect(DATABASE, f"db{moment}")
        ids.append(cloud.simulator.start_foreign_job(DATABASE.account_id, DATABASE.region, [server], is_drill=True))
    return ids


def asked_for(cloud: Cloud, since: datetime | None, until: datetime | None) -> tuple[list[str], dict[str, str]]:
    """The jobs of a page between two instants, and by what DRS was told to filter."""
    client = cloud.sessions.session(DATABASE.account_id, "drs-orchestration").client("drs", DATABASE.region)
    filters: list[dict[str, str]] = []
    client.meta.events.register(
        "provide-client-params.drs.DescribeJobs", lambda params, **_: filters.append(params["filters"])
    )
    page = cloud.drs.job_page(DATABASE, ids=None, since=since, until=until, limit=50, token=None)
    return [job.job_id for job in page.jobs], filters[0]


def test_a_page_of_jobs_includes_both_instants_however_drs_compares(cloud: Cloud) -> None:
    _, first, last, _ = launched(cloud, 9.5, 10, 20, 20.5)
    since, until = START + timedelta(seconds=10), START + timedelta(seconds=20)

    found, filters = asked_for(cloud, since, until)

    assert found == [last, first]
    assert filters["fromDate"] < format_instant(since)
    assert filters["toDate"] > format_instant(until)


def test_the_first_and_the_last_instant_that_there_are_can_be_asked_for(cloud: Cloud) -> None:
    [job] = launched(cloud, 0)
    earliest = datetime(1000, 1, 1, tzinfo=UTC)
    latest = datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)

    found, filters = asked_for(cloud, earliest, latest)

    assert found == [job]
    assert filters == {"fromDate": format_instant(earliest), "toDate": format_instant(latest)}


def test_the_tags_of_a_job_can_be_asked_for_alone(cloud: Cloud) -> None:
    job = start(cloud, DATABASE, cloud.protect(DATABASE, "db01"))

    assert cloud.drs.job_tags(DATABASE, job.job_id)["launch"] == "one"


def test_the_whole_log_of_a_job_is_read(cloud: Cloud) -> None:
    job = start(cloud, DATABASE, cloud.protect(DATABASE, *(f"db{number}" for number in range(6))))
    cloud.clock.advance(3600)

    entries = cloud.drs.job_log(DATABASE, job.job_id)

    assert entries[0].event == "JOB_START"
    assert sum(1 for entry in entries if entry.event == "SNAPSHOT_END") == 6
    assert "JOB_END" in {entry.event for entry in entries}
    assert all(entry.time >= START for entry in entries)


def test_recovery_instances_are_found_by_server_and_by_id_and_name_their_job(cloud: Cloud) -> None:
    servers = cloud.protect(DATABASE, "db01", "db02")
    job = start(cloud, DATABASE, servers)
    cloud.clock.advance(3600)

    both = cloud.drs.recovery_instances(DATABASE)
    by_server = cloud.drs.recovery_instances(DATABASE, source_server_ids=[servers[0]])
    by_id = cloud.drs.recovery_instances(DATABASE, instance_ids=[by_server[0].recovery_instance_id])

    assert {instance.job_id for instance in both} == {job.job_id}
    assert [instance.source_server_id for instance in by_server] == [servers[0]]
    assert by_id == by_server
    assert by_id[0].is_drill


def test_recovery_instances_cannot_be_asked_for_in_two_ways_at_once(cloud: Cloud) -> None:
    with pytest.raises(ValueError, match="not by both"):
        cloud.drs.recovery_instances(DATABASE, source_server_ids=["s"], instance_ids=["i"])


def test_launch_settings_say_whether_the_instance_will_be_started(cloud: Cloud) -> None:
    [server] = cloud.protect(DATABASE, "db01")

    assert cloud.drs.launch_settings(DATABASE, server).disposition is LaunchDisposition.STARTED


def test_an_account_without_drs_is_named_as_not_initialised(cloud: Cloud) -> None:
    with pytest.raises(DrsServiceError) as raised:
        cloud.drs.source_servers(DATABASE)

    assert raised.value.drs_code == "NOT_INITIALIZED"
    assert raised.value.http_status == 400
    assert raised.value.details["accountId"] == DATABASE.account_id
    assert raised.value.details["region"] == DATABASE.region
    assert not raised.value.is_retryable


def test_a_region_that_is_not_enabled_is_named_so(cloud: Cloud) -> None:
    cloud.simulator.disable_region(DATABASE.account_id, DATABASE.region)

    with pytest.raises(DrsServiceError) as raised:
        cloud.drs.jobs(DATABASE)

    assert raised.value.drs_code == "REGION_NOT_ENABLED"


def test_a_refusal_keeps_the_words_of_drs(cloud: Cloud) -> None:
    cloud.protect(DATABASE, "db01")
    cloud.fault(kind="revokedRole", operation="DescribeJobs")

    with pytest.raises(DrsServiceError) as raised:
        cloud.drs.jobs(DATABASE)

    assert (raised.value.drs_code, raised.value.http_status) == ("AccessDeniedException", 403)


def test_a_server_error_while_reading_is_tried_again(cloud: Cloud) -> None:
    cloud.protect(DATABASE, "db01")
    cloud.fault(kind="serverError", operation="DescribeSourceServers", status=503)

    assert len(cloud.drs.source_servers(DATABASE)) == 1


def test_expired_credentials_are_replaced_once_without_the_caller_noticing(cloud: Cloud) -> None:
    cloud.protect(DATABASE, "db01")
    cloud.fault(kind="expiredCredentials", operation="DescribeSourceServers")

    assert len(cloud.drs.source_servers(DATABASE)) == 1
    assert len(cloud.sts.asked) == 2


def test_credentials_that_stay_expired_name_account_role_and_step(cloud: Cloud) -> None:
    cloud.protect(DATABASE, "db01")
    cloud.fault(kind="expiredCredentials", operation="DescribeSourceServers", times=2)

    with pytest.raises(CrossAccountError) as raised:
        cloud.drs.source_servers(DATABASE)

    assert raised.value.details == {
        "accountId": DATABASE.account_id,
        "roleArn": f"arn:aws:iam::{DATABASE.account_id}:role/DRSOrchestrationRole",
        "step": "DescribeSourceServers",
        "awsCode": "ExpiredTokenException",
    }
    assert DATABASE.account_id in raised.value.message
    assert "DRSOrchestrationRole" in raised.value.message


def test_a_wrong_external_id_names_account_role_and_step(cloud: Cloud) -> None:
    cloud.accounts[DATABASE.account_id] = account(DATABASE.account_id, "another-external-id")

    with pytest.raises(CrossAccountError) as raised:
        cloud.drs.source_servers(DATABASE)

    assert raised.value.details["step"] == "AssumeRole"
    assert raised.value.details["awsCode"] == "AccessDenied"
    assert not raised.value.is_retryable
    assert "another-external-id" not in str(raised.value.details) + raised.value.message


def test_calls_are_made_in_a_session_named_after_the_purpose(cloud: Cloud) -> None:
    cloud.protect(DATABASE, "db01")

    cloud.drs.named("01JEXECUTION").source_servers(DATABASE)

    assert cloud.sts.asked[0]["RoleSessionName"] == "01JEXECUTION"


def gateway_of(cloud: Cloud, **settings: object) -> DrsGateway:
    """A gateway in the hub's own account, whose clients have these settings and no simulator behind them."""

    def factory(session: boto3.session.Session, _service: str, region: str, config: Config) -> object:
        once = config.merge(Config(retries={"total_max_attempts": 1}))
        return session.client("drs", region_name=region, config=once, **settings)  # type: ignore[call-overload]

    session = boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub", region_name="us-east-1")
    return DrsGateway(Sessions(lambda _: None, HUB, "us-east-1", base_session=session, factory=factory), cloud.clock)


def test_an_endpoint_that_cannot_be_reached_is_named_so(cloud: Cloud) -> None:
    gateway = gateway_of(cloud, endpoint_url="http://127.0.0.1:9")

    with pytest.raises(DrsServiceError) as raised:
        gateway.jobs(Target(account_id=HUB, region="us-west-2"))

    assert raised.value.drs_code == "ENDPOINT_UNREACHABLE"
    assert raised.value.is_retryable


def test_an_id_that_drs_would_not_take_is_refused_as_drs_would(cloud: Cloud) -> None:
    cloud.protect(DATABASE, "db01")

    with pytest.raises(DrsServiceError) as raised:
        cloud.drs.job_log(DATABASE, "short")

    assert (raised.value.drs_code, raised.value.http_status) == ("ValidationException", 400)
