"""`make run` as a person runs it: a process of its own, its output, its exit code, and what it leaves behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

import boto3
import pytest

from local.function_process import ROOT
from local.packages import RUNTIME
from local.state_folder import state_folder
from shared.roles import Role
from tests.e2e.simulated import Simulated
from tests.e2e.terminal import Terminal
from tests.e2e.waiting import eventually
from tests.support.packages import FOR_THIS_PYTHON, built_into
from tests.unit.docs.markdown import Document

SIGNING_IN: Final = Document("docs/guides/LOCAL_SYSTEM.md").blocks_run_by("tests/e2e/test_demo.py")

LONG: Final = 240.0
"""Real seconds for a whole demo beside others on a busy machine; alone it takes about half a minute."""


OF_ANOTHER_SYSTEM: Final = {
    "AWS_ACCESS_KEY_ID": "ASIAOTHER",
    "AWS_SECRET_ACCESS_KEY": "other",
    "AWS_SESSION_TOKEN": "other",
    "AWS_PROFILE": "nobody",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    **dict.fromkeys(
        ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DRS", "AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_SFN"],
        "http://127.0.0.1:9",
    ),
}
"""What a terminal still exports of a local system that has ended: nobody listens there."""


class Demo:
    """A running demo; what it has of a temporary nature is in `temporary`."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        exported: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        name = "-".join(arguments).replace("/", "-")
        self._output = folder / f"demo{name}.txt"
        self.temporary = folder / f"temporary{name}"
        self.temporary.mkdir()
        with self._output.open("wb") as output, _hang_ups_are_heard():
            self.process = subprocess.Popen(
                [sys.executable, "-m", "local.demo", "--scale", "150", *arguments],
                cwd=ROOT,
                env={
                    **os.environ,
                    **exported,
                    "PYTHONUNBUFFERED": "1",
                    "PYTHONFAULTHANDLER": "1",
                    "COLUMNS": "160",
                    "TMPDIR": str(self.temporary),
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        """Everything that it has printed so far."""
        return self._output.read_text(encoding="utf-8")

    def wait_for(self, text: str) -> None:
        """Until it has printed that."""
        eventually(lambda: text in self.output or self.process.poll() is not None, f"it should print {text}", LONG)
        assert text in self.output, self.output

    def end(self, seconds: float = LONG) -> int:
        """Its exit code, once it has ended."""
        return self.process.wait(seconds)

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ctrl-C or another signal, and its exit code; AssertionError tells what its threads do if it does not end."""
        self.process.send_signal(number)
        try:
            return self.process.wait(LONG / 2)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            self.process.wait(10)
            raise AssertionError(f"{number.name} does not end it: {self.output}") from None

    def exports(self) -> dict[str, str]:
        """The environment variables that it offers to other terminals."""
        return dict(re.findall(r"^  export (\w+)=(.+)$", self.output, re.MULTILINE))

    def children(self) -> list[int]:
        """The processes that it has started."""
        return [pid for pid in _processes() if _parent(pid) == self.process.pid]


@contextmanager
def _hang_ups_are_heard() -> Iterator[None]:
    """As in a terminal: a child inherits that SIGHUP is ignored, as it is where tests go on without one."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Demo]]:
    """Four demos at once: one to its end with the zips that are deployed, two that serve, one to be interrupted."""
    folder = tmp_path_factory.mktemp("demos")
    whole = Demo(folder, *_zips(folder / "build"), exported=OF_ANOTHER_SYSTEM)
    running = {"whole": whole, "serving": Demo(folder, "--serve")}
    running["attended"] = Demo(folder, "--attended", "--serve")
    (folder / "other").mkdir()
    running["interrupted"] = Demo(folder / "other")
    yield running
    for demo in running.values():
        demo.process.kill()
        demo.process.wait()


def _zips(build: Path) -> list[str]:
    """What asks for the zips; nothing where another Python runs than the one that they are for."""
    if sys.version_info[:2] != RUNTIME:
        return []
    built_into(build)
    return ["--zips", str(build)]


def test_ctrl_c_in_the_middle_leaves_nothing_running(demos: dict[str, Demo]) -> None:
    demo = demos["interrupted"]
    demo.wait_for(": 1 LAUNCHING")
    functions = demo.children()
    assert len(functions) >= 3, "each function has a process"

    code = demo.interrupt()

    assert code == 130, demo.output
    assert demo.output.rstrip().endswith("Stopped.")
    assert "Traceback" not in demo.output
    assert list(demo.temporary.iterdir()) == []
    nothing_is_left(demo, functions)


@FOR_THIS_PYTHON
def test_the_functions_of_a_demo_run_from_the_zips_that_are_deployed(demos: dict[str, Demo]) -> None:
    demo = demos["whole"]
    demo.wait_for(": 1 LAUNCHING")

    folders = [Path(f"/proc/{pid}/cwd").readlink() for pid in demo.children()]

    assert {folder.name for folder in folders} >= {"query-handler", "orchestration-stepfunctions"}
    assert {folder.parent.name.startswith("local-packages-") for folder in folders} == {True}


@pytest.mark.requirement("PRD-02", "PRD-29")
def test_the_demo_recovers_approves_by_the_cli_reports_and_cleans_up(demos: dict[str, Demo]) -> None:
    """Whatever the terminal in which it was started exports of another system."""
    demo = demos["whole"]

    assert demo.end() == 0, demo.output

    told = demo.output
    approvals = re.findall(r"^\$ aws stepfunctions send-task-success .*\n  (\w+)$", told, re.MULTILINE)
    assert approvals == ["RUNNING", "RUNNING"], "both gates were approved by the commands of their mails"
    assert re.search(r"RTO actual\s+│\s+\d+ min \d\d s", told)
    assert re.search(r"RTO actual without the gates\s+│\s+\d+ min \d\d s", told)
    assert "COMPLETED 100 %: 1 COMPLETED 100 %, 2 COMPLETED 100 %, 3 COMPLETED 100 %" in told
    assert re.search(
        r"^Drills launch \w+ into subnet-\w+, without the static addresses of its servers$", told, re.MULTILINE
    )
    assert "The launch settings of its servers are as they were before the drill" in told
    assert "AWS shows no recovery instance and no running EC2 instance in either account" in told
    nothing_is_left(demo, [])


def test_serving_keeps_the_system_up_until_ctrl_c(demos: dict[str, Demo]) -> None:
    demo = demos["serving"]
    demo.wait_for("The system stays up; Ctrl-C ends it.")
    functions = demo.children()
    exports = demo.exports()

    simulated = Simulated(exports["AWS_ENDPOINT_URL_DRS"])
    launched = [effect["instanceId"] for effect in simulated.effects("instanceLaunched")]
    gone = [effect["instanceId"] for effect in simulated.effects("instanceTerminated")]
    assert len(launched) == 6 and sorted(launched) == sorted(gone), "DRS itself has seen all six come and go"
    gates = [item for item in _execution_history(exports) if "#GATE#" in item["planId"]["S"]]
    assert [(gate["status"]["S"], gate["decidedBy"]["S"]) for gate in gates] == [
        ("APPROVED", "holder of the mail's command")
    ] * 2
    assert demo.process.poll() is None

    code = demo.interrupt()

    assert code == 130, demo.output
    assert demo.output.rstrip().endswith("Stopped.")
    assert list(demo.temporary.iterdir()) == []
    nothing_is_left(demo, functions)


def test_a_served_system_has_an_api_and_a_user_for_each_role(demos: dict[str, Demo]) -> None:
    demo = demos["attended"]
    demo.wait_for("The API is ")
    demo.wait_for("DRSReadOnly")
    exports = demo.exports()
    users = re.findall(r"^  ([a-z-]+) +(DRS\w+) +(\S+)$", demo.output, re.MULTILINE)

    signed_in = {
        role: _client(exports, "cognito-idp").initiate_auth(
            ClientId=exports["USER_POOL_CLIENT_ID"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )["AuthenticationResult"]["IdToken"]
        for name, role, password in users
    }

    assert [role for _, role, _ in users] == [role.value for role in Role]
    assert f"The API is {exports['API_ENDPOINT']};" in demo.output
    for token in signed_in.values():
        request = urllib.request.Request(f"{exports['API_ENDPOINT']}/recovery-plans", headers={"Authorization": token})
        with urllib.request.urlopen(request) as answer:
            assert "items" in json.load(answer)


def test_the_guides_commands_sign_in_and_ask_the_api(demos: dict[str, Demo], tmp_path: Path) -> None:
    demo = demos["attended"]
    demo.wait_for("Started drill ")
    [password] = re.findall(r"^  operator +DRSOperator +(\S+)$", demo.output, re.MULTILINE)
    terminal = Terminal(tmp_path, {**os.environ, **demo.exports()})
    terminal.set(PASSWORD=password)

    [asked] = [terminal.paste(block) for block in SIGNING_IN]

    assert [plan["planName"] for plan in json.loads(asked)["items"]] == ["3TierFullStackRecoveryPlan"]


def test_whoever_attends_and_is_served_finds_the_instances_and_terminates_them(demos: dict[str, Demo]) -> None:
    demo = demos["attended"]
    demo.wait_for("2 AWAITING_APPROVAL")
    exports = demo.exports()
    [started] = re.findall(r"^Started drill (\S+)$", demo.output, re.MULTILINE)

    _ask(exports, "execution-handler", "cancel_execution", started)
    demo.wait_for("The system stays up; Ctrl-C ends it.")

    assert "its instances are left to you" in demo.output
    assert Simulated(exports["AWS_ENDPOINT_URL_DRS"]).effects("instanceTerminated") == []
    assert _ask(exports, "execution-handler", "terminate_instances", started)["serverCount"] == 2


def test_whoever_ends_a_system_that_is_served_leaves_no_temporary_folder(demos: dict[str, Demo]) -> None:
    _ended_by(signal.SIGTERM, demos["attended"])


def test_whoever_closes_its_terminal_leaves_no_temporary_folder(tmp_path: Path) -> None:
    demo = Demo(tmp_path)
    demo.wait_for("From another terminal:")

    _ended_by(signal.SIGHUP, demo)


def _ended_by(number: signal.Signals, demo: Demo) -> None:
    functions = demo.children()
    assert list(demo.temporary.iterdir())

    code = demo.interrupt(number)

    assert code == 128 + number, demo.output
    assert demo.output.rstrip().endswith("Stopped.")
    assert list(demo.temporary.iterdir()) == []
    nothing_is_left(demo, functions)


def test_a_state_folder_that_is_none_or_is_in_use_is_refused_in_a_sentence(tmp_path: Path) -> None:
    used = str(tmp_path / "used")
    with state_folder(Path(used)):
        for state, why in [("README.md", "must be a folder"), (used, "is in use by a system that runs")]:
            demo = Demo(tmp_path, "--state", state)

            assert demo.end() == 2
            assert f"error: argument --state: {state} {why}" in demo.output
            assert "Traceback" not in demo.output


@FOR_THIS_PYTHON
def test_a_folder_without_packages_is_refused_in_a_sentence(tmp_path: Path) -> None:
    demo = Demo(tmp_path, "--zips", str(tmp_path))

    assert demo.end() == 2
    assert "holds no packages: run make package" in demo.output
    assert "Traceback" not in demo.output


def _ask(exports: dict[str, str], function: str, operation: str, execution_id: str) -> dict[str, Any]:
    """What an operation answers about an execution; RuntimeError if it is refused."""
    payload = json.dumps({"operation": operation, "executionId": execution_id})
    name = f"aws-drs-orchestration-{function}-dev:live"
    answer = json.load(_client(exports, "lambda").invoke(FunctionName=name, Payload=payload)["Payload"])
    if "error" in answer:
        raise RuntimeError(str(answer))
    return dict(answer)


def _execution_history(exports: dict[str, str]) -> list[dict[str, Any]]:
    """The table, read with what the demo tells other terminals."""
    pages = (
        _client(exports, "dynamodb")
        .get_paginator("scan")
        .paginate(TableName="aws-drs-orchestration-execution-history-dev")
    )
    return [dict(item) for page in pages for item in page["Items"]]


def _client(exports: dict[str, str], service: Literal["cognito-idp", "dynamodb", "lambda"]) -> Any:
    return boto3.client(
        service,
        endpoint_url=exports["AWS_ENDPOINT_URL"],
        region_name=exports["AWS_REGION"],
        aws_access_key_id=exports["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=exports["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=exports["AWS_SESSION_TOKEN"],
    )


def nothing_is_left(demo: Demo, functions: list[int]) -> None:
    """No child, none of these processes, and nobody on its ports."""
    assert not demo.children()
    eventually(lambda: not set(functions) & set(_processes()), "the functions' processes should be gone", 10)
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DRS"):
        port = int(demo.exports()[name].rsplit(":", 1)[1])
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind(("127.0.0.1", port))


def _processes() -> list[int]:
    """Every process of this machine that is more than a memory."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal() and _state(entry) != "Z"]


def _parent(pid: int) -> int:
    return int((_stat(Path(f"/proc/{pid}")) or "x 0").split()[1])


def _state(entry: Path) -> str:
    return (_stat(entry) or "Z").split()[0]


def _stat(entry: Path) -> str | None:
    """State, parent and the rest; None for a process that is gone."""
    try:
        return (entry / "stat").read_text().rpartition(") ")[2]
    except (FileNotFoundError, ProcessLookupError):
        return None
