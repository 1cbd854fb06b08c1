"""Why a server of a staging account could not be extended, and what is to be done, in words for people."""

from collections.abc import Mapping
from typing import Final

from shared.errors import DrsServiceError
from shared.models.extension import Encryption
from shared.models.staging_sync import ExtendProblem
from shared.models.targets import ServerKey, Target

_BY_STATUS: Final = {
    402: ExtendProblem.QUOTA,
    404: ExtendProblem.SERVER_GONE,
}

KEY_RIGHTS: Final = "kms:CreateGrant, kms:Decrypt, kms:DescribeKey, kms:GenerateDataKey*, kms:ReEncrypt*"
"""What the target account must be allowed with the key by which its snapshots are encrypted, to launch from them.

By the policy of the key, and its role by its own policy (StagingKeyArns in cfn/cross-account-role-stack.yaml).
"""

_WORDS: Final[Mapping[ExtendProblem, str]] = {
    ExtendProblem.ENCRYPTION: (
        "DRS extends only servers whose volumes are encrypted with a customer managed key, and in the replication "
        "configuration of {server} in {home} ebsEncryption is {encryption}. Make a key in {home}, let its policy give "
        "the account {account} the use of it ({rights}), let the stack of its role name it (StagingKeyArns), set "
        "ebsEncryption CUSTOM with the ARN of that key, wait until "
        "the server is CONTINUOUS again, and sync again"
    ),
    ExtendProblem.KEY_NOT_SHARED: (
        "{server} of {home} is extended and cannot be recovered: {said}. Let the policy of the key by which it is "
        "encrypted there give the account {account} the use of it ({rights}), and the stack of its role name it "
        "(StagingKeyArns)"
    ),
    ExtendProblem.DENIED: (
        "{said}. The staging account must trust the account {account}: in DRS in {home}, under Trusted accounts, with "
        "the staging role, DRSStagingAccountRole; and the role of {account} must be allowed "
        "drs:CreateExtendedSourceServer. Then sync again"
    ),
    ExtendProblem.QUOTA: "{said}. {target} takes no more source servers: raise quota L-E28BE5E0 of DRS, and sync again",
    ExtendProblem.THROTTLED: "{said}. DRS wants fewer calls: sync again in a few minutes",
    ExtendProblem.SERVER_GONE: "{said}. It was there when the staging account was asked for its servers",
    ExtendProblem.NO_ANSWER: "{said}. Sync again: what is extended by then is left alone",
    ExtendProblem.REFUSED: "{said}",
    ExtendProblem.NOT_LOOKED_AT: (
        "{said}. So nobody could see how {server} is encrypted in {home}, which is most often why DRS refuses. Let the "
        "hub into {home} (validate_staging_account tells at which step it fails), and sync again"
    ),
}


def problem_of(error: DrsServiceError, encryption: Encryption | None = None) -> ExtendProblem:
    """Why DRS refused to extend a server that is encrypted so; None if nobody was asked."""
    if error.is_throttled:
        return ExtendProblem.THROTTLED
    if error.is_denied:
        return ExtendProblem.DENIED
    known = _BY_STATUS.get(error.http_status)
    if known is not None:
        return known
    if error.is_retryable:
        return ExtendProblem.NO_ANSWER
    return ExtendProblem.ENCRYPTION if encryption is not None and not encryption.lets_extend else ExtendProblem.REFUSED


def words_of(
    problem: ExtendProblem, server: ServerKey, target: Target, said: str, encryption: Encryption | None = None
) -> str:
    """What is wrong with the extension of the server into the target account, and what to do; `said` is DRS's word."""
    return _WORDS[problem].format(
        server=server.source_server_id,
        home=server.target,
        target=target,
        account=target.account_id,
        said=said,
        encryption=encryption.ebs_encryption if encryption else "not known",
        rights=KEY_RIGHTS,
    )
