"""What is judged of a request beside what its model refuses: all that is sure, and nothing else."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data_management.judging_groups import GROUPS_REST_ON, group_stand_ins
from data_management.judging_plans import PLANS_REST_ON, plan_stand_ins
from data_management.requests import NewProtectionGroup, NewRecoveryPlan
from shared.group_rules import check_group
from shared.models.base import Model, read_strictly
from shared.models.violation import Violation, violations_of
from shared.plan_rules import check_plan_rules
from shared.well_formed import WHATEVER, well_formed

Fields = dict[str, Any]
Judged = tuple[list[Violation], list[Violation]]
"""What the model refuses, and what the rules say beside it."""

HUB = "111111111111"
REGIONS = ("us-east-1",)
OF_WHAT_IS_REFUSED = {code for code, places in (*GROUPS_REST_ON.items(), *PLANS_REST_ON.items()) if WHATEVER in places}
"""Of a field that the model refuses these hold whatever it will be."""


def refused_by(model: type[Model], fields: Fields) -> list[Violation]:
    try:
        read_strictly(model, fields)
    except ValidationError as error:
        return list(violations_of(error, fields))
    return []


def plan_judged(fields: Fields) -> Judged:
    well = well_formed(partial(read_strictly, NewRecoveryPlan), fields, plan_stand_ins(fields))
    assert well is not None
    broken = check_plan_rules(well.read.fields())
    return [*refused_by(NewRecoveryPlan, fields), *well.refused], list(well.certain(broken, PLANS_REST_ON))


def group_judged(fields: Fields) -> Judged:
    well = well_formed(partial(read_strictly, NewProtectionGroup), fields, group_stand_ins(REGIONS))
    assert well is not None
    group = well.read
    broken = check_group(group.fields(HUB), drs_regions=REGIONS)
    return [*refused_by(NewProtectionGroup, fields), *well.refused], list(well.certain(broken, GROUPS_REST_ON))


def told(judged: Judged) -> dict[str, str]:
    return {each.field: each.code for part in judged for each in part}


def wave(number: Any, *groups: Any, **more: Any) -> Fields:
    return {"waveNumber": number, "waveName": f"wave {number}", "protectionGroupIds": list(groups), **more}


def server(number: int) -> str:
    return f"s-{number:017x}"


@pytest.mark.parametrize(
    ("waves", "wrong"),
    [
        pytest.param(
            [wave(0, "a", deadlineMinutes="soon"), wave(1, "b", dependsOnWaves=[7]), wave(2)],
            {
                "waves[0].deadlineMinutes": "WRONG_TYPE",
                "waves[1].dependsOnWaves[0]": "UNKNOWN_WAVE",
                "waves[2].protectionGroupIds": "WAVE_WITHOUT_GROUPS",
            },
            id="a field of one wave",
        ),
        pytest.param(
            [5, wave(1, "b"), wave(1, "b")],
            {
                "waves[0]": "WRONG_TYPE",
                "waves[2].waveNumber": "DUPLICATE_WAVE_NUMBER",
                "waves[2].protectionGroupIds[0]": "GROUP_IN_TWO_WAVES",
            },
            id="a wave that is none",
        ),
        pytest.param(
            [{"waveNumber": 0, "protectionGroupIds": ["a", "a"]}, wave(1, "a", dependsOnWaves=[0, 1])],
            {
                "waves[0].waveName": "REQUIRED",
                "waves[0].protectionGroupIds[1]": "DUPLICATE_GROUP",
                "waves[1].protectionGroupIds[0]": "GROUP_IN_TWO_WAVES",
                "waves[1].dependsOnWaves[1]": "SELF_DEPENDENCY",
            },
            id="a wave without a name",
        ),
        pytest.param(
            [{"waveName": "x", "dependsOnWaves": [3]}, wave(9999, "a", dependsOnWaves=[9998])],
            {"waves[0].waveNumber": "REQUIRED", "waves[0].protectionGroupIds": "WAVE_WITHOUT_GROUPS"},
            id="a wave without a number may be the one that is waited for",
        ),
        pytest.param(
            [wave(0, 5, {}, "a", "a"), wave(1, None), wave(2, dependsOnWaves=["0", 2])],
            {
                "waves[0].protectionGroupIds[0]": "WRONG_TYPE",
                "waves[0].protectionGroupIds[1]": "WRONG_TYPE",
                "waves[0].protectionGroupIds[3]": "DUPLICATE_GROUP",
                "waves[1].protectionGroupIds[0]": "WRONG_TYPE",
                "waves[2].protectionGroupIds": "WAVE_WITHOUT_GROUPS",
                "waves[2].dependsOnWaves[0]": "WRONG_TYPE",
                "waves[2].dependsOnWaves[1]": "SELF_DEPENDENCY",
            },
            id="elements of lists in lists",
        ),
        pytest.param(
            [
                wave(0, "a", healthChecks=[{"alarmName": 5}, {"alarmName": "x"}, {"alarmName": "x"}]),
                wave(1, "b", healthChecks=[{"alarmName": "x"}, {"alarmName": "x", "accountId": "1"}]),
            ],
            {
                "waves[0].healthChecks[0].alarmName": "WRONG_TYPE",
                "waves[0].healthChecks[2]": "DUPLICATE_ALARM",
                "waves[1].healthChecks[1].accountId": "WRONG_FORMAT",
            },
            id="what is refused of an alarm may make it differ from another",
        ),
        pytest.param(
            [{}, []],
            {
                "waves[0].waveNumber": "REQUIRED",
                "waves[0].waveName": "REQUIRED",
                "waves[0].protectionGroupIds": "WAVE_WITHOUT_GROUPS",
                "waves[1]": "WRONG_TYPE",
            },
            id="an empty wave",
        ),
    ],
)
def test_of_a_plan_every_wave_is_judged_whatever_is_wrong_with_the_others(
    waves: Sequence[Any], wrong: Mapping[str, str]
) -> None:
    judged = plan_judged({"planName": "plan", "notificationEmail": "nobody", "waves": waves})

    assert told(judged) == {"notificationEmail": "WRONG_FORMAT", **wrong}


def test_of_too_many_waves_those_are_judged_that_may_be() -> None:
    waves = [
        wave(0, "a", dependsOnWaves=[9999, 0]),
        {**wave(1, "a"), "waveName": 5},
        {"waveNumber": 2, "protectionGroupIds": ["b"]},
        *[wave(number, f"g{number}") for number in range(3, 600)],
    ]

    assert told(plan_judged({"planName": "plan", "waves": [*waves, 5]})) == {
        "waves": "OUT_OF_RANGE",
        "waves[0].dependsOnWaves[1]": "SELF_DEPENDENCY",
        "waves[1].waveName": "WRONG_TYPE",
        "waves[1].protectionGroupIds[0]": "GROUP_IN_TWO_WAVES",
        "waves[2].waveName": "REQUIRED",
    }


def test_a_reason_names_the_other_wave_by_its_position_in_the_request() -> None:
    _, broken = plan_judged({"planName": "plan", "waves": [5, 6, wave(1, "a"), "x", wave(2, "a")]})

    assert broken == [
        Violation("waves[4].protectionGroupIds[0]", "group a is also in waves[2]", "GROUP_IN_TWO_WAVES"),
    ]


def test_a_text_of_the_request_that_looks_like_a_path_is_told_as_it_is() -> None:
    _, broken = plan_judged(
        {
            "planName": "plan",
            "waves": [5, wave(1, "waves[0]", "waves[0]"), wave(2, "in waves[0].x", "waves[0]", after="x")],
        }
    )

    assert broken == [
        Violation("waves[1].protectionGroupIds[1]", "group waves[0] is listed twice", "DUPLICATE_GROUP"),
        Violation("waves[2].protectionGroupIds[1]", "group waves[0] is also in waves[1]", "GROUP_IN_TWO_WAVES"),
    ]


def test_a_text_of_the_request_that_reads_like_our_reasons_is_told_as_it_is() -> None:
    name = "x is also in waves[0]"

    _, broken = plan_judged(
        {"planName": "plan", "waves": [5, wave(1, name, name), wave(2, "waves[0]", name), wave(3, "waves[0]")]}
    )

    assert broken == [
        Violation("waves[1].protectionGroupIds[1]", f"group {name} is listed twice", "DUPLICATE_GROUP"),
        Violation("waves[2].protectionGroupIds[1]", f"group {name} is also in waves[1]", "GROUP_IN_TWO_WAVES"),
        Violation("waves[3].protectionGroupIds[0]", "group waves[0] is also in waves[2]", "GROUP_IN_TWO_WAVES"),
    ]


def test_a_reason_of_an_override_names_the_other_by_its_position_in_the_request() -> None:
    servers = [{"sourceServerId": server(each), "launchTemplate": {"staticPrivateIp": "10.0.0.9"}} for each in (1, 2)]

    _, broken = group_judged({"groupName": "group", "region": "us-east-1", "servers": [5, *servers]})

    assert [each.reason for each in broken if each.code == "DUPLICATE_IP"] == [
        "10.0.0.9 is also the address of servers[1]"
    ]


def test_no_address_is_told_to_be_that_which_stands_for_a_refused_one() -> None:
    addresses = ["10.0.0", "0.0.0.0", "10.0.0.300"]
    servers = [{"sourceServerId": server(1), "launchTemplate": {"staticPrivateIp": each}} for each in addresses]

    refused, broken = group_judged({"groupName": "group", "region": "us-east-1", "servers": servers})

    assert [each.code for each in refused] == ["INVALID_IP_FORMAT"] * 2
    assert "DUPLICATE_IP" not in {each.code for each in broken}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        pytest.param(
            {"sourceServerIds": ["s-1", server(1), server(1), 5], "servers": [{"sourceServerId": server(2)}]},
            {
                "sourceServerIds[0]": "WRONG_FORMAT",
                "sourceServerIds[2]": "DUPLICATE_SERVER",
                "sourceServerIds[3]": "WRONG_TYPE",
            },
            id="a server that is none may be the one of an override",
        ),
        pytest.param(
            {"sourceServerIds": ["s-1"], "serverSelectionTags": {"": "x", "a": 5}},
            {
                "sourceServerIds[0]": "WRONG_FORMAT",
                "serverSelectionTags.a": "WRONG_TYPE",
                "serverSelectionTags.": "OUT_OF_RANGE",
            },
            id="of a list that has nothing left nothing is told",
        ),
        pytest.param(
            {
                "sourceServerIds": [server(1)],
                "serverSelectionTags": {"a": "b"},
                "servers": [
                    {"sourceServerId": "s-1", "launchTemplate": {"staticPrivateIp": "8.8.8.8", "subnetId": "here"}},
                    {"sourceServerId": server(1), "launchTemplate": {"staticPrivateIp": "10.0.0.1"}, "colour": "red"},
                ],
            },
            {
                "sourceServerIds": "EXACTLY_ONE_SELECTION",
                "serverSelectionTags": "EXACTLY_ONE_SELECTION",
                "servers[0].sourceServerId": "WRONG_FORMAT",
                "servers[0].launchTemplate.subnetId": "WRONG_FORMAT",
                "servers[0].launchTemplate.staticPrivateIp": "IP_NOT_PRIVATE",
                "servers[1].colour": "UNKNOWN_FIELD",
                "servers[1].launchTemplate.staticPrivateIp": "MISSING_SUBNET",
            },
            id="overrides",
        ),
    ],
)
def test_of_a_group_every_element_is_judged_whatever_is_wrong_with_the_others(
    fields: Fields, wrong: Mapping[str, str]
) -> None:
    judged = group_judged({"groupName": "group", "region": "mars-north-1", **fields})

    assert told(judged) == {"region": "UNKNOWN_REGION", **wrong}


BY_NUMBER = ("CYCLE", "SELF_DEPENDENCY", "UNKNOWN_WAVE")
"""What is not told of waves whose number two have."""

NUMBERS = st.integers(0, 4)
SERVERS = st.lists(NUMBERS.map(server), max_size=4)
WAVES = st.fixed_dictionaries(
    {"waveNumber": NUMBERS, "waveName": st.just("name")},
    optional={
        "protectionGroupIds": st.lists(st.sampled_from("abcd"), max_size=3),
        "dependsOnWaves": st.lists(NUMBERS, max_size=3),
        "optionalServerIds": SERVERS,
        "description": st.sampled_from(["", "fine", "\x01"]),
        "healthChecks": st.lists(
            st.fixed_dictionaries(
                {"alarmName": st.sampled_from("xy")},
                optional={"accountId": st.just(HUB), "region": st.just("us-east-1")},
            ),
            max_size=3,
        ),
    },
)
PLANS = st.fixed_dictionaries(
    {"planName": st.just("plan"), "waves": st.lists(WAVES, min_size=1, max_size=5)},
    optional={"notificationEmail": st.sampled_from(["nobody", "a@b.org"])},
)
TEMPLATES = st.fixed_dictionaries(
    {},
    optional={
        "staticPrivateIp": st.sampled_from(["10.0.0.1", "10.0.0.2", "8.8.8.8"]),
        "subnetId": st.just("subnet-0123456789abcdef0"),
        "instanceType": st.just("m5.large"),
    },
)
GROUPS = st.fixed_dictionaries(
    {"groupName": st.just("group"), "region": st.sampled_from(["us-east-1", "eu-west-1"])},
    optional={
        "sourceServerIds": SERVERS,
        "serverSelectionTags": st.dictionaries(st.sampled_from(["", "a", "b"]), st.sampled_from(["", "v"]), max_size=2),
        "launchConfig": TEMPLATES.map(lambda each: {k: v for k, v in each.items() if k != "staticPrivateIp"}),
        "servers": st.lists(
            st.fixed_dictionaries({"sourceServerId": NUMBERS.map(server)}, optional={"launchTemplate": TEMPLATES}),
            max_size=4,
        ),
    },
)


def places_in(value: Any) -> list[tuple[Any, ...]]:
    """Every place in a JSON value but the whole."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for step, each in steps for place in ((step,), *((step, *below) for below in places_in(each)))]


def spoiled(fields: Fields, place: tuple[Any, ...]) -> Fields:
    """The same request with something there that no model takes."""
    copy: Fields = json.loads(json.dumps(fields))
    around: Any = copy
    for step in place[:-1]:
        around = around[step]
    around[place[-1]] = False
    return copy


@pytest.mark.parametrize(("requests", "judge"), [(PLANS, plan_judged), (GROUPS, group_judged)], ids=["plans", "groups"])
@given(data=st.data())
def test_what_is_told_stays_true_when_what_was_refused_is_mended(
    data: st.DataObject, requests: st.SearchStrategy[Fields], judge: Callable[[Fields], Judged]
) -> None:
    mended = data.draw(requests)
    sent = mended
    for _ in range(data.draw(st.integers(1, 3))):
        places = places_in(sent)
        if places:
            sent = spoiled(sent, data.draw(st.sampled_from(places)))

    refused, broken = judge(sent)
    _, whole = judge(mended)

    assert refused
    doubled = any(each.code == "DUPLICATE_WAVE_NUMBER" for each in whole)
    told = [each for each in broken if not (doubled and each.code in BY_NUMBER)]
    # by its field: of two rules that it breaks the one may hide the other
    assert {each.field for each in told} <= {each.field for each in whole}
    apart = {each.field for each in broken if each.code not in OF_WHAT_IS_REFUSED} - {""}
    assert not {each.field for each in refused} & apart


UNKNOWN = (
    *("colour", "waves[0]", "waves[*]", "waves[*].waveNumber", "waves[0].protectionGroupIds"),
    *("servers[0]", "sourceServerIds[*]", "launchConfig.subnetId", "servers[0].launchTemplate.subnetId"),
)
"""Names of fields that are none, some of which look like the path of one."""


@pytest.mark.parametrize(("requests", "judge"), [(PLANS, plan_judged), (GROUPS, group_judged)], ids=["plans", "groups"])
@given(data=st.data())
def test_an_unknown_field_anywhere_hides_nothing(
    data: st.DataObject, requests: st.SearchStrategy[Fields], judge: Callable[[Fields], Judged]
) -> None:
    whole = data.draw(requests)
    sent: Fields = json.loads(json.dumps(whole))
    servers = sent.get("servers", [])
    templates = [each["launchTemplate"] for each in servers if "launchTemplate" in each]
    configs = [sent["launchConfig"]] if "launchConfig" in sent else []
    objects = [sent, *sent.get("waves", []), *servers, *templates, *configs]
    data.draw(st.sampled_from(objects))[data.draw(st.sampled_from(UNKNOWN))] = "red"

    refused, broken = judge(sent)

    assert [each.code for each in refused] == ["UNKNOWN_FIELD"]
    assert broken == judge(whole)[1]
