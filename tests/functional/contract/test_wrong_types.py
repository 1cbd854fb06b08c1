"""A value of another JSON type is told as such, whatever else its field asks of a value of the right one."""

from typing import Any, Final

import pytest

from tests.functional.contract.seeded import REGION, Seeded

GROUP: Final[dict[str, Any]] = {"groupName": "Web", "region": REGION, "sourceServerIds": ["s-11111111111111111"]}


@pytest.fixture(scope="module")
def seeded() -> Seeded:
    """Only for calls that are refused."""
    return Seeded()


def plan(**of_the_wave: Any) -> dict[str, Any]:
    return {"planName": "P", "waves": [{"waveNumber": 0, "waveName": "A", "protectionGroupIds": ["g"], **of_the_wave}]}


def group(**launch: Any) -> dict[str, Any]:
    return {**GROUP, "servers": [{"sourceServerId": "s-11111111111111111", "launchTemplate": launch}]}


START: Final[dict[str, Any]] = {"planId": "p", "executionType": "DRILL"}
CODES: Final[dict[str, Any]] = {"reason": "r", "codes": [5, "X"]}
NO_COUNTS: Final[tuple[Any, ...]] = (1.5, True, [], {})
NO_TEXTS: Final[tuple[Any, ...]] = (5, True, [])
SUBNET: Final = "subnet-0123456789abcdef0"
SUCCESS: Final = "waves[0].minimumSuccess"
ADDRESS: Final = "servers[0].launchTemplate.staticPrivateIp"


@pytest.mark.parametrize(
    ("operation", "parameters", "field", "code"),
    [
        *(("create_recovery_plan", plan(minimumSuccess=value), SUCCESS, "WRONG_TYPE") for value in NO_COUNTS),
        *(("create_recovery_plan", plan(minimumSuccess=value), SUCCESS, "WRONG_FORMAT") for value in (0, "0%", "x")),
        ("create_recovery_plan", plan(failurePolicy=5), "waves[0].failurePolicy", "WRONG_TYPE"),
        ("create_recovery_plan", plan(failurePolicy="X"), "waves[0].failurePolicy", "NOT_ONE_OF"),
        *(
            ("create_protection_group", group(staticPrivateIp=value, subnetId=SUBNET), ADDRESS, "WRONG_TYPE")
            for value in (167772161, True, ["10.0.0.1"])
        ),
        ("create_protection_group", group(staticPrivateIp="10.0.0.300", subnetId=SUBNET), ADDRESS, "INVALID_IP_FORMAT"),
        *(("start_execution", {**START, "pointInTime": value}, "pointInTime", "WRONG_TYPE") for value in NO_TEXTS),
        ("start_execution", {**START, "pointInTime": "now"}, "pointInTime", "WRONG_FORMAT"),
        ("start_execution", {**START, "executionType": True}, "executionType", "WRONG_TYPE"),
        (
            "start_execution",
            {**START, "override": CODES},
            "override.codes[0]",
            "WRONG_TYPE",
        ),
        (
            "start_execution",
            {**START, "override": CODES},
            "override.codes[1]",
            "NOT_ONE_OF",
        ),
    ],
)
def test_a_wrong_type_is_no_wrong_form(
    seeded: Seeded, operation: str, parameters: dict[str, Any], field: str, code: str
) -> None:
    for answer in (seeded.doors.direct(operation, parameters), seeded.doors.api(operation, parameters)):
        assert answer.fields[field] == code


def test_what_is_listed_by_a_number_is_of_the_wrong_type(seeded: Seeded) -> None:
    assert seeded.doors.direct("list_executions", {"status": 5}).fields == {"status": "WRONG_TYPE"}
