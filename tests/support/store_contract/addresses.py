"""The contract of static addresses: in a subnet an address is that of one group, in whichever account."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Final

import pytest

from shared.errors import ConflictError, ConflictReason, ValidationError
from shared.models.ec2 import SubnetAddress
from shared.models.launch_config import LaunchConfig, ServerLaunchConfig, ServerOverride
from shared.models.protection_group import ProtectionGroup
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.table import Table
from tests.support.store_contract.configuration import GroupFixtures, group
from tests.support.store_contract.samples import server_key

ONE: Final = "subnet-00000001"
TWO: Final = "subnet-00000002"


def addressed(group_id: str, addresses: Mapping[int, str], *, subnet: str = ONE, first: int = 0) -> ProtectionGroup:
    """A group whose n-th server, counted from `first`, has that address in the subnet of the group."""
    plain = group(group_id, group_id, first=first, servers=1 + max(addresses, default=0))
    return plain.model_copy(
        update={
            "launch_config": LaunchConfig(subnet_id=subnet),
            "servers": tuple(
                ServerOverride(
                    source_server_id=server_key(first + number).source_server_id,
                    launch_template=ServerLaunchConfig(static_private_ip=IPv4Address(address)),
                )
                for number, address in addresses.items()
            ),
        }
    )


def refused(error: ValidationError) -> dict[str, str]:
    """The code of each field."""
    return {each["field"]: each["code"] for each in error.details["fields"]}


class AddressesContract(GroupFixtures):
    """Held by rows as names and servers are."""

    def test_the_second_group_is_told_which_of_its_addresses_are_taken_and_by_whom(
        self, groups: ProtectionGroupStore
    ) -> None:
        groups.put_new(addressed("g1", {0: "10.0.0.9", 1: "10.0.0.10"}))

        with pytest.raises(ValidationError, match="g1") as refusal:
            groups.put_new(addressed("g2", {0: "10.0.0.11", 1: "10.0.0.10"}, first=5))

        assert refused(refusal.value) == {"servers[1].launchTemplate.staticPrivateIp": "DUPLICATE_IP"}
        assert groups.get_many(["g2"]) == []
        groups.put_new(addressed("g2", {0: "10.0.0.11", 1: "10.0.0.10"}, first=5, subnet=TWO))

    def test_a_subnet_that_accounts_share_has_each_address_once(self, groups: ProtectionGroupStore) -> None:
        groups.put_new(addressed("g1", {0: "10.0.0.9"}))

        with pytest.raises(ValidationError):
            groups.put_new(addressed("g2", {0: "10.0.0.9"}).model_copy(update={"account_id": "444455556666"}))

    def test_a_server_of_another_is_told_before_an_address(self, groups: ProtectionGroupStore) -> None:
        groups.put_new(addressed("g1", {0: "10.0.0.9"}))

        with pytest.raises(ConflictError) as refusal:
            groups.put_new(addressed("g2", {0: "10.0.0.9"}))

        assert refusal.value.reason is ConflictReason.SERVER_CONFLICT

    def test_an_address_moves_with_the_settings_that_say_it(self, groups: ProtectionGroupStore) -> None:
        groups.put_new(addressed("g1", {0: "10.0.0.9"}))
        groups.put_new(addressed("g2", {0: "10.0.0.10"}, first=5))

        with pytest.raises(ValidationError):
            groups.put(addressed("g2", {0: "10.0.0.9"}, first=5), 1)
        with pytest.raises(ValidationError):
            groups.check_put(addressed("g2", {0: "10.0.0.9"}, first=5), 1)
        groups.put(addressed("g1", {0: "10.0.0.9"}, subnet=TWO), 1)
        groups.put(addressed("g2", {0: "10.0.0.9"}, first=5), 1)

        wanted = [
            SubnetAddress(subnet_id=subnet, address=IPv4Address(address))
            for subnet, address in ((ONE, "10.0.0.9"), (TWO, "10.0.0.9"), (ONE, "10.0.0.10"))
        ]
        owners = groups.address_owners("us-west-2", wanted)
        assert {each.subnet_id: owner.group_id for each, owner in owners.items()} == {ONE: "g2", TWO: "g1"}
        assert groups.address_owners("us-east-1", wanted) == {}

    def test_servers_of_a_group_may_exchange_their_addresses(self, groups: ProtectionGroupStore) -> None:
        groups.put_new(addressed("g1", {0: "10.0.0.9", 1: "10.0.0.10"}))

        assert groups.put(addressed("g1", {0: "10.0.0.10", 1: "10.0.0.9"}), 1).version == 2

    def test_a_large_group_that_meets_a_taken_address_leaves_nothing(
        self, groups: ProtectionGroupStore, table: Table
    ) -> None:
        groups.put_new(addressed("g1", {0: "10.0.0.77"}, first=300))
        before = len(table.scan())

        with pytest.raises(ValidationError) as refusal:
            groups.put_new(addressed("g2", {number: f"10.0.0.{number + 4}" for number in range(120)}))

        assert refused(refusal.value) == {"servers[73].launchTemplate.staticPrivateIp": "DUPLICATE_IP"}
        assert len(table.scan()) == before
