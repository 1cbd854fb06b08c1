"""`make run`: start the local system, run the drill of the sample, and leave nothing behind."""

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import Final

from rich.console import Console

from local.demo.arguments import parser, read_arguments
from local.demo.configuration import PARAMETERS, STAGING, TARGETS, read_sample
from local.demo.drill import DemoFailedError, Drill
from local.demo.operations import OperationRefusedError
from local.demo.region_loss import RegionLoss
from local.demo.screen import LiveScreen
from local.demo.users import create_users
from local.environment import forget_aws
from local.function_process import ROOT
from local.packages import PackagesError
from local.state_folder import StateFolderError
from local.system import Blueprint, LocalSystem

CONSOLE: Final = ROOT / "frontend" / "dist"


class EndedError(BaseException):
    """A signal asks us to end; no `except Exception` on the way out may take it for a failure."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


def main() -> int:
    """0 if the drill went as it should and nothing is left; 1 with the reason otherwise; 2 if an argument is wrong.

    130 after Ctrl-C, 143 after SIGTERM, 129 when the terminal is gone.
    """
    asked = read_arguments()
    forget_aws()
    console = Console()
    try:
        _end_by_signals()
        system = LocalSystem(
            asked.scale,
            blueprint=Blueprint(
                targets=(*TARGETS, STAGING) if asked.region_loss else TARGETS,
                parameters=PARAMETERS,
                packages=asked.zips,
                console=_console(asked),
            ),
            state_dir=asked.state,
        )
        with system:
            return _run(system, console, asked)
    except StateFolderError as error:
        parser().error(f"argument --state: {error}")
    except PackagesError as error:
        parser().error(f"argument --zips: {error}")
    except EndedError as ended:
        console.print("Stopped.")
        return 128 + ended.signal


def _console(asked: argparse.Namespace) -> Path | None:
    """Where the built console is; `make run` builds it for a system that is served, and packages have their own."""
    return CONSOLE if asked.serve and (asked.zips or (CONSOLE / "index.html").is_file()) else None


def _end_by_signals() -> None:
    """Let every signal that ends a process unwind it, so that no folder and no process is left.

    A shell that starts us in the background makes us ignore Ctrl-C; whoever sends it means it. Under nohup the end of
    the terminal is ignored, and stays so.
    """

    def end(number: int, _frame: object) -> None:
        for other in (signal.SIGTERM, signal.SIGHUP):
            # make passes SIGTERM on to us, who may have had it already: what cleans up is not broken off
            signal.signal(other, signal.SIG_IGN)
        raise EndedError(number)

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, end)


def _run(system: LocalSystem, console: Console, asked: argparse.Namespace) -> int:
    console.print(f"The local system is up after {system.started_in:.1f} s, time runs {asked.scale:g} times as fast")
    _tell_doors(system, console)
    if asked.serve:
        _tell_api(system, console)
    code = _drill(system, console, asked)
    if asked.serve:
        console.print("The system stays up; Ctrl-C ends it.")
        threading.Event().wait()
    return code


def _drill(system: LocalSystem, console: Console, asked: argparse.Namespace) -> int:
    try:
        with LiveScreen(console) as screen:
            keeps = asked.attended and asked.serve
            drill = Drill(system, read_sample(), screen, attended=asked.attended, keeps_instances=keeps)
            end = RegionLoss(drill).run() if asked.region_loss else drill.run()
    except (DemoFailedError, OperationRefusedError) as error:
        console.print(f"[red]The drill failed:[/red] {error}", soft_wrap=True)
        return 1
    console.print(f"[green]The drill is over, {end}.[/green]")
    return 0


def _tell_doors(system: LocalSystem, console: Console) -> None:
    """How another terminal reaches the system."""
    console.print("From another terminal:")
    for name, value in system.environment().items():
        console.print(f"  export {name}={value}", soft_wrap=True, highlight=False)
    console.print(f"Mails are in {system.mail_folder}", soft_wrap=True, highlight=False)


def _tell_api(system: LocalSystem, console: Console) -> None:
    """Where console and API answer, and who may sign in."""
    if system.console_endpoint:
        console.print(f"The console is {system.console_endpoint}", soft_wrap=True, highlight=False)
    pool_id, client_id = system.deployment.value("UserPoolId"), system.deployment.value("UserPoolClientId")
    console.print(f"The API is {system.api_endpoint}; sign in with one of five users:", soft_wrap=True, highlight=False)
    console.print(f"  export USER_POOL_ID={pool_id}", soft_wrap=True, highlight=False)
    console.print(f"  export USER_POOL_CLIENT_ID={client_id}", soft_wrap=True, highlight=False)
    for user in create_users(system):
        console.print(f"  {user.name:<18}{user.role.value:<24}{user.password}", soft_wrap=True, highlight=False)


if __name__ == "__main__":
    sys.exit(main())
