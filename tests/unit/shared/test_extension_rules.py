"""Why a server was not extended, in words that say what to do."""

import pytest

from shared.errors import DrsServiceError
from shared.extension_rules import problem_of, words_of
from shared.models.drs import ExtensionStatus, SourceServer
from shared.models.extension import Encryption
from shared.models.staging_sync import ExtendProblem
from shared.models.targets import ServerKey, Target, key_of_server

TARGET = Target(account_id="111122223333", region="us-west-2")
SERVER = ServerKey(account_id="777788889999", region="us-west-2", source_server_id="s-1111111111111db01")
DEFAULT, CUSTOM = Encryption(ebs_encryption="DEFAULT"), Encryption(ebs_encryption="CUSTOM", key_arn="arn:aws:kms:key")


def refused(status: int) -> DrsServiceError:
    return DrsServiceError("DRS said no", httpStatus=status)


@pytest.mark.parametrize(
    ("status", "encryption", "problem"),
    [
        (400, DEFAULT, ExtendProblem.ENCRYPTION),
        (400, CUSTOM, ExtendProblem.REFUSED),
        (400, None, ExtendProblem.REFUSED),
        (402, DEFAULT, ExtendProblem.QUOTA),
        (403, DEFAULT, ExtendProblem.DENIED),
        (404, None, ExtendProblem.SERVER_GONE),
        (429, None, ExtendProblem.THROTTLED),
        (500, None, ExtendProblem.NO_ANSWER),
        (0, DEFAULT, ExtendProblem.NO_ANSWER),
    ],
)
def test_what_drs_answers_is_told_apart(status: int, encryption: Encryption | None, problem: ExtendProblem) -> None:
    assert problem_of(refused(status), encryption) is problem


@pytest.mark.parametrize("problem", ExtendProblem)
def test_every_problem_has_words(problem: ExtendProblem) -> None:
    words = words_of(problem, SERVER, TARGET, "DRS said no", DEFAULT)

    assert ("DRS said no" in words) is (problem is not ExtendProblem.ENCRYPTION)
    assert "{" not in words


def test_the_encryption_that_is_needed_is_explained_with_the_accounts() -> None:
    words = words_of(ExtendProblem.ENCRYPTION, SERVER, TARGET, "", DEFAULT)

    for word in (
        str(SERVER.target),
        SERVER.source_server_id,
        TARGET.account_id,
        "DEFAULT",
        "CUSTOM",
        "kms:CreateGrant",
    ):
        assert word in words


@pytest.mark.parametrize(
    ("arn", "is_one"),
    [
        ("arn:aws:drs:us-west-2:777788889999:source-server/s-1111111111111db01", True),
        ("arn:aws-us-gov:drs:us-gov-west-1:777788889999:source-server/s-1111111111111db01", True),
        ("arn:aws:drs:us-west-2:777788889999:job/drsjob-1111111111111db01", False),
        ("arn:aws:mgn:us-west-2:777788889999:source-server/s-1111111111111db01", False),
        ("arn:aws:drs:us-west-2:7777:source-server/s-1111111111111db01", False),
        ("s-1111111111111db01", False),
        ("", False),
    ],
)
def test_only_the_arn_of_a_source_server_names_one(arn: str, is_one: bool) -> None:
    extension = SourceServer(
        source_server_id="s-2", arn="", extension_status=ExtensionStatus.EXTENDED, staging_source_server_arn=arn
    )

    assert (extension.staging_server is not None) is is_one
    if is_one:
        assert key_of_server(arn) == extension.staging_server
    else:
        with pytest.raises(ValueError, match="names no source server|String should|12 digits|letters"):
            key_of_server(arn)


@pytest.mark.parametrize(
    ("status", "is_extension"),
    [
        (None, False),
        (ExtensionStatus.NOT_EXTENDED, False),
        (ExtensionStatus.EXTENDED, True),
        (ExtensionStatus.EXTENSION_ERROR, True),
    ],
)
def test_what_drs_says_of_the_staging_area_makes_an_extension(
    status: ExtensionStatus | None, is_extension: bool
) -> None:
    server = SourceServer(source_server_id="s-2", arn="", extension_status=status)

    assert server.is_extension is is_extension
    assert server.staging_server is None
