"""What warm_aws starts with the CLI's own Python: `python warm_aws_server.py SOCKET PROGRAM`.

It ends with its standard input, has nothing of ours and nothing but the standard library beside the CLI.
"""

from __future__ import annotations

import gc
import importlib
import marshal
import os
import selectors
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_OF_PYTHON: Final = (b"PYTHON", b"LC_", b"LANG", b"LD_", b"MALLOC_", b"GLIBC_", b"SSL_", b"OPENSSL_")
"""How what Python itself looks at begins, before any code of the CLI does."""

_MOST_FILES: Final = 250


class Watched(os._Environ):  # type: ignore[type-arg]
    """An environment that remembers what was asked of it."""

    def __init__(self, real: Any) -> None:
        super().__init__(real._data, real.encodekey, real.decodekey, real.encodevalue, real.decodevalue)
        self.asked: set[bytes] = set()

    def __getitem__(self, key: str) -> str:
        self.asked.add(os.fsencode(key))
        value: str = super().__getitem__(key)
        return value


class Models:
    """Files of botocore that were parsed before; each is given out once, so that a call has its own."""

    def __init__(self) -> None:
        loaders = importlib.import_module("botocore.loaders")
        self._parsed: dict[str, Any] = {}
        self._real = loaders.JSONFileLoader.load_file
        self._loader = loaders.create_loader(os.environ["AWS_DATA_PATH"])
        self._unknown = loaders.DataNotFoundError
        self._keeping = False
        self._served: set[str] = set()
        models = self

        def load_file(self: Any, file_path: str) -> Any:
            return models.load(self, file_path)

        loaders.JSONFileLoader.load_file = load_file

    def keep_for(self, service: str) -> None:
        """Have what a call of that service reads first, and what every call does."""
        if service in self._served:
            return
        self._served.add(service)
        self._keeping = True
        for name in ("endpoints", "partitions", "_retry", "sdk-default-configuration"):
            self._loader.load_data(name)
        try:
            self._loader.load_service_model(service, "service-2")
        except self._unknown:
            self._served.discard(service)  # the call says so itself
        self._keeping = False

    def load(self, loader: Any, path: str) -> Any:
        """What is in a file, as the loader reads it."""
        if not self._keeping:
            found = self._parsed.pop(path, None)
            return self._real(loader, path) if found is None else found
        found = self._real(loader, path)
        if found is not None:
            self._parsed[path] = found
        return found


@dataclass(frozen=True)
class Call:
    """What somebody calls, with what, and where."""

    arguments: list[str]
    environment: dict[bytes, bytes]
    folder: bytes
    umask: int
    files: dict[int, int]
    """The number that each file has there, and the one that it has here."""

    def become(self) -> None:
        """Make this process what the caller's would be."""
        top = 1 + max(*(int(file.name) for file in Path("/proc/self/fd").iterdir()), *self.files)
        moved = {there: os.dup2(here, top + there, inheritable=False) for there, here in self.files.items()}
        os.closerange(0, top)
        for there, here in moved.items():
            os.dup2(here, there, inheritable=True)
            os.close(here)
        os.chdir(self.folder)
        os.umask(self.umask)
        os.environ.clear()
        os.environb.update(self.environment)
        time.tzset()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def received(connection: socket.socket) -> Call:
    """What the program in the caller's path has sent."""
    head, files, _, _ = socket.recv_fds(connection, 8, _MOST_FILES)
    left, parts = int.from_bytes(head, "big"), []
    while left:
        parts.append(connection.recv(left))
        left -= len(parts[-1])
    arguments, environment, folder, umask, numbers = marshal.loads(b"".join(parts))  # noqa: S302 - from our own shim
    return Call(arguments, environment, folder, umask, dict(zip(numbers, files, strict=True)))


class Server:
    """Forks for each call, and tells its exit code when it has ended."""

    def __init__(self, path: str, models: Models) -> None:
        self._models = models
        self._selector = selectors.DefaultSelector()
        self._pids: dict[socket.socket, int] = {}
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(64)
        self._selector.register(self._listener, selectors.EVENT_READ, self._take)
        self._selector.register(0, selectors.EVENT_READ, self._end)

    def serve(self) -> Call:
        """Answers in each process that was forked for a call, with the call; SystemExit when standard input ends."""
        while True:
            for ready, _ in self._selector.select():
                call: Call | None = ready.data(ready.fileobj)
                if call is not None:
                    return call

    def _take(self, _listener: Any) -> Call | None:
        connection, _ = self._listener.accept()
        call = received(connection)
        self._models.keep_for(call.arguments[0] if call.arguments else "")
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            return call
        for file in call.files.values():
            os.close(file)
        self._pids[connection] = pid
        self._selector.register(os.pidfd_open(pid), selectors.EVENT_READ, lambda ended: self._tell(ended, connection))
        self._selector.register(connection, selectors.EVENT_READ, self._hung_up)
        return None

    def _tell(self, ended: int, connection: socket.socket) -> None:
        self._selector.unregister(ended)
        os.close(ended)
        code = os.waitstatus_to_exitcode(os.waitpid(self._pids.pop(connection), 0)[1])
        if connection in self._selector.get_map():
            self._selector.unregister(connection)
            connection.sendall(code.to_bytes(4, "big", signed=True))
        connection.close()

    def _hung_up(self, connection: socket.socket) -> None:
        """Whoever called was ended: so is the call."""
        self._selector.unregister(connection)
        os.kill(self._pids[connection], signal.SIGKILL)

    def _end(self, _stdin: Any) -> None:
        for pid in self._pids.values():
            os.kill(pid, signal.SIGKILL)
        sys.exit(0)


def main(path: str, program: str) -> Any:
    """Import the CLI, serve, and in each process that is forked be the CLI."""
    at_start = dict(os.environb)
    os.environ = watched = Watched(os.environ)
    driver: Any = importlib.import_module("awscli.clidriver")
    importlib.import_module("awscli.handlers")
    asked = frozenset(watched.asked)
    server = Server(path, Models())
    sys.stdout.write("ready\n")
    sys.stdout.flush()

    call = server.serve()

    def decides(environment: dict[bytes, bytes]) -> dict[bytes, bytes]:
        return {key: value for key, value in environment.items() if key in asked or key.startswith(_OF_PYTHON)}

    call.become()
    if decides(call.environment) != decides(at_start) or not {0, 1, 2} <= call.files.keys():
        os.execve(program, [program, *call.arguments], call.environment)  # noqa: S606 - no shell is meant
    sys.argv = [program, *call.arguments]
    sys.stdin, sys.stdout, sys.stderr = (_text(0, "r"), _text(1, "w"), _text(2, "w"))
    importlib.reload(importlib.import_module("awscli"))  # which puts its folder of models into the environment
    return driver.main()


def _text(number: int, mode: str) -> Any:
    """A standard file as Python opens it where the environment says nothing of a language."""
    errors = "backslashreplace" if number == 2 else "surrogateescape"  # noqa: PLR2004
    made: Any = open(number, mode, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115 - as long as the process
    if mode == "w" and (number == 2 or made.isatty()):  # noqa: PLR2004
        made.reconfigure(line_buffering=True)
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
