"""What is published of the console, and for how long a browser may keep it."""

from __future__ import annotations

import json

import pytest

from frontend_deployer.pages import left_over, pages

CONFIG = {"region": "us-east-1", "apiEndpoint": "https://api.example.com/dev"}
FILES = [
    ("index.html", b"<html>"),
    ("assets/index-B4xKq91z.js", b"code"),
    ("assets/vendor.3f2a9c81d0.css", b"style"),
    ("assets/logo.svg", b"<svg/>"),
    ("favicon.ico", b"\0"),
]


def kept(key: str) -> str:
    """The Cache-Control of a file."""
    return next(page.cache_control for page in pages(FILES, CONFIG) if page.key == key)


@pytest.mark.parametrize("key", ["assets/index-B4xKq91z.js", "assets/vendor.3f2a9c81d0.css"])
def test_a_file_that_is_named_after_its_content_is_kept_for_a_year(key: str) -> None:
    assert kept(key) == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("key", ["index.html", "aws-config.json"])
def test_what_names_the_others_is_asked_for_each_time(key: str) -> None:
    assert kept(key) == "no-cache"


@pytest.mark.parametrize("key", ["assets/logo.svg", "favicon.ico"])
def test_another_file_is_kept_for_an_hour(key: str) -> None:
    assert kept(key) == "public, max-age=3600"


def test_the_index_comes_last_because_it_names_the_others() -> None:
    assert [page.key for page in pages(FILES, CONFIG)][-2:] == ["aws-config.json", "index.html"]


def test_the_configuration_is_what_the_stack_says() -> None:
    (page,) = [page for page in pages(FILES, CONFIG) if page.key == "aws-config.json"]

    assert json.loads(page.content) == CONFIG
    assert page.content_type == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("key", "content_type"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("assets/index-B4xKq91z.js", "text/javascript; charset=utf-8"),
        ("assets/vendor.3f2a9c81d0.css", "text/css; charset=utf-8"),
        ("assets/logo.svg", "image/svg+xml; charset=utf-8"),
        ("favicon.ico", "image/x-icon"),
    ],
)
def test_a_file_says_what_it_is(key: str, content_type: str) -> None:
    assert [page.content_type for page in pages(FILES, CONFIG) if page.key == key] == [content_type]


def test_a_file_without_an_ending_is_bytes() -> None:
    (page, *_) = pages([("LICENSE", b"words"), ("index.html", b"<html>")], CONFIG)

    assert (page.key, page.content_type) == ("LICENSE", "application/octet-stream")


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ([("app.js", b"")], "no index.html"),
        ([("index.html", b""), ("aws-config.json", b"{}")], "written for each deployment"),
    ],
)
def test_what_is_no_console_is_not_published(files: list[tuple[str, bytes]], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        pages(files, CONFIG)


def test_what_an_earlier_release_left_is_named() -> None:
    published = pages(FILES, CONFIG)

    assert list(left_over(["index.html", "assets/index-old00000.js"], published)) == ["assets/index-old00000.js"]
