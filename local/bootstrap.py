"""What a function's process runs: the scaled clock is installed, then AWS's own runtime client takes over."""

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_client import LambdaRuntimeClient

from local.aws_calls import FOLDER as RECORDED
from local.clock import ClockDescription
from shared import clock


def main(arguments: Sequence[str]) -> None:
    """Serves invocations until the process is ended or whoever started it is gone."""
    parser = argparse.ArgumentParser(prog="local.bootstrap")
    parser.add_argument("--clock", required=True, type=ClockDescription.from_json)
    parser.add_argument("handler")
    options = parser.parse_args(arguments)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    clock.install(options.clock.clock())
    if folder := os.environ.get(RECORDED):
        from local.aws_calls.recorder import Recorder  # noqa: PLC0415 - a start pays for it only where calls are noted

        Recorder.of_a_function(Path(folder), os.environ["AWS_LAMBDA_FUNCTION_NAME"]).install()
    bootstrap.run(options.handler, LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"]))


def _end_with_parent() -> None:
    """Ends the process when standard input closes, which it does when the parent is gone, however that happened."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
