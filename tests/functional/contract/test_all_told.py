"""However many fields of a call are wrong, each by itself, one answer names them all and no other."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import pytest

from shared.catalogue import CATALOGUE
from shared.operations import wire_names
from tests.functional.contract.seeded import DATABASES, Seeded, content
from tests.functional.contract.test_hostile import FREE
from tests.support.doors import home_of

OPERATIONS: Final = tuple(CATALOGUE.entries)
UNKNOWN_ACCOUNT: Final = "999988887777"
UNKNOWN_SERVER: Final = "s-" + "9" * 17
NO_REGION: Final = "mars-east-1"
ROLE: Final = f"arn:aws:iam::{UNKNOWN_ACCOUNT}:role/R"
FUTURE: Final = "2099-01-01T00:00:00Z"
LATER: Final = {"startedAfter": "2026-02-01T00:00:00Z", "startedBefore": "2026-01-01T00:00:00Z"}

WRONG: Final[tuple[Any, ...]] = ({"a": {"b": 1}}, -1, "a\x00b", True, "x" * 5000, [[1]])
"""Of which some value is of the wrong form for any field."""


LEFT_OUT: Final = FREE | {("import_configuration", "document")}
"""What takes anything, and what says the same as the fields beside it in another way."""


@dataclass(frozen=True)
class Fault:
    """Fields that make a call wrong, what is told, and on which other fields that rests; None for all but limit."""

    fields: dict[str, Any]
    told: dict[str, str]
    rests_on: frozenset[str] | None = frozenset()

    def stands_beside(self, other: "Fault") -> bool:
        """Whether both are to be told of a call that has both."""
        return not {*self.fields} & {*other.fields} and self._stands(other) and other._stands(self)

    def _stands(self, other: "Fault") -> bool:
        return {*other.fields} == {"limit"} if self.rests_on is None else not self.rests_on & {*other.fields}


def rule(told: dict[str, str], *rests_on: str, **fields: Any) -> Fault:
    """A fault against a rule, not a form."""
    return Fault(fields, told, frozenset(rests_on))


def rules_of(operation: str) -> Iterator[Fault]:
    """What breaks a rule of the operation beyond the forms of its fields."""
    if operation in RULES:
        yield from RULES[operation]
    names = fields_of(operation)
    if {"limit", "nextToken"} <= names:
        other = "list_target_accounts" if operation != "list_target_accounts" else "list_protection_groups"
        yield rule({"nextToken": "INVALID_NEXT_TOKEN"}, nextToken="zz")
        yield Fault({"nextToken": TOKENS[other]}, {"nextToken": "INVALID_NEXT_TOKEN"}, None)
    if {"nextToken", "region"} <= names:
        yield rule({"region": "UNKNOWN_REGION"}, region=NO_REGION)
        yield rule({"accountId": "ACCOUNT_NOT_REGISTERED"}, accountId=UNKNOWN_ACCOUNT)
    if {"executionId", "waveNumber"} <= names:
        yield rule({"waveNumber": "UNKNOWN_WAVE"}, "executionId", waveNumber=99)


RULES: Final[dict[str, tuple[Fault, ...]]] = {
    "create_protection_group": (
        rule({"groupName": "WRONG_FORMAT"}, groupName="a\u200bb"),
        rule({"region": "UNKNOWN_REGION"}, region=NO_REGION),
        rule({"accountId": "ACCOUNT_NOT_REGISTERED"}, accountId=UNKNOWN_ACCOUNT),
    ),
    "update_protection_group": (
        rule({"groupName": "WRONG_FORMAT"}, groupName="a\u200bb"),
        rule({"accountId": "ACCOUNT_NOT_REGISTERED"}, "groupId", accountId=UNKNOWN_ACCOUNT),
    ),
    "get_source_server_inventory": (rule({"tagKey": "REQUIRED"}, tagKey=None, tagValue="v"),),
    "get_drs_quotas": (
        rule({"region": "UNKNOWN_REGION"}, region=NO_REGION),
        rule({"accountId": "ACCOUNT_NOT_REGISTERED"}, accountId=UNKNOWN_ACCOUNT),
    ),
    "get_combined_capacity": (rule({"region": "UNKNOWN_REGION"}, region=NO_REGION),),
    "apply_launch_configs": (
        rule({"sourceServerIds[0]": "SERVER_NOT_IN_GROUP"}, "groupId", sourceServerIds=[UNKNOWN_SERVER]),
    ),
    "update_server_launch_config": (
        rule(
            {"launchTemplate.staticPrivateIp": "IP_NOT_PRIVATE"},
            "groupId",
            "serverId",
            launchTemplate={"staticPrivateIp": "8.8.8.8", "subnetId": "subnet-0000000a"},
        ),
    ),
    "bulk_update_server_configs": (
        rule(
            {"servers[0].sourceServerId": "SERVER_NOT_IN_GROUP"},
            "groupId",
            servers=[{"sourceServerId": UNKNOWN_SERVER}],
        ),
    ),
    "list_drs_jobs": (rule({"toDate": "OUT_OF_RANGE"}, fromDate=LATER["startedAfter"], toDate=LATER["startedBefore"]),),
    "resolve_protection_group_tags": (rule({"serverSelectionTags.": "OUT_OF_RANGE"}, serverSelectionTags={"": "v"}),),
    "get_ec2_security_groups": (rule({"subnetId": "ONE_FILTER"}, "subnetId", vpcId="vpc-0123456789abcdef0"),),
    "list_executions": (rule({"startedBefore": "OUT_OF_RANGE"}, **LATER),),
    "list_recovery_plans": (rule({"namePrefix": "ONE_FILTER"}, "groupId", namePrefix="a"),),
    "preflight_recovery_plan": (rule({"pointInTime": "IN_THE_FUTURE"}, pointInTime=FUTURE),),
    "resume_execution": (
        rule({"scope": "ONE_GATE"}, "waveNumber", scope="all"),
        rule({"gateNumber": "ONE_GATE"}, waveNumber=None, gateNumber=1),
    ),
    "start_execution": (
        rule({"pointInTime": "IN_THE_FUTURE"}, pointInTime=FUTURE),
        rule({"accountId": "NOT_OF_THE_PLAN"}, "planId", accountId=UNKNOWN_ACCOUNT),
        rule({"region": "NOT_OF_THE_PLAN"}, "planId", region="eu-west-1"),
    ),
    "terminate_instances": (rule({"confirm": "CONFIRMATION_MISMATCH"}, "executionId", confirm="x"),),
    "validate_target_account": (rule({"regions[0]": "UNKNOWN_REGION"}, regions=[NO_REGION]),),
    "discover_staging_accounts": (rule({"regions[0]": "UNKNOWN_REGION"}, regions=[NO_REGION]),),
    "validate_staging_account": (
        rule({"regions[0]": "UNKNOWN_REGION"}, regions=[NO_REGION]),
        rule({"roleArn": "ROLE_OF_ANOTHER_ACCOUNT"}, "accountId", roleArn=ROLE),
        rule({"externalId": "REQUIRED"}, "accountId", externalId=None),
    ),
    "add_staging_account": (
        rule({"accountName": "WRONG_FORMAT"}, accountName="a\u200bb"),
        rule({"roleArn": "ROLE_OF_ANOTHER_ACCOUNT"}, "stagingAccountId", roleArn=ROLE),
        rule({"externalId": "REQUIRED"}, "stagingAccountId", externalId=None),
        rule({"stagingAccountId": "SAME_ACCOUNT"}, "accountId", stagingAccountId=DATABASES),
    ),
    "sync_staging_accounts": (
        rule({"regions[0]": "UNKNOWN_REGION"}, regions=[NO_REGION]),
        rule({"stagingAccountIds[0]": "UNKNOWN_STAGING_ACCOUNT"}, "accountId", stagingAccountIds=[UNKNOWN_ACCOUNT]),
    ),
}
TOKENS: Final[dict[str, str]] = {}


def fields_of(operation: str) -> frozenset[str]:
    return wire_names(CATALOGUE.by_name(operation, home_of(operation)).request_model)


@pytest.fixture(scope="module")
def seeded() -> Seeded:
    """Only for calls that are refused, once it has told two page tokens."""
    seeded = Seeded()
    seeded.world.add_account("555566667777")
    # of which nothing runs, so that it may change
    seeded.group = seeded.world.create_group("Files", seeded.servers[1:])
    seeded.member = seeded.servers[1]
    for operation in ("list_target_accounts", "list_protection_groups"):
        TOKENS[operation] = seeded.doors.direct(operation, {"limit": 1}).value["nextToken"]
    return seeded


def told(seeded: Seeded, operation: str, *faults: Fault) -> dict[str, str]:
    """What is told of a call that has all of these."""
    wrong = {name: value for fault in faults for name, value in fault.fields.items()}
    answer = seeded.doors.direct(operation, {**seeded.good(operation), **wrong})
    assert answer.code == "VALIDATION_ERROR", f"{wrong}: {answer.value}"
    return answer.fields


def forms_of(seeded: Seeded, operation: str) -> Iterator[Fault]:
    """A value of a wrong form for each field that can have one."""
    for name in sorted(fields_of(operation)):
        for value in WRONG if (operation, name) not in LEFT_OUT else ():
            answer = seeded.doors.direct(operation, {**seeded.good(operation), name: value})
            if answer.code == "VALIDATION_ERROR":
                yield Fault({name: value}, answer.fields)
                break


@pytest.mark.parametrize("operation", OPERATIONS)
def test_two_faults_of_a_call_are_told_in_one_answer(seeded: Seeded, operation: str) -> None:
    before = content(seeded.world)
    rules = list(rules_of(operation))
    for fault in rules:
        assert told(seeded, operation, fault) == fault.told

    for one, other in combinations((*rules, *forms_of(seeded, operation)), 2):
        if one.stands_beside(other):
            assert told(seeded, operation, one, other) == one.told | other.told, f"{one} and {other}"

    assert content(seeded.world) == before


@pytest.mark.requirement("SRS-I03")
@pytest.mark.parametrize("operation", [one for one in OPERATIONS if fields_of(one)])
def test_a_call_with_every_field_wrong_is_told_of_each(seeded: Seeded, operation: str) -> None:
    faults = list(forms_of(seeded, operation))

    assert faults
    expected = {name: code for fault in faults for name, code in fault.told.items()}
    assert told(seeded, operation, *faults) == expected


def test_a_page_token_is_not_blamed_for_a_filter_that_is_refused_itself(seeded: Seeded) -> None:
    group = {
        **seeded.good("list_protection_groups"),
        "namePrefix": "a\x00b",
        "nextToken": TOKENS["list_protection_groups"],
    }

    answer = seeded.doors.direct("list_protection_groups", group)

    assert answer.fields == {"namePrefix": "WRONG_FORMAT"}


def test_a_gate_that_is_named_twice_is_told_with_the_wave_that_there_is_not(seeded: Seeded) -> None:
    answer = seeded.doors.direct(
        "resume_execution", {"executionId": seeded.execution, "waveNumber": 99, "scope": "all"}
    )

    assert answer.fields == {"scope": "ONE_GATE", "waveNumber": "UNKNOWN_WAVE"}


def test_of_what_is_not_there_its_forms_alone_are_told(seeded: Seeded) -> None:
    answer = seeded.doors.direct("terminate_instances", {"executionId": "exec-none", "confirm": "x", "reason": 5})

    assert answer.fields == {"reason": "WRONG_TYPE"}
