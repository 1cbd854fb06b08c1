"""What is wrong with a static address, however many ways it is wrong."""

from typing import Any, Final

import pytest

from tests.functional.contract.seeded import REGION, Seeded

SUBNET: Final = "subnet-0123456789abcdef0"
SERVERS: Final = ("s-11111111111111111", "s-22222222222222222")
GROUP: Final[dict[str, Any]] = {"groupName": "Web", "region": REGION, "sourceServerIds": list(SERVERS)}


@pytest.fixture(scope="module")
def seeded() -> Seeded:
    """Only for calls that are refused."""
    return Seeded()


def named(seeded: Seeded, operation: str, parameters: dict[str, Any], base: str = "") -> list[tuple[str, str]]:
    answers = [ask(operation, parameters) for ask in (seeded.doors.direct, seeded.doors.api)]
    told = [sorted((each["field"], each["code"]) for each in answer.value["details"]["fields"]) for answer in answers]
    assert told[0] == told[1]
    return [
        (field.removeprefix(f"{base}servers").replace(".launchTemplate.staticPrivateIp", ""), code)
        for field, code in told[0]
    ]


def servers(*templates: Any) -> dict[str, Any]:
    listed = [{"sourceServerId": name, "launchTemplate": each} for name, each in zip(SERVERS, templates, strict=False)]
    return {"servers": listed}


MISSING: Final = "MISSING_SUBNET"


@pytest.mark.requirement("PRD-15")
@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (servers({"staticPrivateIp": "10.0.0.300"}), [("[0]", "INVALID_IP_FORMAT"), ("[0]", MISSING)]),
        (servers({"staticPrivateIp": 5}), [("[0]", MISSING), ("[0]", "WRONG_TYPE")]),
        (servers({"staticPrivateIp": "x", "subnetId": SUBNET}), [("[0]", "INVALID_IP_FORMAT")]),
        (
            servers({"staticPrivateIp": "x", "subnetId": 5}),
            [("[0]", "INVALID_IP_FORMAT"), ("[0].launchTemplate.subnetId", "WRONG_TYPE")],
        ),
        (
            servers({"staticPrivateIp": "x"}) | {"launchConfig": {"subnetId": SUBNET}},
            [("[0]", "INVALID_IP_FORMAT")],
        ),
        (
            servers({"staticPrivateIp": "x"}, {"staticPrivateIp": "0.0.0.0", "subnetId": SUBNET}),
            [("[0]", "INVALID_IP_FORMAT"), ("[0]", MISSING), ("[1]", "IP_NOT_PRIVATE")],
        ),
        (
            servers({"staticPrivateIp": "8.8.8.8"}, {"staticPrivateIp": "8.8.8.8"}),
            [
                ("[0]", "IP_NOT_PRIVATE"),
                ("[0]", MISSING),
                ("[1]", "DUPLICATE_IP"),
                ("[1]", "IP_NOT_PRIVATE"),
                ("[1]", MISSING),
            ],
        ),
    ],
)
def test_every_rule_that_an_address_breaks_is_told(
    seeded: Seeded, group: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    group = {**GROUP, **group}

    assert named(seeded, "create_protection_group", group) == expected
    document = {"schemaVersion": "1.1", "protectionGroups": [group]}
    assert named(seeded, "import_configuration", document, "protectionGroups[0].") == expected
