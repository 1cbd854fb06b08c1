"""What GitHub runs: our own commands, actions that nobody can exchange, and rights only where something is deployed."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from local.cloudformation.template import load

ROOT: Final = Path(__file__).parents[3]
WORKFLOWS: Final = sorted((ROOT / ".github/workflows").glob("*.yaml"))
COMMANDS: Final = (
    "git diff --exit-code --stat HEAD",
    "cp build/manifest.json manifest-of-the-first.json",
    "cmp build/manifest.json manifest-of-the-first.json",
)
"""What is run beside make."""


class _Loader(yaml.SafeLoader):
    """YAML as GitHub reads it, to whom `on` is a word."""


_Loader.yaml_implicit_resolvers = {
    first: [one for one in resolvers if one[0] != "tag:yaml.org,2002:bool" or first not in "oO"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path: Path) -> dict[str, Any]:
    """A file as data."""
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 (a safe loader)
    return found


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    """The jobs of a workflow."""
    found: dict[str, dict[str, Any]] = read(path)["jobs"]
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    """Every step of a workflow."""
    return [step for job in jobs(path).values() for step in job.get("steps", [])]


def targets() -> set[str]:
    """What the Makefile makes."""
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def each(paths: list[Path]) -> pytest.MarkDecorator:
    """A test of every file."""
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.name)


def test_there_is_a_workflow_that_checks_and_one_that_deploys() -> None:
    assert [path.name for path in WORKFLOWS] == ["check.yaml", "deploy-to.yaml", "deploy.yaml"]


@pytest.mark.requirement("PRD-33")
@each(WORKFLOWS)
def test_every_command_is_one_of_make_that_exists_or_one_of_three(path: Path) -> None:
    for step in steps(path):
        if "run" in step:
            (command,) = step["run"].strip().splitlines()
            named = re.match(r"make ([a-z-]+)\b", command)
            assert command in COMMANDS or (named and named.group(1) in targets()), command


@pytest.mark.requirement("PRD-33")
def test_ci_runs_the_same_commands_as_the_script_for_a_clean_clone() -> None:
    script = (ROOT / ".ci/run").read_text()
    commands = [step["run"] for step in steps(ROOT / ".github/workflows/check.yaml") if "run" in step]

    assert {command for command in re.findall(r"^stamped (.+)$", script, re.MULTILINE)} - set(commands) == {
        "git status --short"
    }


@each(WORKFLOWS)
def test_every_action_is_pinned_by_its_commit_and_says_its_version(path: Path) -> None:
    used = re.findall(r"uses: (\S+)(.*)", path.read_text())

    assert used
    for action, comment in used:
        if action.startswith("./"):
            assert (ROOT / action).is_file()
        else:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_an_action_is_pinned_to_one_commit_everywhere() -> None:
    used = {
        tuple(found.split("@")) for path in WORKFLOWS for found in re.findall(r"uses: ([^.\s]\S+)", path.read_text())
    }

    assert len(used) == len({name for name, _ in used})


@each(WORKFLOWS)
def test_a_workflow_may_read_the_repository_and_nothing_else_unless_a_job_deploys(path: Path) -> None:
    assert read(path)["permissions"] == {"contents": "read"}
    for name, job in jobs(path).items():
        deploys = job.get("uses", "").endswith("deploy-to.yaml") or "environment" in job
        wanted = {"contents": "read", "id-token": "write"} if deploys else None
        assert job.get("permissions") == wanted, name


@pytest.mark.parametrize("name", ["check", "test", "package"])
def test_what_checks_tests_or_builds_the_console_has_the_node_of_everybody_and_what_its_lock_names(name: str) -> None:
    found = jobs(ROOT / ".github/workflows/check.yaml")[name]["steps"]
    (node,) = [step for step in found if step.get("uses", "").startswith("actions/setup-node@")]
    first = next(number for number, step in enumerate(found) if "run" in step)

    versions = tomllib.loads((ROOT / "mise.toml").read_text())["tools"]
    assert node["with"] == {
        "node-version": versions["node"],
        "cache": "npm",
        "cache-dependency-path": "frontend/package-lock.json",
    }
    assert (ROOT / node["with"]["cache-dependency-path"]).is_file()
    assert found.index(node) < first


def test_every_job_that_runs_make_without_node_makes_nothing_of_the_console() -> None:
    for path in WORKFLOWS:
        for name, job in jobs(path).items():
            has_node = any(step.get("uses", "").startswith("actions/setup-node@") for step in job.get("steps", []))
            for command in [step["run"] for step in job.get("steps", []) if "run" in step]:
                if command.startswith("make ") and not has_node:
                    assert "npm" not in would_run(command), f"{path.name}: {name}"


def would_run(command: str) -> str:
    """What a command of make would run on a clean clone, its variables as they are written."""
    ran = subprocess.run(
        ["bash", "-c", f"{command} --no-print-directory --dry-run --always-make"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout


def test_nothing_of_a_pull_request_gets_rights_or_is_run_as_a_command() -> None:
    for path in WORKFLOWS:
        triggers = read(path)["on"]
        assert "pull_request_target" not in triggers and "workflow_run" not in triggers
        if "pull_request" in triggers:
            assert "id-token" not in path.read_text()
        for step in steps(path):
            assert "${{" not in step.get("run", ""), "a value belongs into the environment, where it is no command"


@each(WORKFLOWS)
def test_no_job_runs_for_ever_and_no_checkout_leaves_its_token(path: Path) -> None:
    for job in jobs(path).values():
        assert "uses" in job or job["timeout-minutes"] <= 90
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.requirement("PRD-33")
def test_only_a_tag_deploys_what_was_checked_first_to_test_and_then_to_production() -> None:
    path = ROOT / ".github/workflows/deploy.yaml"
    found = jobs(path)

    assert read(path)["on"] == {"push": {"tags": ["v*"]}}
    assert found["check"] == {"uses": "./.github/workflows/check.yaml"}
    assert (found["test"]["needs"], found["production"]["needs"]) == ("check", "test")
    allowed = load(ROOT / "cfn/master-template.yaml")["Parameters"]["Environment"]["AllowedValues"]
    assert {found[name]["with"]["stage"] for name in ("test", "production")} <= set(allowed)
    assert read(path)["concurrency"]["cancel-in-progress"] is False


def test_a_deployment_takes_the_packages_that_were_checked_and_gets_its_rights_last() -> None:
    found = steps(ROOT / ".github/workflows/deploy-to.yaml")
    names = [step.get("uses", step.get("run", "")).split("@")[0] for step in found]

    assert "--built" in names[-1]
    assert names[-2] == "aws-actions/configure-aws-credentials"
    assert "actions/download-artifact" in names and "make setup" in names
    longest = load(ROOT / "cfn/github-oidc-stack.yaml")["Resources"]["DeploymentRole"]["Properties"][
        "MaxSessionDuration"
    ]
    assert found[-2]["with"]["role-duration-seconds"] <= longest


def test_the_checks_before_a_commit_are_those_of_make_and_fetch_nothing() -> None:
    found = read(ROOT / ".pre-commit-config.yaml")["repos"]

    assert [one["repo"] for one in found] == ["local"]
    for hook in found[0]["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].removeprefix("make --silent ") in targets()


def watched_by(name: str) -> tuple[str, str] | None:
    """Which of Dependabot's kinds has to look where, for a file by its path; None if it pins nothing."""
    path = Path(name)
    folder = f"/{path.parent.as_posix()}".removesuffix(".")
    match path.name:
        case "package-lock.json":
            return "npm", folder
        case "pom.xml":
            return "maven", folder
        case one if re.fullmatch(r"requirements.*\.txt", one):
            return "pip", folder
    return ("github-actions", "/") if name.startswith(".github/workflows/") else None


def committed() -> list[str]:
    """Every file that git has, by its path."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return listing.rstrip("\0").split("\0")


def test_dependabot_watches_every_lock_and_nothing_that_is_not_there() -> None:
    looked_at = read(ROOT / ".github/dependabot.yml")["updates"]

    needed = {found for name in committed() if (found := watched_by(name))}

    assert sorted((one["package-ecosystem"], one["directory"]) for one in looked_at) == sorted(needed)
    assert {one["schedule"]["interval"] for one in looked_at} == {"weekly"}


def test_what_has_to_be_watched_is_found_by_its_name() -> None:
    assert watched_by("requirements-new.txt") == ("pip", "/")
    assert watched_by("local/requirements.txt") == ("pip", "/local")
    assert watched_by("a/b/package-lock.json") == ("npm", "/a/b")
    assert watched_by("package-lock.json") == ("npm", "/")
    assert watched_by("docs/requirements/PRODUCT.md") is None


def test_npm_keeps_to_its_locks_in_every_folder_that_has_one() -> None:
    locks = [ROOT / name for name in committed() if name.endswith("package-lock.json")]

    rules = {(lock.parent / ".npmrc").read_text() for lock in locks}

    assert locks
    # No script of a package runs, and no registry stands in a lock, whoever wrote it.
    (rule,) = rules
    assert {"ignore-scripts=true", "save-exact=true", "omit-lockfile-registry-resolved=true"} <= set(rule.splitlines())
    assert all('"resolved"' not in lock.read_text() for lock in locks)
