"""What a browser gets of the console on this machine."""

from __future__ import annotations

import gzip
import http.client
import json
from pathlib import Path

import pytest

from frontend_deployer.pages import FOR_A_YEAR
from local.cloudformation.template import TemplateError
from local.console.headers import response_headers
from local.console.pages import ConsolePages
from local.console.server import ConsoleServer
from tests.support.templates import CFN, HUB

API = "http://127.0.0.1:1"
USERS = "http://127.0.0.1:2"
TEMPLATE = CFN / "frontend-stack.yaml"


@pytest.fixture
def pages(tmp_path: Path) -> ConsolePages:
    """A small console."""
    (tmp_path / "dist" / "assets").mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text("<h1>console</h1>")
    (tmp_path / "dist" / "assets" / "main-12345678.js").write_text("x" * 2000)
    (tmp_path / "secret.txt").write_text("secret")
    made = ConsolePages(tmp_path / "dist")
    made.tell({"apiEndpoint": API}, response_headers(TEMPLATE, HUB, API, USERS))
    return made


@pytest.mark.parametrize("path", ["/", "/recovery-plans", "/recovery-plans/some-id/edit"])
def test_every_address_of_a_page_is_the_one_page(pages: ConsolePages, path: str) -> None:
    page = pages.page(path, takes_gzip=False)

    assert (page.status, page.body) == (200, b"<h1>console</h1>")
    assert dict(page.headers)["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/assets/gone-12345678.js", "/../secret.txt", "//etc/hosts.txt"])
def test_a_file_that_is_missing_or_elsewhere_is_not_there(pages: ConsolePages, path: str) -> None:
    assert pages.page(path, takes_gzip=False).status == 404


def test_the_configuration_is_what_the_system_tells(pages: ConsolePages) -> None:
    page = pages.page("/aws-config.json", takes_gzip=True)

    assert json.loads(page.body) == {"apiEndpoint": API}
    assert dict(page.headers)["Cache-Control"] == "no-cache"


def test_files_are_kept_for_ever_and_compressed_for_who_takes_it(pages: ConsolePages) -> None:
    page = pages.page("/assets/main-12345678.js", takes_gzip=True)
    headers = dict(page.headers)

    assert gzip.decompress(page.body) == b"x" * 2000
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert (headers["Content-Encoding"], headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert headers["Cache-Control"] == FOR_A_YEAR


@pytest.mark.parametrize("path", ["/", "/aws-config.json", "/gone.js"])
def test_every_answer_forbids_what_is_not_ours(pages: ConsolePages, path: str) -> None:
    headers = dict(pages.page(path, takes_gzip=False).headers)
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == f"'self' {API} {USERS}"
    assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize(
    ("written", "instead", "why"),
    [
        ("          ContentTypeOptions:", "          XSSProtection:", "XSSProtection, which local/ does not send"),
        ("        SecurityHeadersConfig:", "        CorsConfig:", "CorsConfig, which local/ does not send"),
        ("connect-src 'self'", "connect-src https://example.com", "example.com, which is nowhere here"),
    ],
)
def test_what_the_template_sends_and_this_machine_cannot_is_an_error(
    tmp_path: Path, written: str, instead: str, why: str
) -> None:
    other = tmp_path / "frontend-stack.yaml"
    other.write_text(TEMPLATE.read_text().replace(written, instead))

    with pytest.raises(TemplateError, match=why):
        response_headers(other, HUB, API, USERS)


def test_its_server_answers_get_and_head_and_ends(pages: ConsolePages) -> None:
    server = ConsoleServer(pages)
    host = server.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request("HEAD", "/executions?status=RUNNING")
        answer = connection.getresponse()
        assert (answer.status, answer.read(), answer.headers["Content-Length"]) == (200, b"", "16")
    finally:
        connection.close()
        server.stop()
