"""Others change the launch template of a server at the same time: nothing of theirs is lost, or it is told."""

from collections import Counter
from dataclasses import replace
from typing import Any, Final, Literal

import pytest

from shared.errors import DrsServiceError
from shared.models.launch_config_state import ConfigOutcome
from shared.services.launch_config_bringing import EXTERNAL_EDIT
from tests.functional.launch_configs.stage import TARGET, Stage
from tests.functional.launch_configs.test_bringing import SETTINGS
from tests.support.world import World
from tests.support.world.cloud import CERTAIN


@pytest.fixture
def stage() -> Stage:
    return Stage()


def edit_before(stage: Stage, server: str, operation: str, *, times: int = 1, **data: Any) -> list[int]:
    """Somebody else makes a default version right before a call of ours; the numbers of these versions."""
    made: list[int] = []

    def edit(called: str) -> None:
        if called == operation and len(made) < times:
            made.append(stage.edit(server, **data))

    stage.world.cloud.templates.before = edit
    return made


@pytest.mark.parametrize("operation", ["add_version", "numbers", "make_default"])
def test_an_edit_between_read_and_write_is_noticed_and_kept(stage: Stage, operation: str) -> None:
    [server] = stage.protect()
    stage.bring({server: {"copyTags": True}})
    made = edit_before(stage, server, operation, KeyName="by-hand")

    brought = stage.bring({server: {"copyTags": True, "subnetId": "subnet-0000000a"}})[server]

    template = stage.template(server)
    held = template.version(template.default)
    assert len(made) == 1
    assert brought.outcome is ConfigOutcome.APPLIED
    assert stage.held(server)["subnetId"] == "subnet-0000000a"
    assert held["KeyName"] == "by-hand", "what the other has changed is in it"


def test_an_edit_that_has_all_that_is_to_be_is_the_default_again(stage: Stage) -> None:
    [server] = stage.protect()
    wanted = {"subnetId": "subnet-0000000a"}
    theirs: dict[str, Any] = {
        "KeyName": "by-hand",
        "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-0000000a"}],
    }
    made = edit_before(stage, server, "make_default", **theirs)

    brought = stage.bring({server: wanted})[server]

    template, [number] = stage.template(server), made
    assert (brought.outcome, template.default, template.latest) == (ConfigOutcome.APPLIED, number, number)
    assert +stage.writes() == {"add_version": 1, "make_default": 2}


MOMENTS = ["default_versions", "add_version", "numbers", "make_default"]


@pytest.mark.parametrize("operation", MOMENTS)
@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("edit", [{"KeyName": "by-hand"}, {"InstanceType": "t3.nano"}])
def test_whenever_somebody_edits_it_costs_at_most_four_writes_and_nothing_of_it_is_lost_unsaid(
    stage: Stage, operation: str, nth: int, edit: dict[str, str]
) -> None:
    [server] = stage.protect()
    seen = Counter[str]()
    made: list[int] = []

    def before(called: str) -> None:
        seen[called] += 1
        if called == operation and seen[called] == nth and not made:
            made.append(stage.edit(server, **edit))

    stage.world.cloud.templates.before = before

    brought = stage.bring({server: SETTINGS})[server]

    template = stage.template(server)
    held = template.version(template.default)
    assert stage.writes().total() <= 4
    if brought.outcome is ConfigOutcome.APPLIED:
        assert SETTINGS.items() <= stage.held(server).items()
        assert not made or held.get("KeyName") == edit.get("KeyName")
    else:
        assert brought.code == EXTERNAL_EDIT
        assert edit.items() <= held.items(), "theirs is the default, until the next look"
    stage.world.cloud.templates.before = lambda _: None
    assert stage.bring({server: SETTINGS})[server].outcome in (ConfigOutcome.APPLIED, ConfigOutcome.UNCHANGED)
    assert SETTINGS.items() <= stage.held(server).items()
    assert not made or template.version(template.default).get("KeyName") == edit.get("KeyName")


@pytest.mark.parametrize("operation", MOMENTS)
@pytest.mark.parametrize("quirk", ["refused", "ignored"])
def test_what_drs_must_be_told_twice_counts_twice(operation: str, quirk: Literal["refused", "ignored"]) -> None:
    settings = replace(CERTAIN, quirks=replace(CERTAIN.quirks, empty_instance_id=quirk))
    stage = Stage(World(seed=1, settings=settings))
    [server] = stage.protect()
    into = {"launchIntoInstanceProperties": {"launchIntoEc2InstanceId": "i-00000000000000001"}}
    stage.bring({server: into})
    before = stage.writes().total()
    made = edit_before(stage, server, operation, KeyName="by-hand")
    wanted = {"launchIntoInstanceProperties": None, "copyTags": True, "subnetId": "subnet-0000000a"}

    brought = stage.bring({server: wanted})[server]

    template, gives_back = stage.template(server), operation == "make_default" and quirk == "ignored"
    assert made
    assert stage.writes().total() - before <= 4 + gives_back
    assert template.version(template.default)["KeyName"] == "by-hand"
    assert "launchIntoInstanceProperties" not in stage.held(server) or not any(
        stage.held(server)["launchIntoInstanceProperties"].values()
    )
    assert brought.outcome is ConfigOutcome.APPLIED or brought.code == EXTERNAL_EDIT


def test_an_edit_while_there_was_no_time_to_look_for_one_is_not_written_over(stage: Stage) -> None:
    [server] = stage.protect()
    wanted = {"subnetId": "subnet-0000000a"}
    slow = DrsServiceError("slow", drsCode="RequestLimitExceeded", httpStatus=503, retryAfterSeconds=8)

    def before(called: str) -> None:
        if called == "numbers":
            stage.edit(server, KeyName="by-hand")
            raise slow

    stage.world.cloud.templates.before = before
    brought = stage.bring({server: wanted}, until=stage.world.clock.now() + stage.world.clock.wall(5))
    stage.world.cloud.templates.before = lambda _: None

    template = stage.template(server)
    assert brought == {}, "it is left for the next time"
    assert template.version(template.default)["KeyName"] == "by-hand"
    assert stage.bring({server: wanted})[server].outcome is ConfigOutcome.APPLIED
    assert template.version(template.default)["KeyName"] == "by-hand"


def test_a_version_that_somebody_makes_after_ours_is_the_default_is_none_of_our_business(stage: Stage) -> None:
    [server] = stage.protect()

    def before(called: str) -> None:
        if called == "default_versions" and stage.writes()["make_default"]:
            template = stage.template(server)
            template.add({"KeyName": "a-draft"}, source=template.default)

    stage.world.cloud.templates.before = before

    brought = stage.bring({server: {"subnetId": "subnet-0000000a"}})[server]

    template = stage.template(server)
    assert (brought.outcome, template.default, template.latest) == (ConfigOutcome.APPLIED, 2, 3)


@pytest.mark.parametrize("operation", MOMENTS)
def test_what_somebody_changes_in_drs_meanwhile_stays(stage: Stage, operation: str) -> None:
    [server] = stage.protect()
    changed: list[str] = []

    def before(called: str) -> None:
        if called == operation and not changed:
            changed.append(called)
            stage.world.cloud.launch_configurations.update(TARGET, server, {"launchDisposition": "STOPPED"})

    stage.world.cloud.templates.before = before
    wanted = {server: {"copyTags": True, "subnetId": "subnet-0000000a"}}

    brought = stage.bring(wanted)[server]
    again = stage.bring(wanted)[server]

    assert brought.code in ("", EXTERNAL_EDIT), "DRS makes a version of its own for it, right before ours"
    assert again.outcome in (ConfigOutcome.APPLIED, ConfigOutcome.UNCHANGED)
    held = stage.held(server)
    assert (held["launchDisposition"], held["copyTags"], held["subnetId"]) == ("STOPPED", True, "subnet-0000000a")


def test_an_edit_of_the_default_alone_is_noticed(stage: Stage) -> None:
    [server] = stage.protect()
    stage.edit(server, KeyName="newer")
    moved: list[str] = []

    def move(called: str) -> None:
        if called == "numbers" and not moved:
            moved.append(called)
            stage.template(server).make_default(1)

    stage.world.cloud.templates.before = move

    brought = stage.bring({server: {"subnetId": "subnet-0000000a"}})[server]

    template = stage.template(server)
    assert brought.outcome is ConfigOutcome.APPLIED
    assert "KeyName" not in template.version(template.default), "made over the default that the other chose"


@pytest.mark.parametrize("moment", ["after the move of another", "while it waits for its own"])
def test_an_older_version_that_is_made_the_default_before_ours_is_asked_for_is_kept(stage: Stage, moment: str) -> None:
    """EC2 tells nothing of it afterwards: the newest version is the same."""
    servers = stage.protect(3)
    stage.bring({server: {"subnetId": "subnet-0000000a"} for server in servers})
    template = stage.template(servers[-1])
    ours, theirs = template.default, stage.edit(servers[-1], KeyName="by-hand")
    template.make_default(ours)
    slow = DrsServiceError("slow", drsCode="RequestLimitExceeded", httpStatus=503, retryAfterSeconds=8)
    moves: list[int] = []

    def before(called: str) -> None:
        if called != "make_default":
            return
        moves.append(len(moves))
        if len(moves) == (2 if moment == "after the move of another" else 3):
            template.make_default(theirs)
            if moment != "after the move of another":
                raise slow

    stage.world.cloud.templates.before = before
    brought = stage.bring({server: {"subnetId": "subnet-0000000b"} for server in servers})

    assert {one.outcome for one in brought.values()} == {ConfigOutcome.APPLIED}
    assert {stage.held(server)["subnetId"] for server in servers} == {"subnet-0000000b"}
    assert template.version(template.default)["KeyName"] == "by-hand", "ours is made over what the other chose"


# -- versions that were made for nothing ------------------------------------------------------------------------------

DENIED: Final = DrsServiceError("ModifyLaunchTemplate denied", drsCode="UnauthorizedOperation", httpStatus=403)


def deny(called: str) -> None:
    """The role may make versions, and not make them the default."""
    if called == "make_default":
        raise DENIED


def test_a_version_that_could_not_become_the_default_is_used_again(stage: Stage) -> None:
    [server] = stage.protect()
    stage.world.cloud.templates.before = deny
    outcomes = [stage.bring({server: SETTINGS})[server] for _ in range(20)]
    template = stage.template(server)
    made = template.latest

    stage.world.cloud.templates.before = lambda _: None
    brought = stage.bring({server: SETTINGS})[server]

    assert {one.code for one in outcomes} == {"UnauthorizedOperation"}
    assert stage.writes()["add_version"] == 1
    assert (brought.outcome, template.default, template.latest) == (ConfigOutcome.APPLIED, made, made)
    assert SETTINGS.items() <= stage.held(server).items()


@pytest.mark.parametrize("theirs", ["a default", "a draft", "another goal"])
def test_a_version_that_was_made_for_something_else_is_not_used_again(stage: Stage, theirs: str) -> None:
    [server] = stage.protect()
    wanted = {"subnetId": "subnet-0000000a"}
    stage.world.cloud.templates.before = deny
    stage.bring({server: wanted})
    stage.world.cloud.templates.before = lambda _: None
    template = stage.template(server)
    match theirs:
        case "a default":
            template.versions.insert(1, {**template.version(1), "KeyName": "by-hand"})
            template.make_default(2)
        case "a draft":
            template.add({"KeyName": "a-draft"}, source=2)
        case "another goal":
            wanted = {"subnetId": "subnet-0000000b"}
    latest = template.latest

    brought = stage.bring({server: wanted})[server]

    held = template.version(template.default)
    assert (brought.outcome, template.default) == (ConfigOutcome.APPLIED, latest + 1)
    assert wanted.items() <= stage.held(server).items()
    assert held.get("KeyName") == ("by-hand" if theirs == "a default" else None)


def test_who_edits_again_and_again_has_the_server_given_up_with_the_reason(stage: Stage) -> None:
    [server] = stage.protect()
    edit_before(stage, server, "add_version", times=9, KeyName="by-hand")

    brought = stage.bring({server: {"subnetId": "subnet-0000000a"}})[server]

    assert (brought.outcome, brought.code) == (ConfigOutcome.FAILED, EXTERNAL_EDIT)
    assert "somebody else" in brought.reason
    assert "subnetId" not in stage.held(server)
