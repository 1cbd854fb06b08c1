"""Which account a group means, and whether plans may use it."""

from shared.models.account import AccountStatus, TargetAccount
from shared.models.finding import Finding, FindingCode, FindingReason, failure_at
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
    obstacle = None if target.account_id == hub_account_id else why_unusable(target.account_id, account)
    if obstacle is None:
        return None
    reason, message = obstacle
    return failure_at(target, FindingCode.ROLE, message, reason=reason)


def why_unusable(account_id: str, account: TargetAccount | None) -> tuple[FindingReason, str] | None:
    """Why plans may not use an account that is not the hub's own, in words too; None if they may."""
    if account is None:
        return FindingReason.ACCOUNT_NOT_REGISTERED, f"account {account_id} is not registered as a target account"
    if account.status is not AccountStatus.ACTIVE:
        name = get_account_name(account_id, account)
        return FindingReason.ACCOUNT_INACTIVE, f"target account {name} is {account.status.value}"
    return None
