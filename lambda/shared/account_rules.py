"""The rules of a target account that need no look at the world."""

from collections.abc import Collection, Iterator, Sequence

from shared.account_utils import validate_target_account
from shared.models.account import MOST_STAGING_ACCOUNTS, AccountStatus, StagingAccount, TargetAccount
from shared.models.targets import Target
from shared.models.violation import Violation
from shared.text_rules import check_name


def check_account(
    account: TargetAccount,
    hub_account_id: str,
    *,
    drs_regions: Collection[str],
    partition: str,
    stored: TargetAccount | None = None,
) -> tuple[Violation, ...]:
    """Every broken rule of the account; what is `stored` of it, its name, role, regions and status,
    passes.

    `partition` is the hub's, and `drs_regions` are the regions of it in which DRS exists.
    """
    return (
        *check_name("accountName", account.account_name, [stored.account_name] if stored else ()),
        *_role(account, hub_account_id),
        *_external_id(account, hub_account_id),
        *(() if stored and stored.status is account.status else _status(account, hub_account_id)),
        *(() if stored and stored.role_arn == account.role_arn else _partition(account, partition)),
        *(() if stored and stored.regions == account.regions else check_regions(account.regions, drs_regions)),
    )


def check_staging_account(
    staging: StagingAccount,
    target: TargetAccount,
    hub_account_id: str,
    *,
    partition: str,
) -> tuple[Violation, ...]:
    """Every broken rule of an account that is to replicate servers for the target account."""
    return (
        *_of_another(staging, target),
        *check_name("accountName", staging.account_name, ()),
        *check_way_in(staging, hub_account_id, partition),
        *_room(target),
    )


def check_way_in(account: TargetAccount | StagingAccount, hub_account_id: str, partition: str) -> tuple[Violation, ...]:
    """Every broken rule of the role and the external id by which the hub is to get into an account."""
    return (
        *_role(account, hub_account_id),
        *_external_id(account, hub_account_id),
        *_partition(account, partition),
    )


def check_regions(regions: Sequence[str], drs_regions: Collection[str]) -> Iterator[Violation]:
    """A violation for each that is no region of DRS, or is listed twice."""
    for position, region in enumerate(regions):
        path = f"regions[{position}]"
        yield from check_region(region, drs_regions, path)
        if region in drs_regions and region in regions[:position]:
            yield Violation(path, f"{region} is listed twice", "DUPLICATE_REGION")


def check_usable(target: Target, account: TargetAccount | None, hub_account_id: str) -> Iterator[Violation]:
    """A violation if the account is neither the hub's own nor a registered, active one."""
    obstacle = validate_target_account(target, account, hub_account_id)
    if obstacle is not None:
        yield Violation("accountId", obstacle.message, str(obstacle.reason))


def check_region(region: str, drs_regions: Collection[str], path: str = "region") -> Iterator[Violation]:
    """A violation if it is no region of DRS."""
    if region not in drs_regions:
        yield Violation(path, f"{region} is not a region of AWS DRS that this system reaches", "UNKNOWN_REGION")


def _of_another(staging: StagingAccount, target: TargetAccount) -> Iterator[Violation]:
    if staging.account_id == target.account_id:
        reason = "an account's own servers need no extension: a staging account is another one"
        yield Violation("stagingAccountId", reason, "SAME_ACCOUNT")


def _room(target: TargetAccount) -> Iterator[Violation]:
    if len(target.staging_accounts) >= MOST_STAGING_ACCOUNTS:
        reason = f"the account {target.account_id} has {MOST_STAGING_ACCOUNTS} staging accounts already"
        yield Violation("stagingAccountId", reason, "TOO_MANY")


def _role(account: TargetAccount | StagingAccount, hub_account_id: str) -> Iterator[Violation]:
    if account.role_arn is None:
        return
    if account.account_id == hub_account_id:
        yield Violation("roleArn", "no role is assumed in the hub's own account", "NOT_FOR_THE_HUB")
    elif account.role_arn.split(":")[4] != account.account_id:
        reason = f"the role is of another account than {account.account_id}"
        yield Violation("roleArn", reason, "ROLE_OF_ANOTHER_ACCOUNT")


def _partition(account: TargetAccount | StagingAccount, partition: str) -> Iterator[Violation]:
    if account.role_arn is not None and account.role_arn.split(":")[1] != partition:
        reason = f"the role is in another partition of AWS than this system, which is in {partition}"
        yield Violation("roleArn", reason, "ROLE_OF_ANOTHER_PARTITION")


def _status(account: TargetAccount, hub_account_id: str) -> Iterator[Violation]:
    if account.status is not AccountStatus.ACTIVE and account.account_id == hub_account_id:
        reason = "the hub's own account needs no registration, so its row cannot keep plans from using it"
        yield Violation("status", reason, "NOT_FOR_THE_HUB")


def _external_id(account: TargetAccount | StagingAccount, hub_account_id: str) -> Iterator[Violation]:
    if account.external_id is None and account.account_id != hub_account_id:
        reason = "required for every account but the hub's own: the role there asks for it"
        yield Violation("externalId", reason, "REQUIRED")
