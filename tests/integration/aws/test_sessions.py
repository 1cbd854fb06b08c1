"""Roles in other accounts: assumed once, kept, renewed, and refused by name."""

import gc
import json
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import boto3
import botocore.handlers
import pytest
from moto import mock_aws

from local.moto_patches import assume_role
from local.moto_patches.patches import Patches
from shared.cross_account import (
    STANDARD_ROLE,
    AccountSession,
    Sessions,
    hub_client,
    new_session,
    partition_of,
    session_name,
)
from shared.errors import CrossAccountError
from shared.models.account import TargetAccount
from shared.patience import OutOfPatienceError, patience
from tests.integration.aws.conftest import DATABASE, EXTERNAL_ID, HUB, START, WEB, Cloud, account


def test_a_role_is_assumed_once_per_purpose_and_its_clients_are_kept(cloud: Cloud) -> None:
    first = cloud.sessions.session(DATABASE.account_id, "01JEXECUTION")
    second = cloud.sessions.session(DATABASE.account_id, "01JEXECUTION")
    cloud.sessions.session(DATABASE.account_id, "another")

    assert first is second
    assert first.client("drs", "us-west-2") is second.client("drs", "us-west-2")
    assert first.client("drs", "us-west-2") is not first.client("drs", "us-west-2", once=True)
    assert [request["RoleSessionName"] for request in cloud.sts.asked] == ["01JEXECUTION", "another"]


@pytest.mark.parametrize("account_id", [HUB, DATABASE.account_id])
def test_a_client_that_is_let_go_of_is_made_anew_and_its_session_stays(cloud: Cloud, account_id: str) -> None:
    session = cloud.sessions.session(account_id, "inventory")
    kept, elsewhere = session.client("drs", "us-west-2"), session.client("drs", "eu-west-1")

    cloud.sessions.let_go(account_id, "inventory", "drs", "us-west-2")
    cloud.sessions.let_go(account_id, "inventory", "drs", "us-west-2")

    assert session.client("drs", "us-west-2") is not kept
    assert session.client("drs", "eu-west-1") is elsewhere
    assert cloud.sessions.session(account_id, "inventory") is session


def test_letting_go_of_an_account_that_was_not_entered_enters_it_neither(cloud: Cloud) -> None:
    cloud.sessions.let_go(DATABASE.account_id, "inventory", "drs", "us-west-2")
    cloud.sessions.believe(account(DATABASE.account_id))
    cloud.sessions.let_go(DATABASE.account_id, "inventory", "drs", "us-west-2")

    assert cloud.sts.asked == []


def test_a_session_is_renewed_five_minutes_before_it_expires(cloud: Cloud) -> None:
    first = cloud.sessions.session(DATABASE.account_id, "p1")
    cloud.sts.now = START + timedelta(minutes=54)
    assert cloud.sessions.session(DATABASE.account_id, "p1") is first

    cloud.sts.now = START + timedelta(minutes=55)
    assert cloud.sessions.session(DATABASE.account_id, "p1") is not first


def test_sessions_of_executions_that_are_over_are_forgotten(cloud: Cloud) -> None:
    for purpose in ("p1", "p2", "p3"):
        session = weakref.ref(cloud.sessions.session(DATABASE.account_id, purpose))
    cloud.sts.now = START + timedelta(minutes=56)

    cloud.sessions.session(DATABASE.account_id, "p4")

    gc.collect()
    assert session() is None


def test_sessions_share_the_service_models() -> None:
    one, other = (new_session(region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="s") for _ in "12")

    assert one.client("drs").meta.service_model.metadata is other.client("drs").meta.service_model.metadata
    assert one.client("drs").meta.events is not other.client("drs").meta.events


def test_what_listens_at_one_session_hears_no_other() -> None:
    heard: list[str] = []
    one, other = (new_session(region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="s") for _ in "12")

    one.events.register("provide-client-params.drs", lambda **_: heard.append("one"))
    later = new_session(region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="s")
    for session in (one, other, later):
        session.events.emit("provide-client-params.drs.DescribeJobs")

    assert heard == ["one"]


def test_a_session_has_also_what_the_sdk_was_taught_after_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    new_session()
    taught = [*botocore.handlers.BUILTIN_HANDLERS, ("provide-client-params.drs", lambda **_: heard.append("it"))]

    with monkeypatch.context() as patched:
        # a stand-in for AWS adds itself to the list of the SDK
        patched.setattr(botocore.handlers, "BUILTIN_HANDLERS", taught)
        new_session().events.emit("provide-client-params.drs.DescribeJobs")
    new_session().events.emit("provide-client-params.drs.DescribeJobs")

    assert heard == ["it"]


def test_many_threads_assume_a_role_once(cloud: Cloud) -> None:
    threads = [threading.Thread(target=cloud.sessions.session, args=(DATABASE.account_id, "p1")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(cloud.sts.asked) == 1


def test_nothing_is_kept_of_names_under_which_no_role_is_held(cloud: Cloud) -> None:
    for hour in range(5):
        cloud.sts.now = START + timedelta(hours=hour)
        for number in range(20):
            cloud.sessions.session(DATABASE.account_id, f"execution-{hour}-{number}")

    kept = [name for name, value in vars(cloud.sessions).items() if isinstance(value, dict) and len(value) > 20]
    assert kept == []


def test_a_role_that_hangs_keeps_only_those_waiting_who_want_the_same(cloud: Cloud) -> None:
    hangs, goes_on = threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        goes_on.wait(10)

    cloud.sts.before_answer = hang
    waiting = [threading.Thread(target=cloud.sessions.session, args=(DATABASE.account_id, "p1")) for _ in range(3)]
    for thread in waiting:
        thread.start()
    assert hangs.wait(10)
    cloud.sts.before_answer = lambda: None

    cloud.sessions.session(DATABASE.account_id, "p2")

    goes_on.set()
    for thread in waiting:
        thread.join()
    assert [request["RoleSessionName"] for request in cloud.sts.asked] == ["p1", "p2"]


def waiting_for(cloud: Cloud, purpose: str, threads: int, meanwhile: Callable[[], None]) -> list[object]:
    """What so many threads are told that want one role, whose first question hangs until they all wait for it."""
    hangs, goes_on = threading.Event(), threading.Event()

    def hang() -> None:
        cloud.sts.before_answer = lambda: None
        hangs.set()
        assert goes_on.wait(10)
        meanwhile()

    def ask() -> object:
        try:
            return cloud.sessions.session(DATABASE.account_id, purpose)
        except CrossAccountError as error:
            return error

    cloud.sts.before_answer = hang
    with ThreadPoolExecutor(threads) as pool:
        first = pool.submit(ask)
        assert hangs.wait(10)
        others = [pool.submit(ask) for _ in range(threads - 1)]
        # None of them can be seen waiting from outside; whoever comes too late finds the answer, or asks anew.
        time.sleep(0.2)
        goes_on.set()
        return [each.result(10) for each in (first, *others)]


def test_threads_that_wait_for_a_role_share_the_one_refusal(cloud: Cloud) -> None:
    cloud.accounts[DATABASE.account_id] = account(DATABASE.account_id, "another-external-id")

    told = waiting_for(cloud, "p1", 4, lambda: None)

    assert len(cloud.sts.asked) == 1
    assert [str(each) for each in told] == [str(told[0])] * 4
    assert all(isinstance(each, CrossAccountError) and each.details["awsCode"] == "AccessDenied" for each in told)
    assert len({id(each) for each in told}) == 4


def test_after_a_refusal_the_role_is_asked_for_anew(cloud: Cloud) -> None:
    cloud.accounts[DATABASE.account_id] = account(DATABASE.account_id, "another-external-id")
    waiting_for(cloud, "p1", 2, lambda: None)
    cloud.accounts[DATABASE.account_id] = account(DATABASE.account_id)

    assert cloud.sessions.session(DATABASE.account_id, "p1").role_arn


def test_whoever_waits_for_a_role_ends_with_its_own_patience(cloud: Cloud) -> None:
    told: list[CrossAccountError] = []

    def impatient() -> None:
        with patience(0.1), pytest.raises(CrossAccountError, match="STS gave no answer") as given_up:
            cloud.sessions.session(DATABASE.account_id, "p1")
        told.append(given_up.value)

    hangs, goes_on = threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        goes_on.wait(10)

    cloud.sts.before_answer = hang
    first = threading.Thread(target=cloud.sessions.session, args=(DATABASE.account_id, "p1"))
    first.start()
    assert hangs.wait(10)
    second = threading.Thread(target=impatient)
    second.start()
    second.join(5)
    assert not second.is_alive()

    goes_on.set()
    first.join()
    assert [error.details["step"] for error in told] == ["AssumeRole"]
    assert len(cloud.sts.asked) == 1


def test_whoever_has_more_patience_than_the_one_that_asked_asks_itself(cloud: Cloud) -> None:
    def give_up() -> None:
        raise OutOfPatienceError

    first, *others = waiting_for(cloud, "p1", 4, give_up)

    assert "OutOfPatience" not in str(first)
    assert isinstance(first, CrossAccountError)
    assert {type(each) for each in others} == {AccountSession}
    assert len(cloud.sts.asked) == 2


def test_the_hub_is_used_without_assuming_anything(cloud: Cloud) -> None:
    session = cloud.sessions.session(HUB, "p1")

    assert session.role_arn is None
    assert cloud.sts.asked == []


def test_the_standard_role_and_the_external_id_are_asked_for(cloud: Cloud) -> None:
    cloud.sessions.session(WEB.account_id, "p1")

    [request] = cloud.sts.asked
    assert request["RoleArn"] == f"arn:aws:iam::{WEB.account_id}:role/{STANDARD_ROLE}"
    assert request["ExternalId"] == EXTERNAL_ID


def test_a_stored_role_is_used_as_it_stands(cloud: Cloud) -> None:
    stored = f"arn:aws:iam::{WEB.account_id}:role/path/Recovery"
    cloud.accounts[WEB.account_id] = account(WEB.account_id).model_copy(update={"role_arn": stored})

    assert cloud.sessions.session(WEB.account_id, "p1").role_arn == stored


def test_what_was_just_read_of_an_account_is_believed_for_a_minute_and_no_longer(cloud: Cloud) -> None:
    cloud.sessions.believe(cloud.accounts.pop(WEB.account_id))
    assert cloud.sessions.session(WEB.account_id, "p1").role_arn

    cloud.sts.now = START + timedelta(seconds=60)

    with pytest.raises(CrossAccountError, match="not registered"):
        cloud.sessions.session(WEB.account_id, "p2")


def test_what_was_believed_and_refused_is_read_again_at_once(cloud: Cloud) -> None:
    cloud.sessions.believe(account(WEB.account_id, "another-external-id"))
    with pytest.raises(CrossAccountError):
        cloud.sessions.session(WEB.account_id, "p1")

    assert cloud.sessions.session(WEB.account_id, "p1").role_arn


def test_an_account_is_entered_as_was_insisted_until_that_is_over_whatever_ends_it(cloud: Cloud) -> None:
    unproved = account(WEB.account_id, "another-external-id")

    with pytest.raises(RuntimeError), cloud.sessions.insisting(unproved):
        with pytest.raises(CrossAccountError):
            cloud.sessions.session(WEB.account_id, "p1")
        raise RuntimeError("unforeseen")

    assert cloud.sessions.session(WEB.account_id, "p1").role_arn
    assert [request["ExternalId"] for request in cloud.sts.asked] == ["another-external-id", EXTERNAL_ID]


def test_a_changed_external_id_is_used_after_a_minute(cloud: Cloud) -> None:
    cloud.sessions.session(WEB.account_id, "p1")
    cloud.accounts[WEB.account_id] = account(WEB.account_id, "another-external-id")
    cloud.sts.now = START + timedelta(seconds=59)
    cloud.sessions.session(WEB.account_id, "p1")

    cloud.sts.now = START + timedelta(seconds=60)

    with pytest.raises(CrossAccountError):
        cloud.sessions.session(WEB.account_id, "p1")


def test_an_external_id_that_was_refused_and_corrected_is_used_at_once(cloud: Cloud) -> None:
    cloud.accounts[WEB.account_id] = account(WEB.account_id, "another-external-id")
    with pytest.raises(CrossAccountError):
        cloud.sessions.session(WEB.account_id, "p1")

    cloud.accounts[WEB.account_id] = account(WEB.account_id)

    assert cloud.sessions.session(WEB.account_id, "p1").role_arn


def test_without_an_external_id_none_is_sent(cloud: Cloud) -> None:
    cloud.accounts[WEB.account_id] = account(WEB.account_id, None)

    with pytest.raises(CrossAccountError):
        cloud.sessions.session(WEB.account_id, "p1")

    assert "ExternalId" not in cloud.sts.asked[0]


def test_an_sts_that_cannot_be_reached_is_an_error_of_the_step(hub_session: boto3.session.Session) -> None:
    def factory(session: boto3.session.Session, _service: str, region: str, _config: object) -> object:
        return session.client("sts", region_name=region, endpoint_url="http://127.0.0.1:9")

    sessions = Sessions(
        {WEB.account_id: account(WEB.account_id)}.get, HUB, "us-east-1", base_session=hub_session, factory=factory
    )

    with pytest.raises(CrossAccountError) as raised:
        sessions.session(WEB.account_id, "p1")

    assert raised.value.message.endswith("STS gave no answer (EndpointConnectionError)")
    assert "awsCode" not in raised.value.details


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-east-1", "aws"), ("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")],
)
def test_the_partition_comes_from_the_region(region: str, partition: str, hub_session: boto3.session.Session) -> None:
    sessions = Sessions(lambda _: None, HUB, region, base_session=hub_session)

    assert partition_of(region) == partition
    assert sessions.role_arn(account(WEB.account_id)).startswith(f"arn:{partition}:iam::{WEB.account_id}:")


@pytest.mark.parametrize(
    ("purpose", "name"),
    [
        ("01JEXECUTION", "01JEXECUTION"),
        ("preflight of “Ünï”", "preflight-of---n--"),
        ("x" * 80, "x" * 64),
        ("a", "aws-drs-orchestration-a"),
        ("", "aws-drs-orchestration"),
    ],
)
def test_a_purpose_becomes_a_name_that_aws_takes(purpose: str, name: str) -> None:
    assert session_name(purpose) == name


def test_the_hubs_own_services_have_clients_too() -> None:
    assert hub_client("sns", "us-east-1").meta.region_name == "us-east-1"


@pytest.fixture
def strict_sts(hub_session: boto3.session.Session) -> Iterator[boto3.session.Session]:
    """moto's STS, which reads the trust policy of a real role in the web account."""
    with mock_aws():
        patches = Patches()
        credentials = hub_session.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{WEB.account_id}:role/any", RoleSessionName="setup"
        )["Credentials"]
        inside = boto3.session.Session(
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            region_name="us-east-1",
        )
        inside.client("iam").create_role(
            RoleName=STANDARD_ROLE,
            AssumeRolePolicyDocument=json.dumps(
                {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"AWS": f"arn:aws:iam::{HUB}:root"},
                            "Action": "sts:AssumeRole",
                            "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}},
                        }
                    ]
                }
            ),
        )
        assume_role.install(patches)
        yield hub_session
        patches.undo()


def of(session: boto3.session.Session, *accounts: TargetAccount) -> Sessions:
    return Sessions({one.account_id: one for one in accounts}.get, HUB, "us-east-1", base_session=session)


def test_a_real_sts_lets_the_right_external_id_in(strict_sts: boto3.session.Session) -> None:
    session = of(strict_sts, account(WEB.account_id)).session(WEB.account_id, "01JEXECUTION")

    assert session.client("ec2", "us-west-2").describe_vpcs()["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize(
    "refused",
    [account(WEB.account_id, "another-external-id"), account(WEB.account_id, None), account(DATABASE.account_id)],
    ids=["a wrong external id", "no external id", "a role that is missing"],
)
def test_a_real_sts_refuses_the_rest_and_the_error_says_whom(
    strict_sts: boto3.session.Session, refused: TargetAccount
) -> None:
    with pytest.raises(CrossAccountError) as raised:
        of(strict_sts, refused).session(refused.account_id, "01JEXECUTION")

    assert raised.value.details == {
        "accountId": refused.account_id,
        "roleArn": f"arn:aws:iam::{refused.account_id}:role/DRSOrchestrationRole",
        "step": "AssumeRole",
        "awsCode": "AccessDenied",
    }
