"""Two staging accounts of one target, from their registration to a drill of the servers that they replicate."""

from typing import Any, Final

import pytest

from shared.models.targets import Target
from tests.e2e.accounts import DATABASE, STAGING_ACCOUNTS
from tests.e2e.hub import Hub, Part, Wave
from tests.e2e.terminal import Terminal
from tests.e2e.waiting import eventually
from tests.unit.docs.markdown import Document

GUIDE: Final = Document("docs/guides/STAGING_ACCOUNTS.md").blocks_run_by("tests/e2e/test_extended_servers.py")


def discovered(hub: Hub) -> dict[str, Any]:
    """What the target account's staging accounts are now."""
    return hub.ask("discover_staging_accounts", accountId=DATABASE.account_id, regions=[DATABASE.region])


def replicated(hub: Hub) -> dict[str, str]:
    """Servers that each staging account replicates, with keys that are shared, by their names."""
    found: dict[str, str] = {}
    for account_id in STAGING_ACCOUNTS:
        key = f"arn:aws:kms:{DATABASE.region}:{account_id}:key/shared"
        encryption = {"ebsEncryption": "CUSTOM", "keyArn": key, "sharedWith": [DATABASE.account_id]}
        names = [f"extended-{account_id}-{number}" for number in range(2)]
        home = Target(account_id=account_id, region=DATABASE.region)
        found |= dict(zip(names, hub.drs.protect(home, *names, encryption=encryption), strict=True))
    return found


@pytest.mark.requirement("PRD-19")
def test_servers_of_two_staging_accounts_are_extended_and_recovered_with_both_their_jobs(
    hub: Hub, terminal: Terminal
) -> None:
    """By the commands of the guide."""
    register, synchronise = GUIDE
    originals = replicated(hub)
    for account_id, external_id in STAGING_ACCOUNTS.items():
        known = {"accountId": account_id, "externalId": external_id}
        checked = hub.ask("validate_staging_account", **known, regions=[DATABASE.region])
        assert checked["valid"], checked
        terminal.paste(register.replace("777788889999", account_id).replace("a-secret-of-this-account", external_id))

    terminal.paste(synchronise)
    begun = terminal.answer()
    done = eventually(
        lambda: sync if (sync := discovered(hub)["lastSync"])["status"] == "DONE" else None,
        f"sync {begun['syncId']} should end",
    )

    assert (done["syncId"], done["extendedCount"], done["failedCount"]) == (begun["syncId"], len(originals), 0), done
    extended = {
        server["sourceServerId"]: server["extendedServerId"] for place in done["places"] for server in place["servers"]
    }
    assert set(extended) == set(originals.values())
    eventually(
        lambda: (
            all(
                server["replicationState"] == "CONTINUOUS"
                for server in hub.every(
                    "get_drs_source_servers",
                    accountId=DATABASE.account_id,
                    region=DATABASE.region,
                    sourceServerIds=list(extended.values()),
                )
            )
            or None
        ),
        "the target account should see how they replicate",
    )

    execution_id = hub.start(Wave([Part(DATABASE, list(extended.values()))]))
    hub.until(execution_id, lambda seen: bool(seen["waves"][0]["stagingJobs"]), "the wave should show staging jobs")
    ended = hub.ended(execution_id)

    assert ended["status"] == "COMPLETED", ended["statusReason"]
    jobs = ended["waves"][0]["stagingJobs"]
    assert [(job["accountId"], job["status"]) for job in jobs] == [(each, "COMPLETED") for each in STAGING_ACCOUNTS]
    [log] = hub.every("get_job_logs", executionId=execution_id)
    assert log["accountId"] == DATABASE.account_id
    for each in log["stagingJobs"]:
        assert any("extended-" in line["message"] for line in each["lines"]), each
