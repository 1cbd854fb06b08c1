"""Staging accounts of a target account: validated, registered, discovered and forgotten, by both doors."""

from collections.abc import Callable
from typing import Any

import pytest

from local.drs_simulator.estate import EncryptionSpec, RegionState
from shared.aws.regions import drs_regions
from shared.errors import CrossAccountError
from shared.models.targets import Target
from tests.integration.configuration.conftest import EXTERNAL_ID, System, codes
from tests.integration.configuration.staging import (
    FIRST,
    KEY,
    REGION,
    SECOND,
    TARGET,
    add,
    extended,
    remove,
    replicate,
    synced,
    used_in_one_region,
)
from tests.support.configuration import DATABASE, HUB, WEB, server_id


@pytest.fixture
def regional(system: System) -> System:
    return used_in_one_region(system)


class TestRegistering:
    """Which accounts are staging accounts of which."""

    @pytest.mark.requirement("SRS-F50")
    def test_a_staging_account_is_registered_and_its_external_id_is_never_answered(self, system: System) -> None:
        added = add(system, accountName="Staging", roleArn=f"arn:aws:iam::{FIRST}:role/Way-in")

        assert added["stagingAccounts"] == [
            {
                "accountId": FIRST,
                "accountName": "Staging",
                "roleArn": f"arn:aws:iam::{FIRST}:role/Way-in",
                "hasExternalId": True,
            }
        ]
        assert added["version"] == 2
        assert system.ask("get_target_account", accountId=TARGET) == added
        stored = system.accounts.get(TARGET).staging_account(FIRST)
        assert stored is not None
        assert stored.external_id == EXTERNAL_ID
        assert EXTERNAL_ID not in str(added)

    def test_by_the_api_it_is_201_and_a_deletion_204(self, system: System) -> None:
        path = {"accountId": TARGET}
        body = {"stagingAccountId": FIRST, "externalId": EXTERNAL_ID}
        created, added = system.by_api(
            1, "POST /accounts/targets/{accountId}/staging-accounts", body=body, pathParameters=path
        )
        deleted, nothing = system.by_api(
            1,
            "DELETE /accounts/targets/{accountId}/staging-accounts/{stagingAccountId}",
            pathParameters={**path, "stagingAccountId": FIRST},
            queryStringParameters={"version": "2"},
        )

        assert (created, added["stagingAccounts"][0]["accountId"]) == (201, FIRST)
        assert (deleted, nothing) == (204, {})
        assert system.ask("get_target_account", accountId=TARGET)["stagingAccounts"] == []
        assert FIRST not in system.content()

    def test_an_account_has_several_and_each_is_of_one_account(self, system: System) -> None:
        add(system)
        add(system, SECOND)

        again = add(system)
        other = add(system, accountId=WEB.account_id)

        for refused in (again, other):
            assert (refused["error"], refused["details"]["reason"]) == ("CONFLICT_ERROR", "NAME_EXISTS")
            assert refused["details"]["targetAccountId"] == TARGET
        assert [one.account_id for one in system.accounts.get(TARGET).staging_accounts] == [FIRST, SECOND]
        assert system.accounts.get(WEB.account_id).staging_accounts == ()

    def test_a_client_token_makes_a_repeated_registration_the_first_one(self, system: System) -> None:
        first = add(system, clientToken="t-1")

        assert add(system, clientToken="t-1") == first
        assert add(system, SECOND, clientToken="t-1")["details"]["reason"] == "IN_USE"

    def test_two_that_register_at_once_both_do(self, system: System) -> None:
        system.tables["accounts"].before_write = lambda: add(system, SECOND)

        assert len(add(system)["stagingAccounts"]) == 2
        assert add(system, "999900001111", version=1)["details"]["reason"] == "VERSION_CONFLICT"

    def test_what_breaks_a_rule_is_named_all_at_once(self, system: System) -> None:
        wrong = add(system, externalId=..., roleArn=f"arn:aws:iam::{SECOND}:role/R", accountName="a\u200bb")

        assert codes(wrong) == {
            "accountName": "WRONG_FORMAT",
            "externalId": "REQUIRED",
            "roleArn": "ROLE_OF_ANOTHER_ACCOUNT",
        }
        assert codes(add(system, TARGET)) == {"stagingAccountId": "SAME_ACCOUNT"}
        assert codes(add(system, roleArn=f"arn:aws-us-gov:iam::{FIRST}:role/R")) == {
            "roleArn": "ROLE_OF_ANOTHER_PARTITION"
        }
        assert codes(add(system, HUB, externalId=..., roleArn=f"arn:aws:iam::{HUB}:role/R")) == {
            "roleArn": "NOT_FOR_THE_HUB"
        }

    def test_of_a_malformed_request_the_other_rules_are_told_too(self, system: System) -> None:
        wrong = add(system, externalId="short", roleArn=f"arn:aws:iam::{SECOND}:role/R")

        assert codes(wrong) == {"externalId": "WRONG_FORMAT", "roleArn": "ROLE_OF_ANOTHER_ACCOUNT"}

    def test_the_hub_may_be_a_staging_account_without_role_and_external_id(self, system: System) -> None:
        assert add(system, HUB, externalId=...)["stagingAccounts"][0]["hasExternalId"] is False

    def test_fifty_are_enough(self, system: System) -> None:
        for number in range(50):
            assert "error" not in add(system, f"9999{number:08}")

        assert codes(add(system)) == {"stagingAccountId": "TOO_MANY"}

    @pytest.mark.parametrize("ask", [add, remove])
    def test_of_an_account_that_nobody_registered_there_are_none(
        self, system: System, ask: Callable[..., dict[str, Any]]
    ) -> None:
        assert ask(system, accountId="999999999999")["error"] == "RESOURCE_NOT_FOUND"

    def test_a_deleted_target_account_sets_its_staging_accounts_free(self, system: System) -> None:
        add(system)
        assert system.call("delete_target_account", accountId=TARGET) == {}

        assert "error" not in add(system, accountId=WEB.account_id)


class TestForgetting:
    """What keeps a staging account."""

    @pytest.mark.requirement("SRS-F51")
    @pytest.mark.parametrize(
        "selection", [{"sourceServerIds": [server_id(1)]}, {"serverSelectionTags": {"tier": "web"}}]
    )
    def test_one_that_replicates_servers_of_a_group_stays_unless_it_is_forced(
        self, system: System, selection: dict[str, Any]
    ) -> None:
        add(system)
        extended(system, 1, tags={"tier": "web"})
        group_id = system.group("Web", **selection)

        refused = remove(system)

        assert (refused["error"], refused["details"]["reason"]) == ("CONFLICT_ERROR", "IN_USE")
        assert refused["details"]["groups"] == [{"groupId": group_id, "groupName": "Web"}]
        assert remove(system, force=True) == {}
        assert system.accounts.get(TARGET).staging_accounts == ()

    def test_servers_of_another_staging_account_or_in_no_group_keep_none(self, system: System) -> None:
        add(system)
        extended(system, 1, SECOND)
        extended(system, 2)
        system.protect(DATABASE, server_id(3))
        system.group("Web", sourceServerIds=[server_id(1), server_id(3)])

        assert remove(system) == {}

    def test_one_of_which_nobody_can_say_stays_unless_it_is_forced(self, system: System) -> None:
        add(system)
        system.group("Web", serverSelectionTags={"tier": "web"})
        system.sts.missing.add(TARGET)

        refused = remove(system)

        assert refused["error"] == "CROSS_ACCOUNT_ERROR"
        assert "say force" in refused["message"]
        assert remove(system, force=True) == {}

    def test_one_that_is_not_there_is_not_found(self, system: System) -> None:
        assert remove(system)["error"] == "RESOURCE_NOT_FOUND"


class TestValidating:
    """Whether the hub gets in, before and after it is registered."""

    def validate(self, system: System, **more: Any) -> dict[str, Any]:
        known = {"accountId": FIRST, "externalId": EXTERNAL_ID, **more}
        return system.ask("validate_staging_account", **{name: each for name, each in known.items() if each is not ...})

    @pytest.mark.requirement("SRS-F49")
    def test_it_is_asked_where_its_target_account_is_used(self, regional: System) -> None:
        regional.simulator.initialize(FIRST, REGION)

        found = self.validate(regional, targetAccountId=TARGET)

        assert found == {
            "accountId": FIRST,
            "valid": True,
            "regions": [{"region": REGION, "usedBy": ["ACCOUNT"], "passed": True, "state": "READY"}],
        }

    @pytest.mark.requirement("SRS-F49")
    def test_one_that_is_registered_needs_nothing_but_its_id(self, regional: System) -> None:
        regional.simulator.initialize(FIRST, REGION)
        add(regional)

        assert self.validate(regional, externalId=...)["valid"]
        assert not self.validate(regional, externalId="another-secret")["valid"]
        assert self.validate(regional, externalId=...)["valid"]

    def test_what_was_only_tried_is_not_believed_afterwards(self, regional: System) -> None:
        regional.simulator.initialize(FIRST, REGION)
        regional.sts.missing.add(FIRST)
        self.validate(regional, regions=[REGION])
        regional.sts.missing.clear()
        assert self.validate(regional, regions=[REGION])["valid"]

        with pytest.raises(CrossAccountError, match="not registered"):
            regional.sessions.session(FIRST, "somebody-else")

        assert FIRST not in regional.content()

    @pytest.mark.requirement("SRS-F49")
    @pytest.mark.parametrize("is_registered", [True, False])
    def test_every_region_is_judged_by_what_was_tried_and_not_by_what_is_stored(
        self, system: System, is_registered: bool
    ) -> None:
        regions = sorted(drs_regions("aws"))[:20]
        if is_registered:
            add(system)
        for region in regions:
            system.simulator.initialize(FIRST, region)

        found = self.validate(system, externalId="another-secret", regions=regions)

        said = {
            (check["passed"], check["state"], check["failedStep"], check["finding"]["reason"])
            for check in found["regions"]
        }
        assert found["valid"] is False
        assert said == {(False, "NOT_ENTERED", "AssumeRole", "ROLE_NOT_ASSUMABLE")}
        assert [check["region"] for check in found["regions"]] == regions
        assert all("could not be assumed" in check["finding"]["message"] for check in found["regions"])

    @pytest.mark.parametrize(
        ("state", "said"),
        [
            ("notInitialized", "NOT_INITIALIZED"),
            ("notEnabled", "NOT_ENABLED"),
            ("denied", "DENIED"),
            ("throttled", "THROTTLED"),
        ],
    )
    def test_what_a_region_says_is_named(self, system: System, state: RegionState, said: str) -> None:
        system.simulator.set_region(FIRST, REGION, state)

        [check] = self.validate(system, regions=[REGION])["regions"]

        assert (check["passed"], check["state"], check["failedStep"]) == (False, said, "DescribeSourceServers")

    def test_a_role_that_is_not_there_is_named(self, system: System) -> None:
        system.sts.missing.add(FIRST)

        found = self.validate(system)

        [check] = found["regions"]
        assert (found["valid"], check["state"], check["failedStep"]) == (False, "NOT_ENTERED", "AssumeRole")
        assert (check["region"], check["usedBy"]) == ("us-east-1", ["HUB"])

    def test_what_breaks_a_rule_is_named(self, system: System) -> None:
        assert codes(self.validate(system, externalId=..., regions=["xx-east-1"])) == {
            "regions[0]": "UNKNOWN_REGION",
            "externalId": "REQUIRED",
        }
        assert self.validate(system, targetAccountId="999999999999")["error"] == "RESOURCE_NOT_FOUND"


class TestDiscovering:
    """Which accounts replicate servers, whoever registered them."""

    def discover(self, system: System, **more: Any) -> dict[str, Any]:
        return system.ask("discover_staging_accounts", accountId=TARGET, **more)

    @pytest.mark.requirement("SRS-F52")
    def test_accounts_are_found_by_the_servers_that_they_replicate(self, regional: System) -> None:
        add(regional, accountName="First")
        extended(regional, 1)
        extended(regional, 2)
        extended(regional, 3, SECOND)
        regional.protect(DATABASE, server_id(4))

        found = self.discover(regional)

        assert found["complete"]
        assert "lastSync" not in found
        assert found["items"] == [
            {
                "accountId": FIRST,
                "accountName": "First",
                "registered": True,
                "regions": [REGION],
                "extendedCount": 2,
                "unusableCount": 0,
                "unusable": [],
            },
            {
                "accountId": SECOND,
                "registered": False,
                "regions": [REGION],
                "extendedCount": 1,
                "unusableCount": 0,
                "unusable": [],
            },
        ]

    def test_one_that_is_registered_and_replicates_nothing_is_told_and_whose_another_is(self, regional: System) -> None:
        add(regional)
        add(regional, SECOND, accountId=WEB.account_id)
        extended(regional, 1, SECOND)

        first, second = self.discover(regional)["items"]

        assert (first["registered"], first["extendedCount"], first["regions"]) == (True, 0, [])
        assert (second["registered"], second["registeredWith"]) == (False, WEB.account_id)

    def test_one_that_is_registered_and_cannot_be_entered_is_told_with_the_reason(self, regional: System) -> None:
        add(regional)
        add(regional, SECOND)
        whole = self.discover(regional)
        regional.sts.missing.add(FIRST)

        found = self.discover(regional)

        assert found["complete"]
        assert [one.get("finding") for one in whole["items"]] == [None, None]
        assert [one["finding"]["reason"] for one in found["items"] if "finding" in one] == ["ROLE_NOT_ASSUMABLE"]
        assert found["items"][0]["finding"]["accountId"] == FIRST

    def test_every_region_in_use_is_asked_and_one_that_does_not_answer_is_told(self, regional: System) -> None:
        extended(regional, 1)
        extended(regional, 2, SECOND, "eu-west-1")
        regional.group("Far", Target(account_id=TARGET, region="eu-west-1"), serverSelectionTags={"tier": "web"})
        whole = self.discover(regional)
        regional.simulator.set_region(TARGET, "eu-west-1", "denied")

        part = self.discover(regional)

        assert [one["accountId"] for one in whole["items"]] == [FIRST, SECOND]
        assert (whole["complete"], part["complete"]) == (True, False)
        assert [one["accountId"] for one in part["items"]] == [FIRST]
        assert [(one["region"], one["state"]) for one in part["regions"]] == [
            ("eu-west-1", "DENIED"),
            (REGION, "READY"),
        ]

    def test_an_extension_that_cannot_be_used_is_told_with_its_reason(self, regional: System) -> None:
        add(regional)
        replicate(regional, 1, encryption=EncryptionSpec(ebs_encryption="CUSTOM", key_arn=KEY))
        synced(regional)

        [found] = self.discover(regional)["items"]

        assert (found["extendedCount"], found["unusableCount"]) == (1, 1)
        assert KEY in found["unusable"][0]["message"]

    def test_by_the_api_regions_are_in_the_query(self, regional: System) -> None:
        status, found = regional.by_api(
            0,
            "GET /accounts/targets/{accountId}/staging-accounts/discover",
            pathParameters={"accountId": TARGET},
            multiValueQueryStringParameters={"regions": [REGION, "eu-west-1"]},
        )

        assert status == 200
        assert [one["region"] for one in found["regions"]] == [REGION, "eu-west-1"]

    def test_of_an_account_that_nobody_registered_nothing_is_found(self, system: System) -> None:
        assert system.ask("discover_staging_accounts", accountId=FIRST)["error"] == "RESOURCE_NOT_FOUND"
