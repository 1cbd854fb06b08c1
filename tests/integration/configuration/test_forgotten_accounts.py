"""What is known of an account beside its row goes when the account is forgotten."""

from local.drs_simulator.estate import SourceServerSpec
from tests.integration.configuration.conftest import System
from tests.integration.configuration.staging import TARGET, add, replicate, synced, used_in_one_region
from tests.integration.configuration.tag_syncs import tag_syncs
from tests.support.configuration import HUB, WEB, server_id


def test_nothing_is_left_of_an_account_that_is_forgotten(system: System) -> None:
    syncs = tag_syncs(used_in_one_region(system))
    add(system)
    replicate(system, 2)
    synced(system)
    syncs.protect(1, {"Tier": "db"})
    syncs.protect(2, {"Tier": "web"}, target=WEB)
    syncs.run()
    system.ask("get_source_server_inventory", fresh=True)
    rows = system.tables["accounts"]
    assert len([row for row in rows.scan() if TARGET in row["accountId"]]) > 5

    version = system.accounts.get(TARGET).version
    assert system.call("delete_target_account", accountId=TARGET, version=version) == {}

    assert [row["accountId"] for row in rows.scan() if TARGET in row["accountId"]] == []
    others = {row["accountId"].split("#")[0] for row in rows.scan() if WEB.account_id in row["accountId"]}
    assert others >= {WEB.account_id, "tags", "tagged", "tag-sync"}, "what is known of others stays"


def test_what_is_known_of_the_hub_stays_when_its_row_goes(system: System) -> None:
    system.simulator.add_source_server(HUB, "us-east-1", SourceServerSpec(hostname="h", source_server_id=server_id(9)))
    added = system.call("add_target_account", accountId=HUB, accountName="Hub")
    assert "error" not in added, added
    system.ask("get_source_server_inventory", fresh=True)
    before = [row for row in system.tables["accounts"].scan() if row["accountId"] == f"settings#regions#{HUB}"]

    system.call("delete_target_account", accountId=HUB, version=1)

    after = [row for row in system.tables["accounts"].scan() if row["accountId"] == f"settings#regions#{HUB}"]
    assert before == after != []
