"""AWS's own engine is fetched with patience, and where it is missing CI and the bench fail while others are told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.dynamodb_local import FETCH_TRIES, LIBRARIES, PAUSE_SECONDS, ROOT, Unavailable, fetch, go_without

A_TEST_OF_IT = ("tests/integration/stores/test_locks.py", "-k", "dynamodb-local and free_server")
A_MEASURE_OF_IT = ("tests/bench/test_start_races.py", "-k", "shared")


@pytest.fixture
def no_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A search path with nothing on it but what a test puts into this folder, and the shell."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    return programs


def maven(programs: Path, *, fails: int) -> None:
    """A Maven that fails so many times and then makes the folder."""
    tried = programs / "tried"
    script = programs / "mvn"
    script.write_text(
        f"""#!/bin/sh
echo x >> {tried}
[ "$(/usr/bin/wc -l < {tried})" -gt {fails} ] || {{ echo '[ERROR] Unknown host'; exit 1; }}
for argument; do case $argument in -DoutputDirectory=*) /bin/mkdir -p "${{argument#*=}}" ;; esac; done
"""
    )
    script.chmod(0o755)


def session_without_java(programs: Path, *chosen: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a session of pytest makes of a test on DynamoDB Local when there is no java."""
    inherited = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("COV_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *chosen, "--no-cov", "-q", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env={**inherited, "PATH": str(programs), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_in_ci_a_missing_engine_fails_the_session_and_says_what_is_missing(no_programs: Path) -> None:
    session = session_without_java(no_programs, *A_TEST_OF_IT, CI="true")

    assert session.returncode != 0
    assert "DynamoDB Local needs java" in session.stdout
    assert "1 error" in session.stdout


def test_elsewhere_a_missing_engine_skips_and_says_what_is_missing(no_programs: Path) -> None:
    session = session_without_java(no_programs, *A_TEST_OF_IT)

    assert session.returncode == 0
    assert "DynamoDB Local needs java" in session.stdout
    assert "1 skipped" in session.stdout


def test_a_bench_without_the_engine_fails_and_says_what_is_missing(no_programs: Path) -> None:
    [bench] = [line for line in (ROOT / "Makefile").read_text().splitlines() if "-m pytest tests/bench" in line]
    assert "--document" in bench.split(), "which tells the bench of make from one for a look"

    session = session_without_java(no_programs, *A_MEASURE_OF_IT, "--document")

    assert session.returncode != 0
    assert "DynamoDB Local needs java" in session.stdout
    assert "1 error" in session.stdout
    assert session_without_java(no_programs, *A_MEASURE_OF_IT).returncode == 0


@pytest.mark.parametrize(
    ("environment", "documents", "outcome"),
    [
        ({"CI": "true"}, False, pytest.fail.Exception),
        ({"CI": ""}, False, pytest.skip.Exception),
        ({}, False, pytest.skip.Exception),
        ({}, True, pytest.fail.Exception),
    ],
)
def test_only_ci_and_the_bench_insist(
    environment: dict[str, str], documents: bool, outcome: type[BaseException]
) -> None:
    with pytest.raises(outcome, match="needs mvn"):
        go_without(Unavailable("DynamoDB Local needs mvn to be fetched"), environment, documents=documents)


def test_what_ci_runs_says_that_it_is_ci() -> None:
    assert "export CI=true" in (ROOT / ".ci/run").read_text().splitlines()


@pytest.mark.usefixtures("no_programs")
def test_what_is_there_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()

    fetch(tmp_path / "there")


@pytest.mark.usefixtures("no_programs")
def test_without_maven_nothing_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="mvn"):
        fetch(tmp_path / "build" / "engine")


def test_a_hiccup_of_the_network_is_sat_out(no_programs: Path, tmp_path: Path) -> None:
    maven(no_programs, fails=FETCH_TRIES - 1)
    pauses: list[float] = []

    fetch(tmp_path / "build" / "engine", pauses.append)

    assert [entry.name for entry in (tmp_path / "build").iterdir()] == ["engine"]
    assert pauses == [PAUSE_SECONDS] * (FETCH_TRIES - 1)


def test_a_network_that_is_down_is_reported_in_mavens_words_and_leaves_nothing(
    no_programs: Path, tmp_path: Path
) -> None:
    maven(no_programs, fails=FETCH_TRIES)

    with pytest.raises(Unavailable, match=f"{FETCH_TRIES} tries: \\[ERROR\\] Unknown host"):
        fetch(tmp_path / "build" / "engine", lambda _seconds: None)

    assert list((tmp_path / "build").iterdir()) == []


def test_the_engine_is_kept_among_what_is_built_and_named_by_its_version() -> None:
    [version] = [line for line in (ROOT / "tests/support/dynamodb_local/pom.xml").read_text().split() if "3." in line]

    assert version == f"<version>{LIBRARIES.name.rpartition('-')[2]}</version>"
    assert LIBRARIES.parent == ROOT / "build"
