"""What the documents say of files, commands, operations and words is what there is."""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from data_management.import_document import ImportConfiguration, check_size, check_version
from data_management.import_mapping import translate_plan
from data_management.requests import NewProtectionGroup, NewRecoveryPlan
from local.demo.configuration import read_sample
from shared.aws.regions import drs_regions
from shared.group_rules import check_group
from shared.operations import EXECUTION
from shared.plan_rules import check_plan_rules
from tests.unit.docs.markdown import ROOT, Document, documents
from tools.contract.collect import operations
from tools.contract.reference import PATHS

README: Final = Document("README.md")
OPERATOR_GUIDE: Final = Document("docs/guides/OPERATOR_GUIDE.md")
LOCAL_SYSTEM: Final = Document("docs/guides/LOCAL_SYSTEM.md")
ACCOUNTS_GUIDE: Final = Document("docs/guides/DRS_CROSS_ACCOUNT_SETUP_VERIFICATION.md")
ALL: Final = documents()
HUB: Final = "123456789012"

PLACEHOLDERS: Final = {
    "$PLAN": "01M851TWDG7Y0EP1YH96FN32S2",
    "$EXECUTION": "exec-01m8524p6czb5k6zafbcaaywff",
    "$GROUP": "01M851TVZ8Q4C0DS7W1KX0N5QE",
    "$SERVER": "s-1111111111111db01",
    "$INSTANCE": "i-0a1b2c3d4e5f60718",
}
"""What the examples' shell variables hold."""

ELIDED: Final = {"examples/README.md"}
"""Its example leaves out groups and plans on purpose."""


def _id(document: Document) -> str:
    return document.path


@pytest.mark.requirement("PRD-34")
@pytest.mark.parametrize("document", ALL, ids=_id)
def test_every_link_leads_to_a_file_and_a_heading_that_exist(document: Document) -> None:
    for link in document.links():
        name, _, anchor = link.partition("#")
        target = (ROOT / document.path).parent / name if name else ROOT / document.path

        assert target.exists(), f"{link} leads nowhere"
        if anchor:
            assert anchor in Document(target.resolve().relative_to(ROOT).as_posix()).anchors(), link


def test_the_index_names_every_document_of_the_folder() -> None:
    index = Document("docs/README.md")
    linked = {((ROOT / "docs") / link).resolve() for link in index.links()}

    kept = {path.resolve() for path in (ROOT / "docs").glob("*/*.md") if path.parent.name != "adr"}

    assert kept <= linked


@pytest.mark.parametrize("document", ALL, ids=_id)
def test_every_make_target_that_is_named_exists(document: Document) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    code = [*document.spans(), *document.fences("bash"), *document.fences("text"), *document.fences("")]

    named = {target for text in code for target in re.findall(r"^make ([a-z-]+)", text, re.MULTILINE)}

    assert named <= targets


def test_coverage_is_judged_of_all_tests_and_not_of_some() -> None:
    def told(*arguments: str) -> str:
        make = ["make", "--no-print-directory", "--dry-run", "test", *arguments]
        return subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "--cov-fail-under=0" in told("ARGS=tests/histories")
    assert "--cov-fail-under" not in told()


def test_the_demo_has_every_option_that_is_named() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "local.demo", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    code = [*README.spans(), *LOCAL_SYSTEM.fences("bash"), *LOCAL_SYSTEM.spans()]

    named = {option for text in code if "ARGS" in text for option in re.findall(r"--[a-z-]+", text)}
    named |= {row["option"].strip("`").split()[0] for row in LOCAL_SYSTEM.table("option", "does")}

    assert named == {option for option in re.findall(r"--[a-z-]+", shown) if option != "--help"}


@pytest.mark.requirement("PRD-33")
def test_ci_runs_what_the_readme_says_it_runs() -> None:
    script = (ROOT / ".ci/run").read_text()

    assert "CI runs `make test` and `make check`" in README.prose
    assert re.findall(r"^stamped (make \w+)$", script, re.MULTILINE) == ["make test", "make check"]


def test_the_readme_lists_every_operation_with_its_functions_and_its_permission() -> None:
    rows = README.table("operation", "function", "permission")

    listed = {
        row["operation"].strip("`"): (tuple(row["function"].split(", ")), row["permission"].strip("`")) for row in rows
    }

    assert len(rows) == len(listed)
    assert listed == {one.name: (one.homes, one.permission.value) for one in operations()}


def _examples() -> list[tuple[str, str | None, str]]:
    """Document, function if one is called, and text of every JSON example."""
    found: list[tuple[str, str | None, str]] = []
    for document in ALL:
        found += [(document.path, None, text) for text in document.fences("json")]
        found += [(document.path, call.function, call.text) for call in document.calls()]
    return found


def _parsed(text: str) -> Any:
    for name, value in PLACEHOLDERS.items():
        text = text.replace(name, value)
    return json.loads(text)


@pytest.mark.parametrize(("path", "function", "text"), _examples())
def test_every_example_is_json_and_every_call_is_one_that_its_function_takes(
    path: str, function: str | None, text: str
) -> None:
    example = _parsed(text)

    if "operation" not in example or path in ELIDED:
        return
    name = example.pop("operation")
    request = example.pop("parameters", example)
    operation = next(one for one in operations() if one.name == name)
    assert function in (None, *operation.homes)
    operation.request_model.model_validate(request)


def _shown(*shown_in: Document) -> set[str]:
    return {name for document in shown_in for name in re.findall(r'"operation": "(\w+)"', document.text)}


def test_the_operator_guide_shows_every_operation_on_an_execution_but_its_removal() -> None:
    started = {one.name for one in operations() if one.homes[0] == EXECUTION}

    assert started - {"delete_executions"} <= _shown(OPERATOR_GUIDE)


@pytest.mark.parametrize("function", PATHS)
def test_the_reference_of_a_function_shows_every_operation_of_it(function: str) -> None:
    assert _shown(Document(PATHS[function])) == {one.name for one in operations() if function in one.homes}


def test_the_readme_and_the_operator_guide_define_one_function() -> None:
    definition = "drs() {"

    (readme,) = [block for block in README.fences("bash") if definition in block]
    (guide,) = [block for block in OPERATOR_GUIDE.fences("bash") if definition in block]

    assert readme[readme.index(definition) :] == guide


def test_the_guides_faults_name_servers_of_the_sample() -> None:
    sample = read_sample()
    hosts = {server["hostname"] for region in sample.estate["regions"] for server in region["servers"]}

    named = {name for names in re.findall(r'"servers": (\[[^]]*\])', LOCAL_SYSTEM.text) for name in json.loads(names)}

    assert named
    assert named <= hosts


def test_the_readmes_configuration_keeps_every_rule() -> None:
    (text,) = README.fences("json")
    example = json.loads(text)
    request = ImportConfiguration.model_validate({name: each for name, each in example.items() if name != "operation"})
    names = {group["groupName"]: f"id-of-{group['groupName']}" for group in request.protection_groups}

    groups = [NewProtectionGroup.model_validate(group) for group in request.protection_groups]
    plans = [translate_plan(plan, request.mappings, names.get) for plan in request.recovery_plans]

    assert [*check_version(request), *check_size(request)] == []
    for group in groups:
        rules = check_group(group.fields(HUB), drs_regions=drs_regions())
        assert rules == ()
    for plan in plans:
        assert plan.unresolved == ()
        assert check_plan_rules(NewRecoveryPlan.model_validate(plan.value).fields()) == ()


def test_the_parameters_in_the_accounts_guide_are_the_templates() -> None:
    parameters = _template(ROOT / "cfn/cross-account-role-stack.yaml")["Parameters"]
    named = {row["parameter"].strip("`") for row in ACCOUNTS_GUIDE.table("parameter")}
    in_target, in_hub = (
        set(re.findall(r"(\w+)=", line)) for line in re.findall(r"--parameter-overrides (.*)", ACCOUNTS_GUIDE.text)
    )

    assert named <= set(parameters)
    assert in_target == {name for name, declared in parameters.items() if "Default" not in declared}
    assert in_hub == {*in_target, "HubRoleName"} <= set(parameters)


@cache
def _source_words() -> frozenset[str]:
    folders = ("lambda", "local", "cfn", "tools", ".github", "examples/bash", "examples/python", "frontend/e2e")
    kinds = {".py", ".yaml", ".json", ".sh", ".ts"}
    return frozenset(
        word
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in kinds
        for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))
    )


@pytest.mark.parametrize("document", ALL, ids=_id)
def test_every_word_in_capitals_is_a_word_of_the_code(document: Document) -> None:
    shell = {"PLAN", "EXECUTION", "DATABASES", "ARGS", "FOLDER", "PASSWORD"}
    of_aws = {"AWS_PROFILE", "FAILBACK_READY_FOR_LAUNCH", "AWS_REGION", "MFA_SETUP", "NEW_PASSWORD_REQUIRED"}
    words = {word for span in document.spans() for word in re.findall(r"\b[A-Z][A-Z_]{3,}[A-Z]\b", span)}

    assert words - shell - of_aws - _source_words() == set()


class _Loader(yaml.SafeLoader):
    """Reads a template without caring what its functions mean."""


_Loader.add_multi_constructor("!", lambda loader, _suffix, node: None)


def _template(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506 (a safe loader)
    return loaded
