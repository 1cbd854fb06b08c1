"""Lists of security groups are held against what a network interface takes."""

from shared.models.launch_config import LaunchConfig, ServerLaunchConfig, ServerOverride
from shared.models.protection_group import ProtectionGroupFields
from shared.security_group_rules import MOST_GROUPS, check_security_groups


def _group(*ids: str, own: tuple[str, ...] | None = None) -> ProtectionGroupFields:
    override = ServerOverride(
        source_server_id="s-00000000000000001", drill_launch_template=ServerLaunchConfig(security_group_ids=own)
    )
    return ProtectionGroupFields(
        group_name="Web",
        account_id="111122223333",
        region="us-west-2",
        launch_config=LaunchConfig(security_group_ids=ids),
        servers=(override,),
    )


def _broken(group: ProtectionGroupFields, stored: ProtectionGroupFields | None = None) -> list[tuple[str, str]]:
    return [(each.field, each.code) for each in check_security_groups(group, stored)]


def test_none_at_all_is_refused_and_null_is_not() -> None:
    assert _broken(_group("sg-0000000a", own=())) == [
        ("servers[0].drillLaunchTemplate.securityGroupIds", "SECURITY_GROUP_COUNT")
    ]
    assert _broken(_group("sg-0000000a", own=None)) == []


def test_each_that_is_listed_before_is_told() -> None:
    assert _broken(_group("sg-0000000a", "sg-0000000b", "sg-0000000a")) == [
        ("launchConfig.securityGroupIds[2]", "DUPLICATE_SECURITY_GROUP")
    ]


def test_a_network_interface_takes_so_many() -> None:
    ids = tuple(f"sg-{number:08x}" for number in range(MOST_GROUPS + 1))
    assert _broken(_group(*ids[:-1])) == []
    assert _broken(_group(*ids)) == [("launchConfig.securityGroupIds", "SECURITY_GROUP_COUNT")]


def test_what_is_stored_passes() -> None:
    stored = _group("sg-0000000a", "sg-0000000a", own=())
    assert _broken(stored, stored) == []
    assert _broken(_group(own=()), stored) == [("launchConfig.securityGroupIds", "SECURITY_GROUP_COUNT")]
