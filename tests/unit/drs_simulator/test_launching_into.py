"""Launches into instances that were prepared for it: what DRS takes, what it leaves, and what it refuses."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.drs_simulator import Quirks, RateLimits, Settings
from local.drs_simulator.prepared import PreparedInstance
from tests.support.drs_rehearsal import ACCOUNT, OTHER_ACCOUNT, REGION, Rehearsal

INTO = "i-0123456789abcdef0"


def prepare(rehearsal: Rehearsal, instance_id: str = INTO, account: str = ACCOUNT, **said: Any) -> PreparedInstance:
    """An instance into which servers may be launched, unless something else is said of it."""
    instance = PreparedInstance(instance_id, account, REGION, private_address="10.0.1.20", **said)
    rehearsal.ec2.prepare(instance)
    return instance


def point(rehearsal: Rehearsal, server_id: str, instance_id: str = INTO, **more: Any) -> None:
    into: Any = {"launchIntoEC2InstanceID": instance_id}
    rehearsal.drs.update_launch_configuration(sourceServerID=server_id, launchIntoInstanceProperties=into, **more)


def failures(rehearsal: Rehearsal, job_id: str) -> list[str]:
    return [item["eventData"]["rawError"] for item in rehearsal.log(job_id) if item["event"] == "LAUNCH_FAILED"]


def test_a_server_is_launched_into_the_instance_which_keeps_id_and_address(rehearsal: Rehearsal) -> None:
    instance = prepare(rehearsal)
    [server_id] = rehearsal.protect()
    before = instance.volumes
    point(rehearsal, server_id)

    job_id = rehearsal.launch([server_id])

    [recovered] = rehearsal.instances()
    assert (recovered["ec2InstanceID"], recovered["ec2InstanceState"]) == (INTO, "RUNNING")
    assert rehearsal.job(job_id)["participatingServers"][0]["launchStatus"] == "LAUNCHED"
    assert rehearsal.ec2.instances == {}, "nothing else was launched"
    assert (instance.state, instance.private_address) == ("running", "10.0.1.20")
    assert instance.volumes != before
    [effect] = rehearsal.simulator.record.effects("instanceLaunched")
    assert effect.detail["launchedInto"] is True


def test_an_instance_is_left_stopped_if_drs_starts_none(rehearsal: Rehearsal) -> None:
    instance = prepare(rehearsal)
    [server_id] = rehearsal.protect()
    point(rehearsal, server_id, launchDisposition="STOPPED")

    rehearsal.launch([server_id])

    assert instance.state == "stopped"
    assert rehearsal.instances()[0]["ec2InstanceState"] == "STOPPED"


@pytest.mark.parametrize("cleared", [{}, {"launchIntoEC2InstanceID": ""}])
def test_without_an_id_it_launches_an_instance_of_its_own_again(rehearsal: Rehearsal, cleared: Any) -> None:
    prepare(rehearsal)
    [server_id] = rehearsal.protect()
    point(rehearsal, server_id)

    rehearsal.drs.update_launch_configuration(sourceServerID=server_id, launchIntoInstanceProperties=cleared)
    rehearsal.launch([server_id])

    stored = rehearsal.drs.get_launch_configuration(sourceServerID=server_id)
    assert stored["launchIntoInstanceProperties"] == {}
    assert [one["ec2InstanceID"] for one in rehearsal.instances()] == list(rehearsal.ec2.instances)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"account": OTHER_ACCOUNT}, "does not exist in this account and region"),
        ({"tags": {"Name": "web-0"}}, "must have the tag AWSDRS"),
        ({"state": "running"}, "is running, and must be stopped"),
        ({"state": "terminated"}, "is terminated, and must be stopped"),
        ({"platform": "windows"}, "has the platform windows"),
        ({"architecture": "arm64"}, "has the architecture arm64"),
        ({"root_device": "instance-store"}, "EBS root device"),
    ],
)
def test_an_instance_that_will_not_do_is_refused_when_it_is_named(
    rehearsal: Rehearsal, said: dict[str, Any], words: str
) -> None:
    prepare(rehearsal, **said)
    [server_id] = rehearsal.protect()

    with pytest.raises(ClientError, match=words) as refused:
        point(rehearsal, server_id)

    assert refused.value.response["Error"]["Code"] == "ValidationException"
    stored = rehearsal.drs.get_launch_configuration(sourceServerID=server_id)
    assert stored["launchIntoInstanceProperties"] == {}


@pytest.mark.parametrize("setting", ["copyPrivateIp", "copyTags"])
def test_what_copies_does_not_go_with_an_instance(rehearsal: Rehearsal, setting: str) -> None:
    prepare(rehearsal)
    [server_id] = rehearsal.protect()

    with pytest.raises(ClientError, match=f"{setting} must be deactivated"):
        point(rehearsal, server_id, INTO, **{setting: True})
    point(rehearsal, server_id)
    with pytest.raises(ClientError, match=f"{setting} must be deactivated"):
        rehearsal.drs.update_launch_configuration(sourceServerID=server_id, **{setting: True})  # type: ignore[arg-type]


@pytest.mark.parametrize("changed", [{"state": "running"}, {"tags": {}}])
def test_an_instance_is_looked_at_again_when_the_server_is_launched(
    rehearsal: Rehearsal, changed: dict[str, Any]
) -> None:
    instance = prepare(rehearsal)
    [server_id] = rehearsal.protect()
    point(rehearsal, server_id)
    for name, value in changed.items():
        setattr(instance, name, value)

    job_id = rehearsal.launch([server_id])

    assert rehearsal.job(job_id)["participatingServers"][0]["launchStatus"] == "FAILED"
    assert len(failures(rehearsal, job_id)) == 1
    assert rehearsal.instances() == []


def test_other_settings_can_be_changed_while_the_instance_runs(rehearsal: Rehearsal) -> None:
    prepare(rehearsal)
    [server_id] = rehearsal.protect()
    point(rehearsal, server_id)
    rehearsal.launch([server_id])

    rehearsal.drs.update_launch_configuration(sourceServerID=server_id, launchDisposition="STOPPED")


def test_the_clean_up_of_a_new_launch_leaves_the_instance_alone(rehearsal: Rehearsal) -> None:
    instance = prepare(rehearsal)
    [server_id] = rehearsal.protect()
    point(rehearsal, server_id)
    rehearsal.launch([server_id])
    cleared: Any = {}
    rehearsal.drs.update_launch_configuration(sourceServerID=server_id, launchIntoInstanceProperties=cleared)

    rehearsal.launch([server_id])

    [recovered] = rehearsal.instances()
    assert recovered["ec2InstanceID"] != INTO
    assert instance.state == "running"
    [left] = rehearsal.simulator.record.effects("instanceLeft")
    assert left.instance_id == INTO


def test_who_terminates_it_all_the_same_loses_the_instance(rehearsal: Rehearsal) -> None:
    instance = prepare(rehearsal)
    [server_id] = rehearsal.protect()
    point(rehearsal, server_id)
    rehearsal.launch([server_id])

    rehearsal.drs.terminate_recovery_instances(recoveryInstanceIDs=[INTO])
    rehearsal.finish_jobs()

    assert instance.state == "terminated"
    assert rehearsal.instances() == []


def test_an_estate_prepares_instances(rehearsal: Rehearsal) -> None:
    rehearsal.simulator.load_estate(
        {
            "regions": [
                {
                    "account": ACCOUNT,
                    "region": REGION,
                    "instances": [
                        {"instanceId": INTO, "name": "web-0", "tags": {"Tier": "web"}},
                        {"instanceId": "i-0123456789abcdef1", "allowsLaunches": False, "state": "running"},
                    ],
                }
            ]
        }
    )

    first, second = rehearsal.ec2.targets.values()
    assert first.tags == {"Name": "web-0", "AWSDRS": "AllowLaunchingIntoThisInstance", "Tier": "web"}
    assert (first.state, second.state, second.tags) == ("stopped", "running", {})


@pytest.mark.parametrize(
    ("quirk", "by_empty_id", "by_no_id"),
    [("clears", "gone", "gone"), ("refused", "refused", "gone"), ("ignored", "kept", "gone"), ("kept", "kept", "kept")],
)
def test_what_an_empty_id_does_is_a_knob(quirk: Any, by_empty_id: str, by_no_id: str) -> None:
    rehearsal = Rehearsal(Settings(rate_limits=RateLimits(enabled=False), quirks=Quirks(empty_instance_id=quirk)))
    prepare(rehearsal)
    [server_id] = rehearsal.protect()

    told, ways = list[str](), list[Any]([{"launchIntoEC2InstanceID": ""}, {}])
    for nothing in ways:
        point(rehearsal, server_id)
        try:
            answer = rehearsal.drs.update_launch_configuration(
                sourceServerID=server_id, launchIntoInstanceProperties=nothing
            )
            told.append("kept" if answer["launchIntoInstanceProperties"] else "gone")
        except ClientError as refused:
            assert refused.response["Error"]["Code"] == "ValidationException"
            told.append("refused")

    assert told == [by_empty_id, by_no_id]
