"""Whether the hub gets into a target account now, and whether DRS answers where it is used."""

from __future__ import annotations

import pytest

from local.drs_simulator.estate import RegionState
from shared.models.targets import Target
from tests.integration.configuration.conftest import EXTERNAL_ID, System, codes
from tests.integration.configuration.test_target_accounts import NEW, fields, spoil
from tests.support.configuration import HUB, WEB, server_id


class TestValidation:
    """Whether the hub gets in now, and DRS answers."""

    @pytest.mark.requirement("SRS-F47")
    def test_a_role_that_opens_and_a_drs_that_answers_are_valid(self, system: System) -> None:
        system.simulator.initialize(WEB.account_id, "us-west-2")
        system.simulator.initialize(WEB.account_id, "eu-west-1")

        found = system.ask("validate_target_account", accountId=WEB.account_id, regions=["us-west-2", "eu-west-1"])

        assert found == {
            "accountId": WEB.account_id,
            "valid": True,
            "regions": [
                {"region": region, "usedBy": ["REQUEST"], "passed": True, "state": "READY"}
                for region in ("us-west-2", "eu-west-1")
            ],
        }

    def test_a_role_that_was_taken_away_since_is_not_valid_any_more(self, system: System) -> None:
        """The session of the first look would be good for an hour."""
        system.simulator.initialize(WEB.account_id, "us-west-2")
        assert system.ask("validate_target_account", accountId=WEB.account_id, regions=["us-west-2"])["valid"]
        system.sts.missing.add(WEB.account_id)

        found = system.ask("validate_target_account", accountId=WEB.account_id, regions=["us-west-2"])

        [check] = found["regions"]
        assert (found["valid"], check["passed"], check["failedStep"]) == (False, False, "AssumeRole")
        assert check["state"] == "NOT_ENTERED"
        assert check["finding"]["reason"] == "ROLE_NOT_ASSUMABLE"
        assert check["finding"]["details"]["awsCode"] == "AccessDenied"
        assert EXTERNAL_ID not in str(found)

    def test_an_external_id_that_was_corrected_counts_at_once(self, system: System) -> None:
        system.simulator.initialize(NEW, "us-west-2")
        system.call("add_target_account", **fields(externalId="not-what-it-asks-for"))
        before = system.ask("validate_target_account", accountId=NEW)

        system.call("update_target_account", accountId=NEW, version=1, externalId=EXTERNAL_ID)

        assert (before["valid"], before["regions"][0]["failedStep"]) == (False, "AssumeRole")
        assert system.ask("validate_target_account", accountId=NEW)["valid"]

    def test_an_external_id_that_was_spoiled_counts_at_once(self, system: System) -> None:
        system.simulator.initialize(NEW, "us-west-2")
        system.call("add_target_account", **fields(externalId=EXTERNAL_ID))
        assert system.ask("validate_target_account", accountId=NEW)["valid"]

        system.call("update_target_account", accountId=NEW, version=1, externalId="not-what-it-asks-for")

        assert not system.ask("validate_target_account", accountId=NEW)["valid"]

    def test_each_region_is_judged_by_itself(self, system: System) -> None:
        system.simulator.initialize(WEB.account_id, "us-west-2")

        found = system.ask("validate_target_account", accountId=WEB.account_id, regions=["eu-west-1", "us-west-2"])

        refused, passed = found["regions"]
        assert not found["valid"]
        assert (refused["region"], refused["failedStep"]) == ("eu-west-1", "DescribeSourceServers")
        assert refused["finding"]["reason"] == "NOT_INITIALIZED"
        assert refused["state"] == "NOT_INITIALIZED"
        assert passed == {"region": "us-west-2", "usedBy": ["REQUEST"], "passed": True, "state": "READY"}

    def test_without_regions_those_of_the_account_are_asked_else_the_hubs(self, system: System) -> None:
        system.call("add_target_account", **fields(externalId=EXTERNAL_ID, regions=["eu-west-1"]))

        found = [system.ask("validate_target_account", accountId=account_id) for account_id in (NEW, WEB.account_id)]

        assert [[(check["region"], check["usedBy"]) for check in one["regions"]] for one in found] == [
            [("eu-west-1", ["ACCOUNT"])],
            [("us-east-1", ["HUB"])],
        ]

    def test_without_regions_those_of_its_groups_and_alarms_are_asked_too(self, system: System) -> None:
        system.call("add_target_account", **fields(externalId=EXTERNAL_ID, regions=["eu-west-1"]))
        system.protect(Target(account_id=NEW, region="us-west-2"), server_id(1))
        group_id = system.group("Web", Target(account_id=NEW, region="us-west-2"), sourceServerIds=[server_id(1)])
        for region in ("eu-west-1", "ap-south-1"):
            system.simulator.initialize(NEW, region)
        alarm = {"alarmName": "lag", "accountId": NEW, "region": "ap-south-1"}
        wave = {"waveNumber": 0, "waveName": "Web", "protectionGroupIds": [group_id], "healthChecks": [alarm]}
        system.plan(wave)

        found = system.ask("validate_target_account", accountId=NEW)

        assert found["valid"]
        assert [(check["region"], check["usedBy"]) for check in found["regions"]] == [
            ("ap-south-1", ["ALARMS"]),
            ("eu-west-1", ["ACCOUNT"]),
            ("us-west-2", ["GROUPS"]),
        ]

    def test_the_regions_of_the_hubs_own_groups_and_alarms_are_asked(self, system: System) -> None:
        place = Target(account_id=HUB, region="eu-west-1")
        group_id = system.group("Own", place, serverSelectionTags={"tier": "web"})
        alarm = {"alarmName": "lag", "accountId": HUB, "region": "ap-south-1"}
        system.plan(
            {"waveNumber": 0, "waveName": "Own", "protectionGroupIds": [group_id], "healthChecks": [alarm]},
        )

        found = system.ask("validate_target_account", accountId=HUB)

        assert [(check["region"], check["usedBy"]) for check in found["regions"]] == [
            ("ap-south-1", ["ALARMS"]),
            ("eu-west-1", ["GROUPS"]),
        ]

    @pytest.mark.requirement("SRS-F47")
    @pytest.mark.parametrize(
        ("state", "said", "step"),
        [
            ("notInitialized", "NOT_INITIALIZED", "DescribeSourceServers"),
            ("notEnabled", "NOT_ENABLED", "DescribeSourceServers"),
            ("denied", "DENIED", "DescribeSourceServers"),
            ("throttled", "THROTTLED", "DescribeSourceServers"),
        ],
    )
    def test_what_a_region_says_is_named_with_the_step(
        self, system: System, state: RegionState, said: str, step: str
    ) -> None:
        system.simulator.set_region(WEB.account_id, "us-west-2", state)

        [check] = system.ask("validate_target_account", accountId=WEB.account_id, regions=["us-west-2"])["regions"]

        assert (check["passed"], check["state"], check["failedStep"]) == (False, said, step)
        assert check["finding"]["outcome"] in ("FAIL", "UNKNOWN")

    def test_an_inactive_account_can_be_validated_before_it_is_used(self, system: System) -> None:
        system.simulator.initialize(NEW, "us-west-2")
        system.call("add_target_account", **fields(externalId=EXTERNAL_ID, status="inactive"))

        assert system.ask("validate_target_account", accountId=NEW)["valid"]

    def test_the_hub_is_validated_without_a_row_and_without_a_role(self, system: System) -> None:
        system.protect(Target(account_id=HUB, region="us-east-1"), server_id(1))

        assert system.ask("validate_target_account", accountId=HUB)["valid"]

    def test_a_row_that_is_no_account_is_the_first_step_that_fails(self, system: System) -> None:
        spoil(system.tables["accounts"])

        [check] = system.ask("validate_target_account", accountId=NEW)["regions"]

        assert (check["failedStep"], check["finding"]["code"]) == ("FindTargetAccount", "ROLE")

    def test_a_region_that_does_not_exist_is_named(self, system: System) -> None:
        answer = system.ask("validate_target_account", accountId=WEB.account_id, regions=["us-west-2", "xx-east-1"])

        assert codes(answer) == {"regions[1]": "UNKNOWN_REGION"}

    def test_an_account_that_nobody_registered_is_not_found(self, system: System) -> None:
        assert system.ask("validate_target_account", accountId=NEW)["error"] == "RESOURCE_NOT_FOUND"

    def test_it_changes_nothing(self, system: System) -> None:
        before = system.content()

        system.ask("validate_target_account", accountId=WEB.account_id)

        assert (system.content(), system.changing_calls()) == (before, 0)
