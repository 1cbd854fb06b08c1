"""Which account a group means, and whether plans may use it."""

from shared.models.account import AccountStatus, TargetAccount
from shared.models.finding import Finding, FindingCode, error_at
from shared.models.targets import Target


def ensure_default_account(account_id: str, hub_account_id: str) -> str:
    """The account that was named, or the hub's own if none was."""
    return account_id or hub_account_id


def get_account_name(account_id: str, account: TargetAccount | None) -> str:
    """The account's name with its id, or the id alone where no name is known."""
    if account is None or account.account_name == account_id:
        return account_id
    return f"{account.account_name} ({account_id})"


def validate_target_account(target: Target, account: TargetAccount | None, hub_account_id: str) -> Finding | None:
    """An error if the account is neither the hub's own nor a registered, active one."""
    if target.account_id == hub_account_id:
        return None
    if account is None:
        return error_at(
            target,
            FindingCode.ACCOUNT_NOT_REGISTERED,
            f"account {target.account_id} is not registered as a target account",
        )
    if account.status is not AccountStatus.ACTIVE:
        name = get_account_name(target.account_id, account)
        return error_at(target, FindingCode.ACCOUNT_INACTIVE, f"target account {name} is {account.status.value}")
    return None
