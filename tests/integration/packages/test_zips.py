"""The zips as Lambda gets them: without boto3, complete, and answering through AWS's own runtime client."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, Final

import pytest

from frontend_deployer.pages import ALWAYS_ASK, FOR_A_YEAR, FOR_AN_HOUR
from local.clock import ClockDescription
from local.console.pages import ConsolePages
from local.function_process import ROOT, RuntimeSettings
from local.functions import Functions, FunctionSpec
from tests.integration.packages.conftest import Built
from tests.support.packages import FOR_THIS_PYTHON
from tests.support.templates import TEMPLATES, load_template
from tools.packaging.bundled import NOTICES
from tools.packaging.console import PUBLISHER, console_files
from tools.packaging.contents import function_names
from tools.packaging.templates import key_parameter

pytestmark = [pytest.mark.wheels, FOR_THIS_PYTHON]

FUNCTIONS: Final = tuple(function_names(ROOT / "lambda"))
MOST_BYTES: Final = 15_000_000
ROLE: Final = "arn:aws:iam::123456789012:role/orchestration"
REFUSALS: Final = ("OPERATION_NOT_FOUND", "ValidationError")
"""How the functions themselves refuse what they do not know; what cannot be loaded is another error."""

_DESCRIBED: Final = """
from shared.cross_account import new_session
loader = new_session()._session.get_component("data_loader")
for service in ("drs", "ec2"):
    version = loader.determine_latest_version(service, "service-2")
    print(loader.load_data_with_path(f"{service}/{version}/service-2")[1].rpartition(f"/{version}")[0])
"""


def told(built: Built, function: str, script: str) -> list[str]:
    """What a script prints in an interpreter that has a zip and Lambda's runtime and nothing else."""
    paths = [str(built.packages.functions[function]), str(built.packages.runtime)]
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", f"import sys\nsys.path[:0] = {paths}\n{script}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr
    return ran.stdout.splitlines()


def declared() -> Mapping[str, Mapping[str, Any]]:
    """Every function of the templates by the name of its zip, which the parameter of its key tells."""
    parameters = {key_parameter(name): name for name in FUNCTIONS}
    stacks = [load_template(name, OrchestrationRoleArn=ROLE) for name in TEMPLATES]
    functions = [body for stack in stacks for body in stack.of_type("AWS::Lambda::Function").values()]
    keys = [str(body["Code"]["S3Key"]).rpartition("/")[2].strip("${}").lower() for body in functions]
    return {parameters[key]: body for key, body in zip(keys, functions, strict=True)}


def test_every_function_of_the_templates_has_a_zip_and_every_zip_a_function(built: Built) -> None:
    assert set(declared()) == set(built.build.functions)


@pytest.mark.requirement("SRS-Q06")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_zip_is_small_and_holds_no_boto3_no_test_and_nothing_compiled_by_python(built: Built, function: str) -> None:
    content = built.build.functions[function].content
    with zipfile.ZipFile(BytesIO(content)) as archive:
        names = archive.namelist()

    assert len(content) < MOST_BYTES
    tops = {name.split("/")[0] for name in names}
    assert tops.isdisjoint({"boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six.py", "tests"})
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_the_built_console_is_in_the_zip_of_its_publisher_and_in_no_other(built: Built) -> None:
    console = console_files(ROOT / "frontend/dist")
    folders = {name: folder / "console" for name, folder in built.packages.functions.items()}

    inside = {path.relative_to(built.packages.console).as_posix() for path in built.packages.console.rglob("*.*")}
    assert inside == console.keys()
    assert {name for name, folder in folders.items() if folder.exists()} == {PUBLISHER}


def test_the_pages_of_the_zip_are_published_with_times_by_their_kind(built: Built) -> None:
    script = """
from frontend_deployer.pages import pages
from frontend_deployer.wiring import CONSOLE
files = [(path.relative_to(CONSOLE).as_posix(), path.read_bytes()) for path in CONSOLE.rglob("*") if path.is_file()]
for page in pages(files, {}):
    print(page.key, page.cache_control, sep="|")
"""
    kept = dict(line.split("|") for line in told(built, PUBLISHER, script))

    assert (kept.pop("index.html"), kept.pop("aws-config.json")) == (ALWAYS_ASK, ALWAYS_ASK)
    assert {time for key, time in kept.items() if key.startswith("assets/")} == {FOR_A_YEAR}
    assert {key: time for key, time in kept.items() if not key.startswith("assets/")} == dict.fromkeys(
        ("icon.svg", NOTICES), FOR_AN_HOUR
    )


def test_served_packages_serve_the_console_of_their_zip(built: Built) -> None:
    pages = ConsolePages(built.packages.console)
    index = pages.page("/", takes_gzip=False)
    named = re.findall(r'src="(/assets/[^"]+)"', index.body.decode())

    assert named
    assert all(pages.page(name, takes_gzip=False).status == 200 for name in named)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("machine", ["aarch64", "x86_64"])
def test_a_zip_runs_on_both_processors(built: Built, function: str, machine: str) -> None:
    compiled = [path for path in built.packages.functions[function].rglob("*.so") if machine in path.name]

    assert {path.parent.name for path in compiled} == {"pydantic_core", "wrapt"}
    assert all(path.name.endswith(f".cpython-312-{machine}-linux-gnu.so") for path in compiled)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_zip_is_imported_by_an_interpreter_that_has_nothing_but_boto3_beside_it(built: Built, function: str) -> None:
    folder = built.packages.functions[function]

    assert told(built, function, "import index; print(index.__file__, index.lambda_handler.__name__)") == [
        f"{folder}/index.py lambda_handler"
    ]


def test_drs_is_described_by_the_zip_and_everything_else_by_the_runtime(built: Built) -> None:
    where = told(built, "query-handler", _DESCRIBED)

    assert where == [
        f"{built.packages.functions['query-handler']}/models/drs",
        f"{built.packages.runtime}/botocore/data/ec2",
    ]


@pytest.fixture(scope="module")
def functions(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    """Every function from its zip, with AWS's runtime client and nothing else that is installed here."""
    settings = RuntimeSettings(
        clock=ClockDescription.starting_now(1.0),
        region="us-east-1",
        endpoint="http://127.0.0.1:9",
        drs_endpoint="http://127.0.0.1:9",
        credentials_of=lambda _role, _session: {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing"},
        log_folder=tmp_path_factory.mktemp("logs"),
        library_root=built.packages.runtime,
        only_library=True,
    )
    running = Functions(settings)
    yield running
    running.stop()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_zip_starts_and_answers_through_the_runtime_client_by_the_handler_of_its_template(
    built: Built, functions: Functions, function: str
) -> None:
    body = declared()[function]
    spec = FunctionSpec(
        name=body["FunctionName"],
        version="1",
        folder=built.packages.functions[function],
        handler=body["Handler"],
        timeout=30,
        memory=body["MemorySize"],
        role_arn=ROLE,
        environment={name: str(value) for name, value in body["Environment"]["Variables"].items()},
    )
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{spec.name}:live"

    outcome = functions.invoke(spec, arn, b'{"operation": "no_such_operation"}')

    said = json.loads(outcome.payload)
    assert said.get("error", said.get("errorType")) in REFUSALS, said
