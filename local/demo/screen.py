"""What the person in front of the demo sees: a live table, the mails, and the summary."""

from typing import Any, Final

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from local.aws_cli import Finished
from local.demo.figures import Figures, clock_time, duration
from local.mails import Mail

_STYLES: Final = {
    "COMPLETED": "green",
    "LAUNCHED": "green",
    "HEALTHY": "green",
    "FAILED": "red",
    "UNHEALTHY": "red",
    "TIMEOUT": "red",
    "CANCELLED": "red",
    "SKIPPED": "yellow",
    "PARTIAL": "yellow",
    "CANCELLING": "yellow",
    "DRAINING": "yellow",
    "PAUSED": "yellow",
    "AWAITING_APPROVAL": "yellow",
    "LAUNCHING": "cyan",
    "VALIDATING": "cyan",
    "RUNNING": "cyan",
}


class LiveScreen:
    """A live table on a terminal; where there is none, a line whenever something changed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._last = ""

    def __enter__(self) -> "LiveScreen":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def say(self, line: str) -> None:
        """One line of what is going on."""
        self._console.print(line, soft_wrap=True, highlight=False)

    def show(self, execution: dict[str, Any]) -> None:
        """The table of waves and servers."""
        if self._console.is_terminal:
            self._live.update(_board(execution), refresh=True)
            return
        line = _line(execution)
        if line != self._last:
            self._last = line
            self.say(line)

    def mail(self, mail: Mail) -> None:
        """The mail as it would be read."""
        title = f"Mail {mail.number}: {mail.subject}"
        self._console.print(Panel(Text(mail.body, no_wrap=True, overflow="ellipsis"), title=title, expand=False))
        self.say(f"(also in {mail.path.name} of the mails folder)")

    def ran(self, command: str, finished: Finished) -> None:
        """The mail's command and what it printed."""
        last = command.rstrip("\n").splitlines()[-1]
        self.say(f"$ {last[:100]}…")
        for line in (finished.output + finished.errors).splitlines():
            self.say(f"  {line}")

    def summary(self, execution: dict[str, Any], events: list[dict[str, Any]], figures: Figures) -> None:
        """Timeline, recovery time, sum of jobs and critical path."""
        self._live.stop()
        self._console.print(_board(execution))
        self._console.print(Rule("Timeline"))
        for event in sorted(events, key=lambda event: (event["time"], event["step"], event["index"])):
            self.say(f"{clock_time(event['time'])}  {event['message']}")
        self._console.print(Rule("Recovery time"))
        self._console.print(_figures_table(figures))


def _board(execution: dict[str, Any]) -> Group:
    heading = Text.assemble(
        f"{execution['planName']}  {execution['executionType']}  ",
        _word(execution["status"]),
        f"  {_percent(execution)}  {execution['statusReason']}",
    )
    return Group(heading, _waves_table(execution), _servers_table(execution))


def _waves_table(execution: dict[str, Any]) -> Table:
    table = Table("Wave", "Name", "Status", expand=False)
    table.add_column("Progress", justify="right")
    for name in ("Launched", "Failed", "Reason"):
        table.add_column(name)
    for wave in execution["waves"]:
        table.add_row(
            str(wave["waveNumber"] + 1),
            wave["waveName"],
            _word(wave["status"]),
            _percent(wave),
            f"{wave['launchedCount']}/{wave['serverCount']}",
            str(wave["failedCount"]),
            wave["statusReason"],
        )
    return table


def _servers_table(execution: dict[str, Any]) -> Table:
    table = Table("Wave", "Server", "Account", "Region", "Launch", "Health", "Instance", expand=False)
    for server in execution["servers"]["items"]:
        table.add_row(
            str(server["waveNumber"] + 1),
            server["name"] or server["sourceServerId"],
            server["accountId"],
            server["region"],
            _word(server["launchStatus"]),
            _word(server["healthStatus"]),
            server.get("recoveryInstanceId", ""),
        )
    return table


def _figures_table(found: Figures) -> Table:
    table = Table("Figure", "Engine time", expand=False)
    table.add_row("RTO actual", duration(found.actual))
    table.add_row("RTO actual without the gates", duration(found.without_gates))
    table.add_row("Time at gates", duration(found.at_gates))
    table.add_row("Sum of all jobs", duration(found.sum_of_jobs))
    table.add_row("Critical path (jobs and status checks)", duration(found.critical_path))
    table.add_row("Added by the orchestration", duration(found.overhead))
    return table


def _word(status: str) -> Text:
    return Text(status, style=_STYLES.get(status, ""))


def _line(execution: dict[str, Any]) -> str:
    waves = ", ".join(f"{wave['waveNumber'] + 1} {wave['status']} {_percent(wave)}" for wave in execution["waves"])
    return f"{execution['status']} {_percent(execution)}: {waves}"


def _percent(whole: dict[str, Any]) -> str:
    """How far an execution or a wave is."""
    return f"{whole['progress']} %"
