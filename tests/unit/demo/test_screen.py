"""What the demo shows of an execution, with a terminal and without."""

from io import StringIO
from typing import Any

from rich.console import Console

from local.demo.screen import LiveScreen


def execution(status: str, progress: int, *waves: tuple[str, int]) -> dict[str, Any]:
    """What get_execution answers, as far as the screen looks at it."""
    return {
        "planName": "Shop",
        "executionType": "DRILL",
        "status": status,
        "statusReason": "the gate is decided",
        "progress": progress,
        "waves": [
            {
                "waveNumber": number,
                "waveName": f"Tier {number}",
                "status": wave_status,
                "statusReason": "its turn has come",
                "progress": wave_progress,
                "launchedCount": 0,
                "serverCount": 2,
                "failedCount": 0,
            }
            for number, (wave_status, wave_progress) in enumerate(waves)
        ],
        "servers": {"items": []},
    }


def shown(*executions: dict[str, Any], terminal: bool) -> str:
    """Everything that the screen printed."""
    printed = StringIO()
    console = Console(file=printed, width=120, force_terminal=terminal, color_system=None)
    with LiveScreen(console) as screen:
        for each in executions:
            screen.show(each)
    return printed.getvalue()


def test_without_a_terminal_a_line_tells_how_far_the_execution_and_each_wave_are() -> None:
    running = execution("RUNNING", 46, ("COMPLETED", 100), ("LAUNCHING", 40), ("PENDING", 0))

    assert shown(running, terminal=False) == "RUNNING 46 %: 1 COMPLETED 100 %, 2 LAUNCHING 40 %, 3 PENDING 0 %\n"


def test_a_line_comes_only_when_something_has_changed() -> None:
    first, second = execution("RUNNING", 10, ("LAUNCHING", 10)), execution("RUNNING", 60, ("LAUNCHING", 60))

    told = shown(first, first, second, second, terminal=False)

    assert told.splitlines() == ["RUNNING 10 %: 1 LAUNCHING 10 %", "RUNNING 60 %: 1 LAUNCHING 60 %"]


def test_on_a_terminal_the_heading_and_a_column_tell_it() -> None:
    told = shown(execution("RUNNING", 46, ("COMPLETED", 100), ("LAUNCHING", 40)), terminal=True)

    assert "Shop  DRILL  RUNNING  46 %  the gate is decided" in told
    rows = {tuple(map(str.strip, line.split("│")[1:5])) for line in told.splitlines() if "Tier" in line}
    assert rows == {("1", "Tier 0", "COMPLETED", "100 %"), ("2", "Tier 1", "LAUNCHING", "40 %")}
