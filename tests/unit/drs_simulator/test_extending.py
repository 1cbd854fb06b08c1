"""Servers of a staging account that are extended into a target account, and what their recovery takes in both."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from local.drs_simulator import Quotas, RateLimits, ReplicationSpec, Settings
from local.drs_simulator.control import Control
from local.drs_simulator.estate import DocumentError, EncryptionSpec
from local.drs_simulator.messages import HttpRequest
from tests.support.drs_rehearsal import ACCOUNT, KEY, OTHER_ACCOUNT, REGION, Rehearsal, told

THIRD: Final = "777788889999"
SHARED: Final = EncryptionSpec(ebs_encryption="CUSTOM", key_arn=KEY, shared_with=(ACCOUNT,))


def extensible(rehearsal: Rehearsal, staging: str = OTHER_ACCOUNT) -> list[str]:
    """The ARNs of what may be extended from there."""
    pages = rehearsal.drs.get_paginator("list_extensible_source_servers").paginate(stagingAccountID=staging)
    return [item["arn"] for page in pages for item in page["items"]]


def extend(rehearsal: Rehearsal, arn: str) -> Any:
    """The extension of the server."""
    return rehearsal.drs.create_extended_source_server(sourceServerArn=arn, tags={"Tier": "web"})["sourceServer"]


def jobs(rehearsal: Rehearsal, account: str) -> list[Any]:
    """The jobs of an account, newest first."""
    pages = rehearsal.client(account).get_paginator("describe_jobs").paginate()
    return [job for page in pages for job in page["items"]]


@pytest.fixture
def rehearsal() -> Rehearsal:
    rehearsal = Rehearsal()
    rehearsal.simulator.initialize(ACCOUNT, REGION)
    return rehearsal


def test_what_may_be_extended_is_listed_until_it_is(rehearsal: Rehearsal) -> None:
    rehearsal.protect(12, account=OTHER_ACCOUNT, encryption=SHARED)
    found = extensible(rehearsal)

    extended = extend(rehearsal, found[0])

    assert len(found) == 12
    assert extensible(rehearsal) == found[1:]
    assert extended["arn"].split(":")[4] == ACCOUNT
    assert extended["tags"] == {"Tier": "web"}
    assert extended["stagingArea"] == {
        "status": "EXTENDED",
        "stagingAccountID": OTHER_ACCOUNT,
        "stagingSourceServerArn": found[0],
    }
    assert rehearsal.drs.list_staging_accounts()["accounts"] == [{"accountID": OTHER_ACCOUNT}]


def test_how_an_extension_replicates_is_seen_after_a_while_and_follows_its_original(rehearsal: Rehearsal) -> None:
    [original] = rehearsal.protect(account=OTHER_ACCOUNT, encryption=SHARED)
    extended = extend(rehearsal, extensible(rehearsal)[0])["sourceServerID"]
    states = []
    for state in (None, "STALLED"):
        if state is not None:
            rehearsal.simulator.set_replication(OTHER_ACCOUNT, REGION, original, ReplicationSpec(state="STALLED"))
        for _ in range(2):
            states.append(rehearsal.server(extended)["dataReplicationInfo"]["dataReplicationState"])
            rehearsal.wait(200)

    assert states == ["INITIATING", "CONTINUOUS", "STALLED", "STALLED"]


@pytest.mark.parametrize("encryption", [EncryptionSpec(), EncryptionSpec(ebs_encryption="NONE")])
def test_a_server_without_a_key_of_its_own_is_not_extended(rehearsal: Rehearsal, encryption: EncryptionSpec) -> None:
    rehearsal.protect(account=OTHER_ACCOUNT, encryption=encryption)

    with pytest.raises(rehearsal.drs.exceptions.ValidationException, match="must be CUSTOM"):
        extend(rehearsal, extensible(rehearsal)[0])

    assert rehearsal.drs.describe_source_servers()["items"] == []


def test_a_key_that_is_not_shared_makes_an_extension_that_cannot_be_launched(rehearsal: Rehearsal) -> None:
    rehearsal.protect(account=OTHER_ACCOUNT, encryption=EncryptionSpec(ebs_encryption="CUSTOM", key_arn=KEY))
    extended = extend(rehearsal, extensible(rehearsal)[0])
    rehearsal.wait(600)

    job_id = rehearsal.launch([extended["sourceServerID"]])

    area = rehearsal.server(extended["sourceServerID"])["stagingArea"]
    assert (area["status"], ACCOUNT in area["errorMessage"]) == ("EXTENSION_ERROR", True)
    assert rehearsal.job(job_id)["participatingServers"][0]["launchStatus"] == "FAILED"
    assert area["errorMessage"] in str(rehearsal.log(job_id))
    assert jobs(rehearsal, OTHER_ACCOUNT) == []


def test_the_control_path_shares_a_key(rehearsal: Rehearsal) -> None:
    rehearsal.protect(account=OTHER_ACCOUNT)
    body = b"""{"account": "444455556666", "region": "us-west-2", "encryption":
        {"ebsEncryption": "CUSTOM", "keyArn": "%s", "sharedWith": ["111122223333"]}}""" % KEY.encode()
    request = HttpRequest("POST", "/_simulator/encryption", {"Content-Type": "application/json"}, body)

    assert Control(rehearsal.simulator).handle(request).status == 200

    [original] = rehearsal.client(OTHER_ACCOUNT).describe_source_servers()["items"]
    read = rehearsal.client(OTHER_ACCOUNT).get_replication_configuration(sourceServerID=original["sourceServerID"])
    assert (read["ebsEncryption"], read["ebsEncryptionKeyArn"]) == ("CUSTOM", KEY)
    assert extend(rehearsal, original["arn"])["stagingArea"]["status"] == "EXTENDED"


@pytest.mark.parametrize(
    ("arn_of", "code"),
    [
        (lambda known: known.replace(OTHER_ACCOUNT, THIRD), "ResourceNotFoundException"),
        (lambda known: known[:-4] + "0000", "ResourceNotFoundException"),
        (lambda known: known.replace(OTHER_ACCOUNT, ACCOUNT), "ValidationException"),
        (lambda known: known.replace(REGION, "eu-west-1"), "ValidationException"),
    ],
    ids=["another-account", "unknown", "its-own", "another-region"],
)
def test_only_a_server_of_another_account_here_is_extended(
    rehearsal: Rehearsal, arn_of: Callable[[str], str], code: str
) -> None:
    rehearsal.protect(account=OTHER_ACCOUNT, encryption=SHARED)

    with pytest.raises(ClientError) as refused:
        extend(rehearsal, arn_of(extensible(rehearsal)[0]))

    assert told(refused)["Error"]["Code"] == code


def test_an_extension_is_not_extended_and_a_server_only_once(rehearsal: Rehearsal) -> None:
    rehearsal.protect(account=OTHER_ACCOUNT, encryption=SHARED)
    [arn] = extensible(rehearsal)
    extended = extend(rehearsal, arn)

    assert rehearsal.client(OTHER_ACCOUNT).list_extensible_source_servers(stagingAccountID=ACCOUNT)["items"] == []
    with pytest.raises(rehearsal.drs.exceptions.ValidationException, match="already"):
        extend(rehearsal, arn)
    with pytest.raises(ClientError, match="extension itself"):
        rehearsal.client(OTHER_ACCOUNT).create_extended_source_server(sourceServerArn=extended["arn"])


def test_an_estate_has_two_staging_accounts_of_one_target(rehearsal: Rehearsal) -> None:
    ids = rehearsal.simulator.load_estate(
        {
            "regions": [
                {
                    "account": ACCOUNT,
                    "region": REGION,
                    "servers": [
                        {"hostname": "a", "stagingAccountId": OTHER_ACCOUNT, "stagingSourceServerId": "s-" + "a" * 17},
                        {"hostname": "b", "stagingAccountId": THIRD},
                        {"hostname": "c"},
                    ],
                },
                {
                    "account": OTHER_ACCOUNT,
                    "region": REGION,
                    "servers": [{"hostname": "a", "sourceServerId": "s-" + "a" * 17}],
                },
            ]
        }
    )

    accounts = rehearsal.drs.list_staging_accounts(maxResults=1)
    more = rehearsal.drs.list_staging_accounts(maxResults=1, nextToken=accounts["nextToken"])
    assert [each["accountID"] for each in (*accounts["accounts"], *more["accounts"])] == [OTHER_ACCOUNT, THIRD]
    assert [rehearsal.server(each)["sourceProperties"]["identificationHints"]["hostname"] for each in ids[:3]] == [
        *"abc"
    ]
    assert [rehearsal.server(each)["stagingArea"]["status"] for each in ids[:3]] == [
        "EXTENDED",
        "EXTENDED",
        "NOT_EXTENDED",
    ]
    for staging in (OTHER_ACCOUNT, THIRD):
        assert len(rehearsal.client(staging).describe_source_servers()["items"]) == 1


def test_what_fits_nothing_is_refused(rehearsal: Rehearsal) -> None:
    for wrong in ({"encryption": {"ebsEncryption": "CUSTOM"}}, {"stagingSourceServerId": "s-" + "a" * 17}):
        with pytest.raises(DocumentError):
            rehearsal.simulator.load_estate(
                {"regions": [{"account": ACCOUNT, "region": REGION, "servers": [{"hostname": "a", **wrong}]}]}
            )


def test_a_recovery_of_extended_servers_makes_a_job_in_each_staging_account_first(rehearsal: Rehearsal) -> None:
    first = rehearsal.protect(2, staging_account_id=OTHER_ACCOUNT)
    second = rehearsal.protect(staging_account_id=THIRD)
    own = rehearsal.protect()

    job_id = rehearsal.start([*first, *second, *own], isDrill=True, tags={"launch": "1"})
    rehearsal.wait(3 * 900)

    for account, servers in ((OTHER_ACCOUNT, first), (THIRD, second)):
        [made] = jobs(rehearsal, account)
        assert (made["type"], made["initiatedBy"]) == ("CREATE_CONVERTED_SNAPSHOT", "TARGET_ACCOUNT")
        assert [each["sourceServerID"] for each in made["participatingServers"]] == servers
        log = rehearsal.client(account).describe_job_log_items(jobID=made["jobID"], maxResults=100)["items"]
        assert {"SNAPSHOT_START", "SNAPSHOT_END", "CONVERSION_START", "CONVERSION_END"} <= {one["event"] for one in log}
        begun = {
            one["eventData"]["sourceServerID"]: one["logDateTime"]
            for one in rehearsal.log(job_id)
            if one["event"] == "LAUNCH_START"
        }
        assert all(begun[server] >= made["endDateTime"] for server in servers)
    [launch] = jobs(rehearsal, ACCOUNT)
    assert {each["launchStatus"] for each in launch["participatingServers"]} == {"LAUNCHED"}
    converted = [one["eventData"]["sourceServerID"] for one in rehearsal.log(job_id) if "CONVERSION" in one["event"]]
    assert set(converted) == set(own)
    assert len(rehearsal.instances()) == 4


@pytest.mark.parametrize("stage", ["snapshot", "conversion", "launch"])
def test_a_failure_in_the_staging_account_fails_the_server_with_its_reason(rehearsal: Rehearsal, stage: str) -> None:
    broken, whole = rehearsal.protect(2, staging_account_id=OTHER_ACCOUNT)
    rehearsal.fail(kind="launchFailure", account=OTHER_ACCOUNT, servers=[broken], stage=stage, raw_error="no key")

    job_id = rehearsal.launch([broken, whole])

    status = {each["sourceServerID"]: each["launchStatus"] for each in rehearsal.job(job_id)["participatingServers"]}
    assert status == {broken: "FAILED", whole: "LAUNCHED"}
    [made] = jobs(rehearsal, OTHER_ACCOUNT)
    [failed] = [one for one in rehearsal.log(job_id) if one["event"] == "LAUNCH_FAILED"]
    assert failed["eventData"]["rawError"].endswith(f"in {made['jobID']}: no key")


def test_a_launch_that_fails_in_the_target_has_its_converted_snapshot(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(staging_account_id=OTHER_ACCOUNT)
    rehearsal.fail(kind="launchFailure", servers=servers)

    job_id = rehearsal.launch(servers)

    assert rehearsal.job(job_id)["participatingServers"][0]["launchStatus"] == "FAILED"
    [made] = jobs(rehearsal, OTHER_ACCOUNT)
    assert made["participatingServers"][0]["launchStatus"] == "LAUNCHED"


def test_a_stuck_staging_job_holds_the_launch_back(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(staging_account_id=OTHER_ACCOUNT)
    rehearsal.fail(kind="stuckJob", account=OTHER_ACCOUNT, seconds=7200)

    job_id = rehearsal.launch(servers)

    assert rehearsal.job(job_id)["status"] == "STARTED"
    rehearsal.wait(7200)
    assert rehearsal.job(job_id)["status"] == "COMPLETED"


def test_a_server_that_its_staging_account_is_launching_conflicts(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(staging_account_id=OTHER_ACCOUNT)
    rehearsal.simulator.start_foreign_job(OTHER_ACCOUNT, REGION, servers)

    with pytest.raises(rehearsal.drs.exceptions.ConflictException):
        rehearsal.start(servers)


def test_each_account_counts_its_own_job() -> None:
    rehearsal = Rehearsal(Settings(quotas=Quotas(jobs_at_once=1), rate_limits=RateLimits(enabled=False)))
    extended = rehearsal.protect(staging_account_id=OTHER_ACCOUNT)
    own = rehearsal.protect(account=OTHER_ACCOUNT)
    elsewhere = rehearsal.protect(account=THIRD)

    rehearsal.start(extended)

    for account, servers, refused in ((OTHER_ACCOUNT, own, True), (THIRD, elsewhere, False)):
        drs = rehearsal.client(account)
        wanted: Any = [{"sourceServerID": server} for server in servers]
        if refused:
            with pytest.raises(drs.exceptions.ServiceQuotaExceededException):
                drs.start_recovery(sourceServers=wanted)
        else:
            drs.start_recovery(sourceServers=wanted)


def test_a_point_in_time_is_converted_without_a_new_snapshot(rehearsal: Rehearsal) -> None:
    [server] = rehearsal.protect(staging_account_id=OTHER_ACCOUNT)
    point = rehearsal.drs.describe_recovery_snapshots(sourceServerID=server, order="ASC", maxResults=1)["items"][0]
    wanted: Any = [{"sourceServerID": server, "recoverySnapshotID": point["snapshotID"]}]

    rehearsal.drs.start_recovery(sourceServers=wanted)
    rehearsal.finish_jobs()

    [made] = jobs(rehearsal, OTHER_ACCOUNT)
    log = rehearsal.client(OTHER_ACCOUNT).describe_job_log_items(jobID=made["jobID"], maxResults=100)["items"]
    assert "SNAPSHOT_START" not in {one["event"] for one in log}
    assert rehearsal.instances()[0]["pointInTimeSnapshotDateTime"] == point["timestamp"]


def test_a_second_launch_replaces_the_instance_of_the_first(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(staging_account_id=OTHER_ACCOUNT)
    rehearsal.launch(servers)
    rehearsal.wait(900)

    rehearsal.launch(servers)

    assert len(rehearsal.instances()) == 1
    assert len(jobs(rehearsal, OTHER_ACCOUNT)) == 2
