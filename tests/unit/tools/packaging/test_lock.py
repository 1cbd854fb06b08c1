"""The lock says what is packaged: everything that is asked for, without what Lambda's runtime brings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.packaging.errors import PackagingError
from tools.packaging.lock import packaged, read_lock

ROOT = Path(__file__).parents[4]
DIGEST = "0" * 64


def lock(*packages: str) -> str:
    """A lock of packages, each written as `name<above,above`."""
    lines = ["# generated"]
    for package in packages:
        name, _, above = package.partition("<")
        lines += [f"{name}==1.0 \\", f"    --hash=sha256:{DIGEST}"]
        named = above.split(",")
        lines += [f"    # via {above}"] if len(named) == 1 else ["    # via", *(f"    #   {one}" for one in named)]
    return "\n".join(lines) + "\n"


def test_a_package_has_its_hashes_and_what_needs_it() -> None:
    [asked, needed] = read_lock(lock("Big_One<-r requirements.in,-c other.txt", "small.one<big-one"))

    assert (asked.name, asked.version, asked.hashes) == ("big-one", "1.0", frozenset({DIGEST}))
    assert asked.needed_by == frozenset()
    assert (needed.name, needed.needed_by) == ("small-one", frozenset({"big-one"}))


def test_what_boto3_needs_at_any_distance_is_left_out_even_if_another_needs_it_too() -> None:
    locked = read_lock(
        lock("boto3<-r requirements.in", "tracer<-r requirements.in", "core<boto3,tracer", "dates<core", "own<tracer")
    )

    assert [package.name for package in packaged(locked)] == ["tracer", "own"]


def test_packages_that_need_one_another_are_packaged() -> None:
    assert len(packaged(read_lock(lock("one<two", "two<one")))) == 2


@pytest.mark.parametrize("line", ["-e .", "thing>=1.0 \\", "thing==1.0; python_version < '3' \\", "--hash=sha256:12"])
def test_a_line_that_is_not_understood_is_named(line: str) -> None:
    with pytest.raises(PackagingError, match=f"line 6 of the lock is not understood: {re.escape(line)}"):
        read_lock(f"{lock('one<-r requirements.in')}\n{line}\n")


def test_a_package_without_a_hash_is_refused() -> None:
    with pytest.raises(PackagingError, match="thing has no hash in the lock"):
        read_lock("thing==1.0 \\\n    # via -r requirements.in\n")


def test_the_lock_of_the_product_is_read_whole() -> None:
    locked = read_lock((ROOT / "requirements-lambda.txt").read_text(encoding="utf-8"))
    names = {package.name for package in packaged(locked)}

    assert {"pydantic", "pydantic-core", "aws-lambda-powertools", "aws-xray-sdk", "wrapt", "python-ulid"} <= names
    assert names.isdisjoint({"boto3", "botocore", "s3transfer", "jmespath", "urllib3", "python-dateutil", "six"})
