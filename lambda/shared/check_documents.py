"""Which SSM documents may be run as health checks: the role in a target account allows these, by name.

The template of the role (`cfn/cross-account-role-stack.yaml`) says the same, and a test holds the two together.
"""

from fnmatch import fnmatchcase
from typing import Final

from shared.models.account import TargetAccount

AWS_DOCUMENTS: Final = ("AWS-RunPowerShellScript", "AWS-RunShellScript")
"""Of AWS's own documents."""

OWN_DOCUMENTS: Final = "DRSCheck-*"
"""Of an account's own, unless its row says otherwise; a name as in an IAM resource, with `*` and `?`."""

_RESERVED: Final = ("aws", "amazon", "amzn")
"""So begin the names of AWS's own documents and no others (SSM API reference, CreateDocument)."""


def may_run(document_name: str, account: TargetAccount | None) -> bool:
    """Whether the role in the account may run the document; None is the hub, or an account that has no row."""
    if document_name.lower().startswith(_RESERVED):
        return document_name in AWS_DOCUMENTS
    return fnmatchcase(document_name, own_documents(account))


def own_documents(account: TargetAccount | None) -> str:
    """The names of the account's own documents that may be run."""
    return (account and account.check_document_pattern) or OWN_DOCUMENTS
