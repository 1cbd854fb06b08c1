"""`make run`: start the local system, run the drill of the sample, and leave nothing behind."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from rich.console import Console

from local.demo.configuration import OPERATOR_EMAIL, TARGETS, read_sample
from local.demo.drill import DemoFailedError, Drill
from local.demo.operations import OperationRefusedError
from local.demo.screen import LiveScreen
from local.system import Blueprint, LocalSystem


def main() -> int:
    """0 if the drill went as it should and nothing is left; 1 with the reason otherwise; 130 after Ctrl-C."""
    # a shell that starts us in the background makes us ignore Ctrl-C; whoever sends it means it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    asked = _arguments()
    console = Console()
    try:
        system = LocalSystem(
            asked.scale,
            blueprint=Blueprint(targets=TARGETS, parameters={"NotificationEmail": OPERATOR_EMAIL}),
            state_dir=asked.state,
        )
        with system:
            return _run(system, console, asked)
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 130


def _run(system: LocalSystem, console: Console, asked: argparse.Namespace) -> int:
    console.print(f"The local system is up after {system.started_in:.1f} s, time runs {asked.scale:g} times as fast")
    _tell_doors(system, console)
    code = _drill(system, console, asked)
    if asked.serve:
        console.print("The system stays up; Ctrl-C ends it.")
        threading.Event().wait()
    return code


def _drill(system: LocalSystem, console: Console, asked: argparse.Namespace) -> int:
    try:
        with LiveScreen(console) as screen:
            Drill(system, read_sample(), screen, attended=asked.attended).run()
    except (DemoFailedError, OperationRefusedError) as error:
        console.print(f"[red]The drill failed:[/red] {error}", soft_wrap=True)
        return 1
    console.print("[green]The drill is over, its instances are gone.[/green]")
    return 0


def _tell_doors(system: LocalSystem, console: Console) -> None:
    """How another terminal reaches the system."""
    console.print("From another terminal:")
    for name, value in system.environment().items():
        console.print(f"  export {name}={value}", soft_wrap=True, highlight=False)
    console.print(f"Mails are in {system.mail_folder}", soft_wrap=True, highlight=False)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run ARGS=…", description="A three-tier drill on one machine")
    parser.add_argument("--attended", action="store_true", help="wait for a person to paste the commands of the mails")
    parser.add_argument("--serve", action="store_true", help="keep the system up after the drill")
    parser.add_argument("--scale", type=float, default=60.0, help="engine seconds per real second (default 60)")
    parser.add_argument("--state", type=Path, default=None, help="folder for mails and logs (default: temporary)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
