"""moto as one cloud: its backends in this process, and a door over HTTP for every other process."""

import importlib
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from moto import mock_aws
from moto.server import ThreadedMotoServer

from local.clock import LocalClock
from local.drs_simulator.moto_ec2 import CHOSEN_ID
from local.moto_patches import (
    access_keys,
    assume_role,
    attribute_values,
    images,
    instance_ids,
    instance_time,
    instance_tracking,
    interpreter_clients,
    interpreter_parsing,
    interpreter_stop,
    interpreter_time,
    launch_template_pages,
    launch_template_versions,
    listed_in_pages,
    network_addresses,
    one_at_a_time,
    ops_center,
    refusals,
    run_command,
    table_queries,
    task_tokens,
    transaction_copies,
    user_sign_in,
)
from local.moto_patches.patches import Patches
from local.moto_patches.refusals import Refusals

_CONFIG: Final[Any] = {
    "stepfunctions": {"execute_state_machine": True},
    "lambda": {"use_docker": False},
    "core": {"mock_credentials": False},
}
_JOIN_SECONDS: Final = 5.0


_only_cloud: Final = threading.Lock()


class CloudInUseError(Exception):
    """This process already has a running local system."""


class Cloud:
    """A running moto with our patches; everything in it is lost when it stops."""

    def __init__(self, clock: LocalClock, port: int = 0) -> None:
        self.clock = clock
        self.patches = Patches()
        self.refusals = Refusals()
        self._mock: Any = mock_aws(config=_CONFIG)
        self._server = ThreadedMotoServer("127.0.0.1", port, verbose=False)

    def start(self) -> None:
        """Opens both doors; raises CloudInUseError if another cloud is open in this process."""
        if not _only_cloud.acquire(blocking=False):
            raise CloudInUseError("moto's state belongs to the process: stop the other local system first")
        self._mock.start()
        instance_tracking.install(self.patches)
        interpreter_time.install(self.patches, self.clock)
        interpreter_stop.install(self.patches, self.clock)
        task_tokens.install(self.patches)
        transaction_copies.install(self.patches)
        table_queries.install(self.patches)
        interpreter_clients.install(self.patches)
        interpreter_parsing.install(self.patches)
        one_at_a_time.install(self.patches)
        refusals.install(self.patches, self.refusals)
        access_keys.install(self.patches)
        assume_role.install(self.patches)
        attribute_values.install(self.patches)
        launch_template_versions.install(self.patches)
        launch_template_pages.install(self.patches)
        listed_in_pages.install(self.patches)
        network_addresses.install(self.patches)
        images.install(self.patches)
        instance_ids.install(self.patches, CHOSEN_ID)
        instance_time.install(self.patches, self.clock)
        run_command.install(self.patches, self.clock)
        ops_center.install(self.patches, self.clock)
        user_sign_in.install(self.patches)
        self._server.start()

    @property
    def endpoint(self) -> str:
        """The URL of every service but DRS."""
        host, port = self._server.get_host_and_port()
        return f"http://{host}:{port}"

    def lose(self, account: str, region: str, before_joining: Callable[[], None] = lambda: None) -> None:
        """Everything of an account in a region is gone, as if it had never been made; what has no region stays.

        What runs in Step Functions is aborted; the caller ends what that waits for.
        """
        _abort_executions(self.clock)
        before_joining()
        _join_interpreter()
        in_use = importlib.import_module("moto.core.base_backend").BackendDict._instances
        for accounts in list(in_use):
            if account in list(accounts):
                accounts[account].pop(region, None)

    def stop(self, before_joining: Callable[[], None] = lambda: None) -> None:
        """Aborts what runs in Step Functions, lets the caller end what that waits for, and closes both doors."""
        _abort_executions(self.clock)
        before_joining()
        _join_interpreter()
        self._server.stop()
        server = self._server._server
        if server is not None:
            server.server_close()
        _forget_backends()
        self._mock.stop()
        self.patches.undo()
        _only_cloud.release()


def _abort_executions(clock: LocalClock) -> None:
    backends = importlib.import_module("moto.stepfunctions.parser.models").stepfunctions_parser_backends
    for account in list(backends.values()):
        for backend in list(account.values()):
            for machine in list(backend.state_machines):
                for execution in list(machine.executions):
                    if execution.status == "RUNNING" and execution.exec_worker.env is not None:
                        execution.stop(stop_date=clock.now(), error="LocalSystem.Stopped", cause=None)
                        interpreter_stop.end_token_waits(execution)


def _forget_backends() -> None:
    """Let go of every backend of every account.

    moto makes each anew before it lets go of it, with hundreds of images in every region of EC2: a whole second of a
    processor for each of them. Those that have more than their memory to give up are still asked to.
    """
    base = importlib.import_module("moto.core.base_backend")
    with base.backend_lock:
        in_use = base.BackendDict._instances
        left = [backend for accounts in in_use for account in accounts.values() for backend in account.values()]
        for accounts in in_use:
            accounts.clear()
        in_use.clear()
    # without the lock: a thread that is still there may hold what one of them waits for, and wait for the lock
    for backend in left:
        if type(backend).reset is not base.BaseBackend.reset:
            backend.reset()


def _join_interpreter() -> None:
    threads = importlib.import_module("moto.stepfunctions.parser.utils").TMP_THREADS
    deadline = time.monotonic() + _JOIN_SECONDS
    while threads:
        threads.pop().join(max(0.0, deadline - time.monotonic()))
