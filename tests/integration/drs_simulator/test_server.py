"""The HTTP door, met by boto3 over sockets as by any other process."""

import http.client
import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from local.drs_simulator import Simulator
from local.drs_simulator.clock import WallClock
from local.drs_simulator.server import DrsServer
from tests.integration.drs_simulator.conftest import ACCOUNT, REGION, Service, eventually


def test_a_drill_from_start_to_termination(service: Service) -> None:
    servers, drs = service.protect(3), service.client()

    wanted: Any = [{"sourceServerID": server} for server in servers]
    job_id = drs.start_recovery(sourceServers=wanted, isDrill=True)["job"]["jobID"]
    eventually(lambda: drs.describe_jobs(filters={"jobIDs": [job_id]})["items"][0]["status"] == "COMPLETED")
    instances = [item["recoveryInstanceID"] for item in drs.describe_recovery_instances(maxResults=200)["items"]]
    drs.terminate_recovery_instances(recoveryInstanceIDs=instances)

    assert len(instances) == 3
    eventually(lambda: drs.describe_recovery_instances()["items"] == [])


@pytest.mark.parametrize(
    "listing",
    ["describe_source_servers", "describe_jobs", "describe_recovery_instances", "describe_recovery_snapshots"],
)
def test_the_paginators_of_boto3_read_every_listing(service: Service, listing: Any) -> None:
    servers, drs = service.protect(12), service.client()
    for server in servers:
        drs.start_recovery(sourceServers=[{"sourceServerID": server}])
    eventually(lambda: not service.simulator.next_due())
    asked = {"sourceServerID": servers[0]} if listing == "describe_recovery_snapshots" else {}

    pages = list(drs.get_paginator(listing).paginate(**asked))

    assert len(pages) > 1
    assert sum(len(page["items"]) for page in pages) >= 12


def test_tags_of_an_arn_travel_in_the_path(service: Service) -> None:
    service.protect(1)
    drs = service.client()
    arn = drs.describe_source_servers()["items"][0]["arn"]

    drs.tag_resource(resourceArn=arn, tags={"a b": "c/d", "e": "f"})
    drs.untag_resource(resourceArn=arn, tagKeys=["e"])

    assert drs.list_tags_for_resource(resourceArn=arn)["tags"] == {"a b": "c/d"}


def test_initialising_has_no_body_in_its_answer(service: Service) -> None:
    drs = service.client("444455556666")

    answer = drs.initialize_service()

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert drs.describe_jobs()["items"] == []


def test_one_connection_serves_many_requests(service: Service) -> None:
    host = urlsplit(service.server.url).netloc
    connection = http.client.HTTPConnection(host, timeout=5)
    sockets = set()

    for _ in range(3):
        connection.request("GET", "/_simulator/state")
        answer = connection.getresponse()
        answer.read()
        sockets.add(connection.sock)

    connection.close()
    assert len(sockets) == 1


def test_events_come_without_any_request(service: Service) -> None:
    servers, drs = service.protect(2), service.client()
    drs.start_recovery(sourceServers=[{"sourceServerID": server} for server in servers])

    eventually(lambda: len(service.events) == 2)

    account, region, event = service.events[0]
    assert (account, region, event["source"]) == (ACCOUNT, REGION, "aws.drs")


def test_a_ticker_survives_a_receiver_that_raises() -> None:
    calls: list[str] = []

    def receive(account: str, _region: str, _event: Any) -> None:
        calls.append(account)
        raise RuntimeError("the receiver is broken")

    broken = Service(receive)
    broken.server.start()
    servers, drs = broken.protect(2), broken.client()
    drs.start_recovery(sourceServers=[{"sourceServerID": server} for server in servers])

    eventually(lambda: len(calls) == 2)
    broken.stop()


def test_a_call_that_never_arrives_breaks_on_real_sockets_and_does_nothing(service: Service) -> None:
    [server], drs = service.protect(1), service.client()
    service.simulator.add_faults({"faults": [{"kind": "unreachable"}]})

    with pytest.raises(ConnectionClosedError):
        drs.start_recovery(sourceServers=[{"sourceServerID": server}])

    assert drs.describe_jobs()["items"] == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "lostReply"}, ConnectionClosedError),
        ({"kind": "lostReply", "how": "readTimeout"}, ReadTimeoutError),
        ({"kind": "lateReply", "seconds": 120}, ReadTimeoutError),
        ({"kind": "lateEffect", "seconds": 6}, ReadTimeoutError),
    ],
)
def test_replies_get_lost_on_real_sockets(service: Service, fault: dict[str, Any], error: type[Exception]) -> None:
    [server], drs = service.protect(1), service.client(read_timeout=0.5)
    service.simulator.add_faults({"faults": [{"operation": "StartRecovery", **fault}]})

    with pytest.raises(error):
        drs.start_recovery(sourceServers=[{"sourceServerID": server}])

    eventually(lambda: len(drs.describe_jobs()["items"]) == 1)


def test_a_late_reply_is_late_by_the_simulators_clock(service: Service) -> None:
    service.protect(1)
    drs = service.client()
    service.simulator.add_faults({"faults": [{"kind": "lateReply", "seconds": 30}]})

    before = time.monotonic()
    drs.describe_jobs()

    assert 0.5 <= time.monotonic() - before < 3


def test_the_control_path_protects_servers_and_shows_the_record(service: Service) -> None:
    estate = {"regions": [{"account": ACCOUNT, "region": REGION, "servers": [{"hostname": "db-1"}]}]}

    [server_id] = service.control("POST", "servers", estate)["sourceServerIDs"]
    service.client().start_recovery(sourceServers=[{"sourceServerID": server_id}])

    record = service.control("GET", "record")
    call = next(entry for entry in record["entries"] if entry["type"] == "call")
    assert (call["operation"], call["account"], call["outcome"]) == ("StartRecovery", ACCOUNT, "success")
    state = service.control("GET", "state")
    assert state["cells"][0]["servers"][0]["busyWith"] == call["jobId"]
    later = service.control("GET", f"record?since={record['next']}")
    assert all(entry["sequence"] >= record["next"] for entry in later["entries"])


def test_a_fault_that_names_a_server_that_is_not_there_is_in_force_and_answered_by_its_name(service: Service) -> None:
    [server] = service.protect(1)
    named = ([server], ["db1", server], ["db1", "db-2"])
    faults = [{"kind": "launchFailure", "servers": names} for names in named]

    assert service.control("POST", "faults", {"faults": faults[:1]}) == {}
    assert service.control("POST", "faults", {"faults": faults}) == {"unknownServers": ["db1", "db-2"]}


def test_the_control_path_makes_and_ends_faults(service: Service) -> None:
    service.protect(1)
    drs = service.client()
    service.control("POST", "faults", {"faults": [{"kind": "revokedRole", "times": None}]})
    with pytest.raises(ClientError, match="AccessDenied"):
        drs.describe_jobs()

    service.control("DELETE", "faults")

    assert drs.describe_jobs()["items"] == []
    assert service.control("GET", "state")["faultsMet"] == {"revokedRole": 1}


def test_the_control_path_changes_servers_regions_and_time(service: Service) -> None:
    [server] = service.protect(1)
    place = {"account": ACCOUNT, "region": REGION}

    service.control("POST", "replication", {**place, "sourceServerID": server, "replication": {"state": "STALLED"}})
    job_id = service.control("POST", "foreign-jobs", {**place, "sourceServerIDs": [server]})["jobID"]
    service.control("POST", "regions", {"account": "444455556666", "region": REGION})
    service.control("POST", "regions", {"account": "999900001111", "region": REGION, "state": "notEnabled"})
    service.control("POST", "quotas", {**place, "quotas": {"jobsAtOnce": 1, "replicatingServers": 280}})

    shown = service.client().describe_source_servers()["items"][0]
    assert shown["dataReplicationInfo"]["dataReplicationState"] == "STALLED"
    assert service.client().describe_jobs()["items"][0]["jobID"] == job_id
    assert service.client("444455556666").describe_jobs()["items"] == []
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        service.client("999900001111").describe_jobs()
    told = {cell["account"]: cell for cell in service.control("GET", "state")["cells"]}
    assert told[ACCOUNT]["quotas"]["replicating_servers"] == 280
    assert (told[ACCOUNT]["state"], told["999900001111"]["state"]) == ("initialized", "notEnabled")
    assert service.control("POST", "advance").keys() == {"now"}


@pytest.mark.parametrize(
    ("method", "path", "body", "complaint"),
    [
        ("POST", "faults", {"faults": [{"kind": "gremlin"}]}, "gremlin"),
        ("POST", "servers", {"regions": [{"account": "1"}]}, "account"),
        ("POST", "regions", {"account": ACCOUNT, "region": REGION, "state": "sunk"}, "state"),
        ("POST", "quotas", {"account": ACCOUNT, "region": REGION, "quotas": {"jobs": 1}}, "jobs"),
        ("POST", "replication", {"account": ACCOUNT}, "region"),
        ("POST", "foreign-jobs", {"account": ACCOUNT, "region": REGION, "sourceServerIDs": ["s-1"]}, "no such server"),
        ("GET", "record?since=first", None, "sequence number"),
        (
            "POST",
            "replication",
            {"account": ACCOUNT, "region": REGION, "sourceServerID": "s-1", "replication": {}},
            "does not exist",
        ),
    ],
)
def test_the_control_path_says_what_is_wrong(
    service: Service, method: str, path: str, body: Any, complaint: str
) -> None:
    status, message = service.control(method, path, body)

    assert status == 400
    assert complaint in message


def test_the_control_path_takes_json_only_and_knows_its_paths(service: Service) -> None:
    assert service.control("POST", "faults", {"faults": []}, content_type="text/plain")[0] == 400
    assert service.control("GET", "miracles")[0] == 404


def test_a_stopped_server_leaves_no_thread_and_no_open_connection() -> None:
    before = set(threading.enumerate())
    service = Service()
    service.server.start()
    address = urlsplit(service.server.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=5) as connection:
        connection.sendall(b"GET /_simulator/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 404")

        service.stop()

        while connection.recv(4096):
            pass
    assert set(threading.enumerate()) <= before


def test_many_threads_get_one_consistent_account(service: Service) -> None:
    servers = service.protect(40)
    drs = service.client()
    wins: list[str] = []

    def start(server: str) -> None:
        try:
            drs.start_recovery(sourceServers=[{"sourceServerID": server}])
            wins.append(server)
        except ClientError:
            return

    threads = [threading.Thread(target=start, args=(server,)) for server in servers[:10] * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(wins) == sorted(servers[:10])
    assert len(service.simulator.record.effects("jobCreated")) == 10


def test_a_server_that_is_not_started_has_no_address_and_can_be_stopped() -> None:
    server = DrsServer(Simulator(WallClock()))

    server.stop()

    with pytest.raises(RuntimeError, match="not started"):
        assert server.url


def test_only_loopback_is_served() -> None:
    with pytest.raises(ValueError, match="loopback"):
        DrsServer(Simulator(WallClock()), host="0.0.0.0")
