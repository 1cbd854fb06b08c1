"""What the gateway says after a call that must not be made twice."""

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.credentials import CredentialResolver

from local.drs_simulator.transport import attach
from shared.aws.drs import DrsGateway
from shared.aws.drs_words import job_of
from shared.aws.once import call_once
from shared.aws.ports import DoubtError, NotSentError
from shared.cross_account import Sessions, make_client
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.drs import Job, JobStatus, JobType
from shared.models.targets import Target
from tests.integration.aws.conftest import DATABASE, HUB, Cloud, account

HUB_TARGET = Target(account_id=HUB, region="us-west-2")


def start(cloud: Cloud, servers: list[str], seconds: float = 20) -> Job:
    return cloud.drs.start_recovery(
        DATABASE,
        servers,
        is_drill=True,
        tags={"drs-orchestration:launch": "l-1"},
        not_after=cloud.clock.now() + timedelta(seconds=seconds),
    )


def jobs_created(cloud: Cloud) -> int:
    return len(cloud.simulator.record.effects("jobCreated"))


def test_a_start_answers_the_job(cloud: Cloud) -> None:
    servers = cloud.protect(DATABASE, "db01", "db02")

    job = start(cloud, servers)

    assert job.type is JobType.LAUNCH
    assert job.status is JobStatus.PENDING
    assert job.initiated_by == "START_DRILL"
    assert {participant.source_server_id for participant in job.participants} <= set(servers)


def test_a_termination_answers_its_job(cloud: Cloud) -> None:
    start(cloud, cloud.protect(DATABASE, "db01"))
    cloud.clock.advance(3600)
    [instance] = cloud.drs.recovery_instances(DATABASE)

    job = cloud.drs.terminate(
        DATABASE, [instance.recovery_instance_id], not_after=cloud.clock.now() + timedelta(seconds=20)
    )
    cloud.clock.advance(3600)

    assert job.type is JobType.TERMINATE
    assert cloud.drs.recovery_instances(DATABASE) == ()


@pytest.mark.parametrize("how", ["connectionClosed", "readTimeout"])
def test_a_lost_reply_is_doubt_and_the_call_is_not_repeated(cloud: Cloud, how: str) -> None:
    servers = cloud.protect(DATABASE, "db01")
    cloud.fault(kind="lostReply", operation="StartRecovery", how=how)

    with pytest.raises(DoubtError):
        start(cloud, servers)

    assert cloud.calls("StartRecovery") == 1
    assert jobs_created(cloud) == 1


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("takes_effect", [True, False])
def test_a_server_error_is_doubt_whether_it_took_effect_or_not(cloud: Cloud, status: int, takes_effect: bool) -> None:
    servers = cloud.protect(DATABASE, "db01")
    cloud.fault(kind="serverError", operation="StartRecovery", status=status, takesEffect=takes_effect)

    with pytest.raises(DoubtError):
        start(cloud, servers)

    assert cloud.calls("StartRecovery") == 1
    assert jobs_created(cloud) == int(takes_effect)


def test_throttling_is_a_refusal_that_may_be_tried_again(cloud: Cloud) -> None:
    servers = cloud.protect(DATABASE, "db01")
    cloud.fault(kind="throttling", operation="StartRecovery")

    with pytest.raises(DrsServiceError) as raised:
        start(cloud, servers)

    assert (raised.value.drs_code, raised.value.http_status) == ("ThrottlingException", 429)
    assert raised.value.is_retryable
    assert cloud.calls("StartRecovery") == 1


def test_a_quota_is_a_refusal_with_402(cloud: Cloud) -> None:
    servers = cloud.protect(DATABASE, *(f"db{number:03d}" for number in range(101)))

    with pytest.raises(DrsServiceError) as raised:
        start(cloud, servers)

    assert (raised.value.drs_code, raised.value.http_status) == ("ServiceQuotaExceededException", 402)


def test_a_conflict_is_a_refusal_with_409(cloud: Cloud) -> None:
    servers = cloud.protect(DATABASE, "db01")
    cloud.simulator.start_foreign_job(DATABASE.account_id, DATABASE.region, servers)

    with pytest.raises(DrsServiceError) as raised:
        start(cloud, servers)

    assert (raised.value.drs_code, raised.value.http_status) == ("ConflictException", 409)
    assert not raised.value.is_retryable


def test_an_account_without_drs_refuses_with_400(cloud: Cloud) -> None:
    with pytest.raises(DrsServiceError) as raised:
        start(cloud, ["s-00000000000000000"])

    assert (raised.value.drs_code, raised.value.http_status) == ("NOT_INITIALIZED", 400)


def test_a_request_that_the_model_forbids_is_refused_as_drs_would(cloud: Cloud) -> None:
    with pytest.raises(DrsServiceError) as raised:
        start(cloud, ["not-an-id"])

    assert (raised.value.drs_code, raised.value.http_status) == ("ValidationException", 400)


def test_nothing_is_sent_once_the_moment_has_passed(cloud: Cloud) -> None:
    servers = cloud.protect(DATABASE, "db01")

    with pytest.raises(NotSentError, match="not to be sent after"):
        start(cloud, servers, seconds=-1)

    assert cloud.calls("StartRecovery") == 0


def test_time_spent_on_fetching_credentials_counts(cloud: Cloud, hub_session: boto3.session.Session) -> None:
    servers = cloud.protect(DATABASE, "db01")

    def slow_factory(session: boto3.session.Session, service: str, region: str, config: Config) -> object:
        if service == "sts":
            cloud.clock.advance(30)
            return cloud.sts
        client = make_client(session, service, region, config)
        attach(client, cloud.simulator)
        return client

    sessions = Sessions(
        cloud.accounts.get,
        HUB,
        "us-east-1",
        base_session=hub_session,
        factory=slow_factory,
        wall_now=lambda: cloud.sts.now,
    )
    gateway = DrsGateway(sessions, cloud.clock)

    with pytest.raises(NotSentError):
        gateway.start_recovery(
            DATABASE, servers, is_drill=True, tags={}, not_after=cloud.clock.now() + timedelta(seconds=20)
        )

    assert cloud.calls("StartRecovery") == 0


def test_a_role_that_cannot_be_assumed_means_not_sent_and_carries_the_reason(cloud: Cloud) -> None:
    cloud.accounts[DATABASE.account_id] = account(DATABASE.account_id, "another-external-id")

    with pytest.raises(NotSentError) as raised:
        start(cloud, ["s-00000000000000000"])

    assert raised.value.cause is not None
    assert raised.value.cause.details["step"] == "AssumeRole"


def test_expired_credentials_were_refused_at_the_door_so_the_call_is_made_with_new_ones(cloud: Cloud) -> None:
    servers = cloud.protect(DATABASE, "db01")
    cloud.fault(kind="expiredCredentials", operation="StartRecovery")

    start(cloud, servers)

    assert jobs_created(cloud) == 1
    assert len(cloud.sts.asked) == 2


def test_credentials_that_stay_expired_mean_not_sent(cloud: Cloud) -> None:
    servers = cloud.protect(DATABASE, "db01")
    cloud.fault(kind="expiredCredentials", operation="StartRecovery", times=2)

    with pytest.raises(NotSentError) as raised:
        start(cloud, servers)

    assert raised.value.cause is not None
    assert raised.value.cause.details["step"] == "StartRecovery"
    assert jobs_created(cloud) == 0


def hub_sessions(endpoint: str) -> Sessions:
    """Sessions of the hub's own account that talk to an endpoint over a real socket."""

    def factory(session: boto3.session.Session, _service: str, region: str, config: Config) -> object:
        return session.client("drs", region_name=region, config=config, endpoint_url=endpoint)

    session = boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub", region_name="us-east-1")
    return Sessions(lambda _: None, HUB, "us-east-1", base_session=session, factory=factory)


def test_a_refused_connection_means_not_sent(cloud: Cloud) -> None:
    gateway = DrsGateway(hub_sessions("http://127.0.0.1:9"), cloud.clock)

    with pytest.raises(NotSentError, match="us-west-2"):
        gateway.start_recovery(
            HUB_TARGET, ["s-00000000000000000"], is_drill=True, tags={}, not_after=cloud.clock.now() + timedelta(1)
        )


@pytest.fixture
def answering() -> Iterator[list[bytes]]:
    """A server on loopback that answers one request with the given bytes; its address is put in front."""
    answers: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                if len(answers) > 1:
                    connection.sendall(answers[1])
                else:
                    stop.wait(5)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        answers.append(f"http://127.0.0.1:{server.getsockname()[1]}".encode())
        yield answers
        stop.set()
        thread.join(5)


def call(cloud: Cloud, endpoint: str, seconds: float = 65) -> Job:
    return call_once(
        hub_sessions(endpoint),
        "a-test",
        HUB_TARGET,
        "StartRecovery",
        lambda client: job_of(client.start_recovery(sourceServers=[{"sourceServerID": "s-00000000000000000"}])["job"]),
        clock=cloud.clock,
        not_after=cloud.clock.now() + timedelta(seconds=20),
        seconds=seconds,
    )


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\n<html>no>",
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nDenied",
        b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
        b"gibberish\r\n\r\n",
    ],
    ids=["not JSON", "no job", "refused by something in between", "redirected", "not HTTP"],
)
def test_an_answer_that_drs_does_not_give_is_doubt(cloud: Cloud, answering: list[bytes], reply: bytes) -> None:
    answering.append(reply)

    with pytest.raises(DoubtError):
        call(cloud, answering[0].decode())


def test_a_call_that_takes_too_long_as_a_whole_is_doubt(cloud: Cloud, answering: list[bytes]) -> None:
    with pytest.raises(DoubtError, match="TimeoutError"):
        call(cloud, answering[0].decode(), seconds=0.5)


def without_credentials(cloud: Cloud) -> DrsGateway:
    """A gateway in the hub's account whose function has nothing to sign with."""

    def factory(_session: boto3.session.Session, service: str, region: str, config: Config) -> object:
        bare = botocore.session.Session()
        bare.register_component("credential_provider", CredentialResolver([]))
        return bare.create_client(service, region_name=region, config=config)

    return DrsGateway(Sessions(lambda _: None, HUB, "us-east-1", factory=factory), cloud.clock)


def test_nothing_to_sign_with_means_not_sent_and_no_answer_to_reads(cloud: Cloud) -> None:
    gateway = without_credentials(cloud)

    with pytest.raises(CrossAccountError, match="no credentials"):
        gateway.jobs(HUB_TARGET)
    with pytest.raises(NotSentError, match="no credentials") as raised:
        gateway.start_recovery(
            HUB_TARGET, ["s-00000000000000000"], is_drill=True, tags={}, not_after=cloud.clock.now() + timedelta(1)
        )

    assert raised.value.cause is not None
    assert raised.value.cause.details["accountId"] == HUB


def test_what_fails_after_new_credentials_is_told_as_it_is(cloud: Cloud) -> None:
    servers = cloud.protect(DATABASE, "db01")
    cloud.fault(kind="expiredCredentials", operation="StartRecovery")
    cloud.fault(kind="revokedRole", operation="StartRecovery", nth=2)

    with pytest.raises(DrsServiceError) as raised:
        start(cloud, servers)

    assert raised.value.drs_code == "AccessDeniedException"
    assert jobs_created(cloud) == 0


def test_an_answer_to_a_read_that_is_no_answer_of_drs_is_named_so(cloud: Cloud, answering: list[bytes]) -> None:
    answering.append(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    gateway = DrsGateway(hub_sessions(answering[0].decode()), cloud.clock)

    with pytest.raises(DrsServiceError) as raised:
        gateway.jobs(HUB_TARGET)

    assert raised.value.drs_code == "UNREADABLE_ANSWER"
    assert raised.value.is_retryable
