"""The real AWS CLI without its start: a process that has imported it, and forks for each call.

What runs is the CLI's own `main`, with the arguments, environment, folder, umask and open files of whoever called, in a
process that ends with the call: nothing is kept from one call to the next. A call whose environment differs in anything
that the start of Python or the import of the CLI has looked at gets the plain program instead.
"""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from local.aws_cli import VENV, cli_folder
from local.function_process import ROOT

SERVER: Final = ROOT / "tests" / "support" / "warm_aws_server.py"

# Only what is built in: this starts in a hundredth of a second, and the server does the rest.
_SHIM: Final = r"""#!{python} -IS
import _socket, marshal, os, sys
server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
try:
    server.connect({socket!r})
except OSError as error:
    sys.exit(f"nobody serves the AWS CLI any more: {{error}}")
numbers = [number for number in map(int, os.listdir("/proc/self/fd")) if number != server.fileno()]
files = []
for number in numbers:
    try:
        os.fstat(number)
    except OSError:  # the one that listed them
        continue
    files.append(number)
umask = os.umask(0)
os.umask(umask)
asked = marshal.dumps((sys.argv[1:], dict(os.environb), os.getcwdb(), umask, files))
descriptors = b"".join(number.to_bytes(4, sys.byteorder) for number in files)
server.sendmsg([len(asked).to_bytes(8, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, descriptors)])
server.sendall(asked)
answer = server.recv(4)
if len(answer) != 4:
    sys.exit("whoever served the AWS CLI is gone")
code = int.from_bytes(answer, "big", signed=True)
if code < 0:
    os.kill(os.getpid(), -code)
os._exit(code)
"""


@cache
def warm_aws() -> Path:
    """A folder like a virtual environment, in whose `bin` is an `aws` that is served as long as this process lives.

    Where Linux's own means are missing it is the plain program.
    """
    cli_folder()
    if sys.platform != "linux":
        return VENV
    folder = Path(tempfile.mkdtemp(prefix="warm-aws-"))
    python, socket = VENV.absolute() / "bin" / "python", folder / "socket"
    shim = folder / "bin" / "aws"
    shim.parent.mkdir()
    shim.write_text(_SHIM.format(python=python, socket=str(socket)))
    shim.chmod(0o755)
    process = subprocess.Popen(
        [python, SERVER, socket, cli_folder().absolute() / "aws"],
        env={},
        stdin=subprocess.PIPE,  # its end tells the server that we are gone
        stdout=subprocess.PIPE,
    )

    def end() -> None:
        process.communicate()
        shutil.rmtree(folder)

    atexit.register(end)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n", "the AWS CLI should be served"
    return folder
