"""Servers are brought to their settings: only what differs is written, in order, and others' edits are noticed."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.launch_config_overlays import Overlay, with_instance
from shared.launch_config_records import lasts
from shared.launch_config_rules import EffectiveConfig, merged
from shared.models.launch_config import LaunchConfig, ServerLaunchConfig
from shared.models.launch_config_state import ConfigOutcome, DriftPolicy
from shared.services.launch_config_bringing import GROUPS_BY_NAME, SERVER_BUSY, TEMPLATE_MISSING, bring
from shared.services.launch_config_orders import How, Wanted
from tests.functional.launch_configs.stage import TARGET, Stage
from tests.functional.launch_configs.test_launch_into import prepare
from tests.support.launch_settings import (
    not_held,
    settings_meant,
    settings_of_group,
    settings_of_server,
    template_data,
)

SETTINGS: dict[str, Any] = {
    "subnetId": "subnet-0000000a",
    "securityGroupIds": ["sg-0000000a"],
    "instanceType": "m6i.large",
    "targetInstanceTypeRightSizingMethod": "NONE",
    "copyTags": True,
    "instanceProfileName": "web",
}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_everything_is_written_once_and_the_second_time_nothing(stage: Stage) -> None:
    [server] = stage.protect()

    first = stage.bring({server: SETTINGS})
    written = stage.writes()
    second = stage.bring({server: SETTINGS})

    assert (first[server].outcome, second[server].outcome) == (ConfigOutcome.APPLIED, ConfigOutcome.UNCHANGED)
    assert SETTINGS.items() <= stage.held(server).items()
    assert {each.field for each in first[server].differences} == SETTINGS.keys()
    assert written == {"update": 1, "add_version": 1, "make_default": 1}
    assert stage.writes() == written
    assert first[server].template_version == stage.template(server).default == 3


def test_what_drs_put_into_the_template_stays(stage: Stage) -> None:
    [server] = stage.protect()
    before = dict(stage.template(server).version(1))

    stage.bring({server: SETTINGS})

    after = stage.template(server).version(3)
    assert after["BlockDeviceMappings"] == before["BlockDeviceMappings"]
    assert after["TagSpecifications"] == before["TagSpecifications"]
    assert after["NetworkInterfaces"][0]["DeleteOnTermination"] is True


def test_only_what_differs_is_written(stage: Stage) -> None:
    [server] = stage.protect()
    stage.bring({server: SETTINGS})
    before = stage.writes()

    stage.bring({server: {**SETTINGS, "copyTags": False}})
    drs_only = stage.writes() - before
    stage.bring({server: {**SETTINGS, "copyTags": False, "subnetId": "subnet-0000000b"}})
    template_only = stage.writes() - before - drs_only

    assert drs_only == {"update": 1}
    assert template_only == {"add_version": 1, "make_default": 1}


def test_looking_writes_nothing_and_tells_the_difference(stage: Stage) -> None:
    [server] = stage.protect()

    for policy in (DriftPolicy.WARN, DriftPolicy.BLOCK):
        seen = stage.bring({server: {"copyTags": True}}, policy=policy)[server]
        assert seen.outcome is ConfigOutcome.DRIFTED
        assert [(each.field, each.wanted, each.found) for each in seen.differences] == [("copyTags", True, False)]

    assert not +stage.writes()


def test_a_server_that_may_not_be_written_is_left_alone_unless_there_is_nothing_to_write(stage: Stage) -> None:
    held, free, same = stage.protect(3)
    stage.bring({same: {"copyTags": True}})

    brought = stage.bring(
        {server: {"copyTags": True} for server in (held, free, same)},
        before_writing=lambda told: {server: "it is launched" for server in told if server != free},
    )

    assert (brought[held].outcome, brought[held].code) == (ConfigOutcome.FAILED, SERVER_BUSY)
    assert (brought[held].reason, stage.held(held)["copyTags"]) == ("it is launched", False)
    assert brought[free].outcome is ConfigOutcome.APPLIED
    assert brought[same].outcome is ConfigOutcome.UNCHANGED


def test_a_server_in_a_job_is_told_to_be_busy_and_others_are_applied(stage: Stage) -> None:
    busy, free = stage.protect(2)
    stage.world.simulator.start_foreign_job(TARGET.account_id, TARGET.region, [busy])

    brought = stage.bring({busy: {"copyTags": True}, free: {"copyTags": True}})

    assert (brought[busy].outcome, brought[busy].code) == (ConfigOutcome.FAILED, SERVER_BUSY)
    assert brought[free].outcome is ConfigOutcome.APPLIED


def test_a_template_that_is_gone_and_a_server_that_is_unknown_are_told_by_name(stage: Stage) -> None:
    [gone] = stage.protect()
    template = stage.template(gone)
    del stage.world.cloud.ec2_instances.templates[TARGET.account_id, TARGET.region, template.template_id]

    brought = stage.bring({gone: SETTINGS, "s-" + "9" * 17: SETTINGS})

    assert {one.code for one in brought.values()} == {TEMPLATE_MISSING, "SERVER_NOT_FOUND"}
    assert template.template_id in brought[gone].reason


def test_an_account_that_cannot_be_reached_fails_each_server_with_the_reason(stage: Stage) -> None:
    servers = stage.protect(2)
    stage.world.remove_role(TARGET.account_id)

    brought = stage.bring(dict.fromkeys(servers, SETTINGS))

    assert [(one.outcome, one.code) for one in brought.values()] == [(ConfigOutcome.FAILED, "CROSS_ACCOUNT_ERROR")] * 2


# -- the pace of AWS ------------------------------------------------------------------------------------------------


def test_throttles_are_absorbed_and_reads_of_templates_are_for_all() -> None:
    stage = Stage.at_the_rates_of_drs()
    servers = stage.protect(150)

    brought = stage.bring(dict.fromkeys(servers, SETTINGS))

    assert {one.outcome for one in brought.values()} == {ConfigOutcome.APPLIED}
    assert len(brought) == 150
    refused = [call for call in stage.world.simulator.record.calls("UpdateLaunchConfiguration") if call.error_code]
    assert refused, "DRS was asked faster than it answers"
    assert stage.reads() == 3
    assert stage.checks() == stage.writes()["make_default"] == 150, "each right before its own"
    assert stage.writes() == {"update": 150, "add_version": 150, "make_default": 150}


def test_an_account_whose_role_is_asked_for_too_often_is_entered_a_moment_later(stage: Stage) -> None:
    servers = stage.protect(3)
    stage.world.cloud.roles.throttled = 4
    before = stage.world.clock.now()

    brought = stage.bring(dict.fromkeys(servers, SETTINGS))

    assert [brought[server].outcome for server in servers] == [ConfigOutcome.APPLIED] * 3
    assert stage.world.clock.now() > before, "it was waited for"


def test_templates_of_which_no_page_tells_are_asked_for_one_by_one() -> None:
    stage = Stage.at_the_rates_of_drs()
    servers = stage.protect(12)
    stage.world.cloud.templates.listed = 5
    template = stage.template(servers[0])

    brought = stage.bring(dict.fromkeys(servers, SETTINGS))

    assert {one.outcome for one in brought.values()} == {ConfigOutcome.APPLIED}
    assert stage.world.cloud.templates.calls["default_version"] == 3 * 7
    del stage.world.cloud.ec2_instances.templates[TARGET.account_id, TARGET.region, template.template_id]
    stage.world.cloud.templates.listed = 0
    again = stage.bring(dict.fromkeys(servers, SETTINGS))
    assert again[servers[0]].code == TEMPLATE_MISSING
    assert {again[server].outcome for server in servers[1:]} == {ConfigOutcome.UNCHANGED}


def test_who_is_held_by_the_time_of_a_write_is_not_written_any_more(stage: Stage) -> None:
    [server] = stage.protect()
    asked: list[str] = []

    def holder(server_id: str) -> str:
        asked.append(server_id)
        return "is held by execution exec-1" if len(asked) > 1 else ""

    brought = stage.bring({server: SETTINGS}, holder=holder)[server]

    assert (brought.outcome, brought.code, brought.reason) == (
        ConfigOutcome.FAILED,
        SERVER_BUSY,
        "is held by execution exec-1",
    )
    assert stage.writes() == {"update": 1}


# -- security groups of the instance itself -------------------------------------------------------------------------


def test_groups_of_the_instance_become_those_of_the_interface(stage: Stage) -> None:
    [server] = stage.protect()
    template = stage.template(server)
    del template.versions[0]["NetworkInterfaces"]
    template.versions[0]["SecurityGroupIds"] = ["sg-0000000f"]
    before = dict(template.versions[0])

    brought = stage.bring({server: {"subnetId": "subnet-0000000a"}})[server]

    assert brought.outcome is ConfigOutcome.APPLIED
    data = template.version(template.default)
    assert data["NetworkInterfaces"] == [{"DeviceIndex": 0, "Groups": ["sg-0000000f"], "SubnetId": "subnet-0000000a"}]
    assert "SecurityGroupIds" not in data, "EC2 launches nothing that has both"
    assert data["BlockDeviceMappings"] == before["BlockDeviceMappings"]


def test_groups_by_their_names_are_not_lost_without_a_word(stage: Stage) -> None:
    [server] = stage.protect()
    template = stage.template(server)
    del template.versions[0]["NetworkInterfaces"]
    template.versions[0]["SecurityGroups"] = ["default"]

    refused = stage.bring({server: {"subnetId": "subnet-0000000a"}})[server]
    written = stage.writes()
    brought = stage.bring({server: {"subnetId": "subnet-0000000a", "securityGroupIds": ["sg-0000000a"]}})[server]

    assert (refused.code, lasts(refused.code), +written) == (GROUPS_BY_NAME, True, {})
    assert brought.outcome is ConfigOutcome.APPLIED
    assert "SecurityGroups" not in template.version(template.default)


def test_when_time_is_over_the_rest_is_left_and_done_the_next_time() -> None:
    stage = Stage.at_the_rates_of_drs()
    servers = stage.protect(150)
    until = stage.world.clock.now() + stage.world.clock.wall(20)

    first = stage.bring(dict.fromkeys(servers, SETTINGS), until=until)
    second = stage.bring({server: SETTINGS for server in servers if server not in first})

    assert stage.world.clock.now() > until
    assert len(first) < 150
    assert {one.outcome for one in (first | second).values()} <= {ConfigOutcome.APPLIED, ConfigOutcome.UNCHANGED}
    assert all(SETTINGS.items() <= stage.held(server).items() for server in servers)
    assert stage.writes()["update"] == 150, "what was written is not written again"


# -- whatever the settings and whatever is there --------------------------------------------------------------------


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(settings_of_group(), settings_of_server()), min_size=1, max_size=3),
    template_data(),
    st.dictionaries(st.sampled_from(["copyTags", "copyPrivateIp", "postLaunchEnabled"]), st.booleans()),
    st.sets(st.integers(0, 2)),
)
def test_what_is_held_afterwards_is_what_is_to_be_and_the_rest_is_untouched(
    said: list[tuple[dict[str, Any], dict[str, Any]]],
    data: dict[str, Any],
    drs: dict[str, bool],
    into: set[int],
) -> None:
    stage = Stage()
    servers = stage.protect(len(said))
    by_server = dict(zip(servers, said, strict=True))
    wanted = {
        server: merged(LaunchConfig.model_validate(group), ServerLaunchConfig.model_validate(own))
        for server, (group, own) in by_server.items()
    }
    meant = {server: settings_meant(*each) for server, each in by_server.items()}
    for number in into & {*range(len(servers))}:
        instance = prepare(stage.world, number)
        wanted[servers[number]] = launched_into(wanted[servers[number]], instance.instance_id)
        meant[servers[number]] |= beside_an_instance(instance.instance_id)
    for server in servers:
        stage.edit(server, **data)
        if drs:
            stage.world.cloud.launch_configurations.update(TARGET, server, drs)
    before = {server: stage.held(server) for server in servers}
    others = {server: stage.unmanaged(server) for server in servers}
    start = stage.writes()

    brought = bring(TARGET, {server: Wanted(one) for server, one in wanted.items()}, How(), stage.deps)

    for server, settings_of_it in meant.items():
        held = stage.held(server)
        assert not_held(settings_of_it, held) == {}
        # right-sizing is DRS's own: it puts its type into each version that it makes
        own = {"instanceType"} if held["targetInstanceTypeRightSizingMethod"] != "NONE" else set()
        assert {n: v for n, v in held.items() if n not in {*settings_of_it} | own} == {
            n: v for n, v in before[server].items() if n not in {*settings_of_it} | own
        }
        assert brought[server].outcome in (ConfigOutcome.APPLIED, ConfigOutcome.UNCHANGED), brought[server]
        assert stage.unmanaged(server) == others[server]
    written = stage.writes()
    assert (written - start).total() <= 3 * len(servers)

    again = bring(TARGET, {server: Wanted(one) for server, one in wanted.items()}, How(), stage.deps)

    assert {one.outcome for one in again.values()} == {ConfigOutcome.UNCHANGED}
    assert stage.writes() == written


def beside_an_instance(instance_id: str) -> dict[str, Any]:
    """What DRS has of a server that is launched into an instance, whatever else was said of it."""
    return {
        "launchIntoInstanceProperties": {"launchIntoEc2InstanceId": instance_id},
        "targetInstanceTypeRightSizingMethod": "NONE",
        "copyPrivateIp": False,
        "copyTags": False,
    }


def launched_into(config: EffectiveConfig, instance_id: str) -> EffectiveConfig:
    """The settings of a server that is launched into an instance besides."""
    overlay = with_instance(Overlay(), config, instance_id)
    return EffectiveConfig({**overlay.under(config).settings, **overlay.settings})


def test_an_address_of_ours_is_released_when_the_server_is_to_be_elsewhere(stage: Stage) -> None:
    [server] = stage.protect()
    with_address = {"subnetId": "subnet-0000000a", "staticPrivateIp": "10.0.0.9", "copyPrivateIp": False}
    stage.bring({server: with_address})

    elsewhere = EffectiveConfig({"subnetId": "subnet-0000000b"})
    bring(TARGET, {server: Wanted(elsewhere, address="10.0.0.9")}, How(), stage.deps)

    assert stage.held(server)["subnetId"] == "subnet-0000000b"
    assert "staticPrivateIp" not in stage.held(server)
