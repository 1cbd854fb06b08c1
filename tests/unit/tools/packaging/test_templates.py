"""A built template is deployed with a bucket and nothing else, and sees every change."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from tools.packaging.archive import Artefact
from tools.packaging.errors import PackagingError
from tools.packaging.templates import MASTER, MOST_BYTES, build

KEYS = {"query-handler": "lambda/query-handler-1.zip", "state-machine": "state-machine/state-machine-1.asl.json"}
NESTED = "Resources:\n  Table:\n    Type: AWS::DynamoDB::Table\n"
URL = '!Sub "https://${SourceBucket}.s3.${AWS::Region}.${AWS::URLSuffix}/${SourcePrefix}/templates'
WHOLE = f"""\
Parameters:
  SourcePrefix:
    Type: String
  # The zip.
  QueryHandlerKey:
    Type: String
    MaxLength: 120
  StateMachineKey:
    Type: String
    Default: old
    Description: Key of the state machine

Resources:
  DatabaseStack:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: {URL}/database-stack.yaml"
      Parameters:
        QueryHandlerKey: !Sub "${{SourcePrefix}}/${{QueryHandlerKey}}"
        StateMachineKey: !Sub "${{SourcePrefix}}/${{StateMachineKey}}"
  QueryHandlerKey:
    Type: AWS::KMS::Key
"""
FOLDERS = """\
    AllowedPattern: "[a-z/-]*[a-z-]"
    MaxLength: 64
"""
SOURCES = {MASTER: WHOLE, "database-stack.yaml": NESTED}


def texts(artefacts: Sequence[Artefact]) -> dict[str, str]:
    """The text of each template by its key without the folder."""
    return {artefact.key.removeprefix("templates/"): artefact.content.decode() for artefact in artefacts}


def test_a_key_stands_where_its_parameter_was_the_folder_is_a_default_and_all_else_stays() -> None:
    built = texts(build(SOURCES, KEYS, "some/folder"))

    [nested] = built.keys() - {MASTER}
    _, _, resources = WHOLE.partition("\nResources:")
    assert built[MASTER] == (
        "Parameters:\n  SourcePrefix:\n    Type: String\n    Default: some/folder\n  # The zip.\n\nResources:"
        + resources.replace("${QueryHandlerKey}", "lambda/query-handler-1.zip")
        .replace("${StateMachineKey}", "state-machine/state-machine-1.asl.json")
        .replace("database-stack.yaml", nested)
    )


def test_the_master_names_each_nested_template_by_the_hash_of_its_content() -> None:
    before = texts(build(SOURCES, KEYS, "folder"))
    after = texts(build(SOURCES | {"database-stack.yaml": f"{NESTED}\n"}, KEYS, "folder"))

    [name] = before.keys() - {MASTER}
    assert re.fullmatch(r"database-stack-[0-9a-f]{16}\.yaml", name)
    assert before[name] == NESTED
    assert f"/${{SourcePrefix}}/templates/{name}" in before[MASTER]
    assert name not in after


RELEASED = WHOLE.replace("database-stack", "lambda-stack").replace(
    "      Parameters:\n", '      Parameters:\n        Release: !Sub "${Release}.unbuilt.each"\n'
)


def test_another_template_of_the_functions_is_another_release_of_the_same_length() -> None:
    releases = []
    for nested in (NESTED, f"{NESTED}\n"):
        built = texts(build({MASTER: RELEASED, "lambda-stack.yaml": nested}, KEYS, "folder"))
        [name] = built.keys() - {MASTER}
        [release] = re.findall(r"\$\{Release\}\.(\w+)\.each", built[MASTER])
        assert name.startswith(f"lambda-stack-{release}") and len(release) == len("unbuilt")
        releases.append(release)

    assert len({*releases}) == 2


def test_a_master_whose_functions_have_no_place_for_it_is_not_built() -> None:
    with pytest.raises(PackagingError, match="a change of lambda-stack.yaml would be served by nobody"):
        build({MASTER: RELEASED.replace(".unbuilt", ""), "lambda-stack.yaml": NESTED}, KEYS, "folder")


def test_what_the_master_nests_keeps_its_own_parameters_without_a_default() -> None:
    keyed = "Parameters:\n  QueryHandlerKey:\n    Type: String\n"

    built = texts(build(SOURCES | {"database-stack.yaml": keyed}, KEYS, "folder"))

    assert keyed in built.values()


def test_a_template_that_is_deployed_by_itself_keeps_its_name_even_if_the_master_nests_it_too() -> None:
    master = WHOLE + f'  RoleStack:\n    Properties:\n      TemplateURL: {URL}/cross-account-role-stack.yaml"\n'
    sources = {MASTER: master, "cross-account-role-stack.yaml": "role", "github-oidc-stack.yaml": "oidc"}

    built = texts(build(sources | {"database-stack.yaml": NESTED}, KEYS, "folder"))

    assert built["cross-account-role-stack.yaml"] == "role"
    assert built["github-oidc-stack.yaml"] == "oidc"
    assert sum(name.startswith("cross-account-role-stack-") for name in built) == 1


@pytest.mark.parametrize(
    ("sources", "why"),
    [
        pytest.param({"database-stack.yaml": NESTED}, "master-template.yaml is not there"),
        pytest.param(
            {MASTER: WHOLE.replace("  StateMachineKey", "  Definition")},
            "has no parameter for the key of state-machine",
        ),
        pytest.param(
            {MASTER: WHOLE.replace("\nResources", "  OtherKey:\n    Type: String\n\nResources")},
            "nothing that is built belongs to the parameter OtherKey",
        ),
        pytest.param(
            {MASTER: WHOLE.replace("${QueryHandlerKey}", "a key")}, "the parameter QueryHandlerKey is to be used"
        ),
        pytest.param(
            {MASTER: WHOLE + "    Key: !Ref QueryHandlerKey\n"}, "the parameter QueryHandlerKey is to be used"
        ),
        pytest.param({MASTER: WHOLE}, "nests database-stack.yaml, which is not there"),
        pytest.param(
            {MASTER: WHOLE.replace("${SourcePrefix}/", ""), "database-stack.yaml": NESTED},
            "a TemplateURL is not of the form",
        ),
        pytest.param({MASTER: WHOLE + "#" * MOST_BYTES, "database-stack.yaml": NESTED}, "CloudFormation takes 51200"),
    ],
)
def test_what_could_not_be_deployed_is_refused_by_name(sources: dict[str, str], why: str) -> None:
    with pytest.raises(PackagingError, match=re.escape(why)):
        build(sources, KEYS, "folder")


@pytest.mark.parametrize("prefix", ["ends/with/", "", "p" * 65])
def test_a_folder_that_the_template_would_refuse_is_refused_when_it_is_built(prefix: str) -> None:
    limited = WHOLE.replace("SourcePrefix:\n    Type: String\n", f"SourcePrefix:\n    Type: String\n{FOLDERS}")

    with pytest.raises(PackagingError, match="SourcePrefix cannot be"):
        build({**SOURCES, MASTER: limited}, KEYS, prefix)


def test_a_key_of_something_else_keeps_its_own_default() -> None:
    other = WHOLE.replace("\nResources", "  CustomerKey:\n    Type: String\n    Default: none\n\nResources")

    built = texts(build(SOURCES | {MASTER: other}, KEYS, "folder"))

    assert "  CustomerKey:\n    Type: String\n    Default: none\n" in built[MASTER]
