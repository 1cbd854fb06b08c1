"""The tables of the judges name rules and fields that exist: one misspelt would have a rule told that may not hold."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from data_management.changes import ProtectionGroupChanges, RecoveryPlanChanges
from data_management.import_configuration import DOCUMENTS_REST_ON, VERSIONS_REST_ON
from data_management.import_document import ImportConfiguration
from data_management.judging_groups import GROUPS_REST_ON
from data_management.judging_plans import PLANS_REST_ON
from data_management.requests import CreateProtectionGroup, CreateRecoveryPlan
from data_management.target_accounts import ACCOUNTS_REST_ON, AddTargetAccount, TargetAccountChanges
from execution.control import GATES_REST_ON, ResumeExecution
from shared.well_formed import WHATEVER, RestsOn
from tools.contract.prose.field_codes import FIELD_CODES

TABLES = [
    (GROUPS_REST_ON, CreateProtectionGroup),
    (GROUPS_REST_ON, ProtectionGroupChanges),
    (PLANS_REST_ON, CreateRecoveryPlan),
    (PLANS_REST_ON, RecoveryPlanChanges),
    (ACCOUNTS_REST_ON, AddTargetAccount),
    (ACCOUNTS_REST_ON, TargetAccountChanges),
    (VERSIONS_REST_ON, ImportConfiguration),
    (DOCUMENTS_REST_ON, ImportConfiguration),
    (GATES_REST_ON, ResumeExecution),
]
THE_FIELD_ITSELF = ("=…", WHATEVER)
ANYTHING: dict[str, Any] = {"additionalProperties": True, "items": {}}


def below(schema: dict[str, Any], step: str, whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What may stand there in a value of that schema."""
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    for either in schema.get("anyOf", ()):
        yield from below(either, step, whole)
    if step.startswith("["):
        found = schema.get("items")
    else:
        found = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
    if found is True:
        yield ANYTHING
    elif isinstance(found, dict):
        yield found


def is_there(path: str, model: type[BaseModel]) -> bool:
    """Whether a request of that model may have something at that path, `[*]` and `[=]` being any position."""
    whole = model.model_json_schema(by_alias=True)
    found = [whole]
    for step in re.findall(r"\[[*=]\]|[^.\[\]…]+", path):
        found = [each for schema in found for each in below(schema, step, whole)]
    return bool(found)


@pytest.mark.parametrize(("table", "model"), TABLES, ids=lambda each: getattr(each, "__name__", ""))
def test_every_path_is_one_of_a_request_and_every_code_that_of_a_rule(table: RestsOn, model: type[BaseModel]) -> None:
    paths = {path for paths in table.values() for path in paths if path not in THE_FIELD_ITSELF}

    assert not [path for path in paths if not is_there(path, model)]
    assert table.keys() <= FIELD_CODES.keys()


def test_a_path_that_is_misspelt_is_none_of_a_request() -> None:
    assert is_there("waves[=].protectionGroupIds…", CreateRecoveryPlan)
    for path in ("wave[*].waveNumber", "waves.waveNumber", "waves[*].waveNumbers", "waves[*][*]", "planName[*]"):
        assert not is_there(path, CreateRecoveryPlan)
