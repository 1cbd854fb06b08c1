"""The templates as `make package` builds them are deployed by the commands of the guides: a bucket and an address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from local.cloudformation.template import load, parameter_values, refuse_bad_values
from tests.support.templates import CFN
from tools.packaging.contents import function_names
from tools.packaging.templates import MASTER, MOST_BYTES, build

PREFIX: Final = "aws-drs-orchestration"
KEYS: Final = {
    **{name: f"lambda/{name}-0123456789abcdef.zip" for name in function_names(CFN.parent / "lambda")},
    "state-machine": "state-machine/state-machine-0123456789abcdef.asl.json",
}
BUILT: Final = {
    artefact.key.removeprefix("templates/"): artefact.content.decode()
    for artefact in build({path.name: path.read_text(encoding="utf-8") for path in CFN.glob("*.yaml")}, KEYS, PREFIX)
}
STANDALONE: Final = {
    "ProjectName": "aws-drs-orchestration",
    "Environment": "dev",
    "SourceBucket": "aws-drs-orchestration-dev",
    "AdminEmail": "admin@example.com",
}
MODES: Final[Mapping[str, Mapping[str, str]]] = {
    "full": STANDALONE,
    "api only": STANDALONE | {"DeployFrontend": "false"},
    "external role": STANDALONE
    | {
        "OrchestrationRoleArn": "arn:aws:iam::111122223333:role/ExternalOrchestrationRole",
        "DeployFrontend": "false",
    },
}
"""What `aws cloudformation deploy` is given in each mode."""


def test_the_master_is_small_enough_to_be_given_without_a_bucket() -> None:
    assert len(BUILT[MASTER].encode()) <= MOST_BYTES


def test_every_nested_template_is_built_under_the_name_that_the_master_gives_it() -> None:
    named = re.findall(r"TemplateURL: .*\$\{SourcePrefix\}/templates/([\w.-]+)", BUILT[MASTER])

    assert len(named) == BUILT[MASTER].count("TemplateURL:")
    assert all(re.fullmatch(r"[\w-]+-[0-9a-f]{16}\.yaml", name) for name in named)
    assert set(named) <= set(BUILT)


@pytest.mark.requirement("PRD-28")
@pytest.mark.parametrize("mode", MODES)
def test_a_mode_is_deployed_by_what_the_guides_say_and_nothing_more(mode: str, tmp_path: Path) -> None:
    master = tmp_path / MASTER
    master.write_text(BUILT[MASTER], encoding="utf-8")
    body = load(master)

    values = parameter_values(body, MODES[mode])
    refuse_bad_values(body, values)

    assert MODES[mode].keys() <= body["Parameters"].keys()
    assert values["SourcePrefix"] == PREFIX
    handed_on = re.findall(r"^ +\w+Key: !Sub \"(?:\$\{SourcePrefix\}/)?(\S+)\"$", BUILT[MASTER], re.MULTILINE)
    assert sorted(handed_on) == sorted(KEYS.values())
    assert not [name for name in body["Parameters"] if name.endswith("Key")], "an update would keep its former value"
