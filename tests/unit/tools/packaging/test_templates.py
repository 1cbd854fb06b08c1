"""A built template is deployed with a bucket and nothing else, and sees every change."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from tools.packaging.archive import Artefact
from tools.packaging.errors import PackagingError
from tools.packaging.templates import MASTER, MOST_BYTES, build

KEYS = {"query-handler": "lambda/query-handler-1.zip", "state-machine": "state-machine/state-machine-1.asl.json"}
FUNCTIONS = """\
Parameters:
  SourceBucket:
    Type: String
  # The zip.
  QueryHandlerKey:
    Type: String
    MaxLength: 150
  StateMachineKey:
    Type: String
    Default: old
    Description: Key of the state machine

Resources:
  QueryHandlerKey:
    Type: AWS::KMS::Key
"""
NESTED = "Resources:\n  Table:\n    Type: AWS::DynamoDB::Table\n"
URL = '!Sub "https://${SourceBucket}.s3.${AWS::Region}.${AWS::URLSuffix}/${SourcePrefix}/templates'
WHOLE = f"""\
Parameters:
  SourcePrefix:
    Type: String
  QueryHandlerKey:
    Type: String
  StateMachineKey:
    Type: String
Resources:
  DatabaseStack:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: {URL}/database-stack.yaml"
"""


def texts(artefacts: Sequence[Artefact]) -> dict[str, str]:
    """The text of each template by its key without the folder."""
    return {artefact.key.removeprefix("templates/"): artefact.content.decode() for artefact in artefacts}


def test_the_key_of_an_artefact_is_the_default_of_its_parameter_and_all_else_stays() -> None:
    built = texts(build({"lambda-stack.yaml": FUNCTIONS}, KEYS, "folder"))["lambda-stack.yaml"]

    assert built == FUNCTIONS.replace(
        "    Type: String\n    MaxLength",
        "    Type: String\n    Default: lambda/query-handler-1.zip\n    MaxLength",
    ).replace("Default: old", "Default: state-machine/state-machine-1.asl.json")


def test_the_master_names_each_nested_template_by_the_hash_of_its_content() -> None:
    before = texts(build({MASTER: WHOLE, "database-stack.yaml": NESTED}, KEYS, "folder"))
    after = texts(build({MASTER: WHOLE, "database-stack.yaml": f"{NESTED}\n"}, KEYS, "folder"))

    [name] = before.keys() - {MASTER}
    assert re.fullmatch(r"database-stack-[0-9a-f]{16}\.yaml", name)
    assert before[name] == NESTED
    assert f"/${{SourcePrefix}}/templates/{name}" in before[MASTER]
    assert name not in after


def test_the_master_has_the_folder_and_the_keys_as_defaults() -> None:
    master = texts(build({MASTER: WHOLE, "database-stack.yaml": NESTED}, KEYS, "some/folder"))[MASTER]

    assert re.findall("Default: (.*)", master) == ["some/folder", *KEYS.values()]


def test_what_the_master_nests_keeps_its_own_parameters_without_a_default() -> None:
    keyed = "Parameters:\n  QueryHandlerKey:\n    Type: String\n"

    built = texts(build({MASTER: WHOLE, "database-stack.yaml": keyed}, KEYS, "folder"))

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
        pytest.param({"a.yaml": NESTED}, "no template has a parameter for the key of query-handler, state-machine"),
        pytest.param(
            {"a.yaml": f"{FUNCTIONS.partition('Resources')[0]}  OtherKey:\n    Type: String\n"},
            "a.yaml: nothing that is built belongs to the parameter OtherKey",
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


def test_a_key_of_something_else_keeps_its_own_default() -> None:
    other = FUNCTIONS.replace("\nResources", "  CustomerKey:\n    Type: String\n    Default: none\n\nResources")

    assert (
        "  CustomerKey:\n    Type: String\n    Default: none\n" in texts(build({"a.yaml": other}, KEYS, "f"))["a.yaml"]
    )
