"""Large estates: plans of fifty waves over four accounts, in a row or as a graph."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Literal

from tests.support.world.machinery import DATABASE_ACCOUNT, WEB_ACCOUNT
from tests.support.world.world import World, wave

FOUR_ACCOUNTS: Final = (DATABASE_ACCOUNT, WEB_ACCOUNT, "222233334444", "333344445555")
WAVES: Final = 50
COLUMNS: Final = 5
"""So many waves of a graph run side by side."""

Shape = Literal["in a row", "as a graph"]
SHAPES: Final[tuple[Shape, ...]] = ("in a row", "as a graph")


def estate_of(world: World, servers: int, *, shape: Shape, waves: int = WAVES, pauses: Collection[int] = ()) -> str:
    """A plan of so many servers in so many waves over four accounts, some behind a gate; answers its id.

    Two waves of five have five servers of seven in one account, a hundred if there are 4,000 servers, and the others in
    the next; the rest have as many servers in each of the four.
    """
    part = servers * WAVES // (waves * 400)
    if part * 400 * waves != servers * WAVES or waves % COLUMNS:
        raise ValueError(f"{servers} servers in {waves} waves come out uneven")
    for account in FOUR_ACCOUNTS[2:]:
        world.add_account(account)
    return world.create_plan(
        f"{servers} servers {shape}",
        *(
            wave(
                number,
                *(
                    world.create_group(
                        f"group {number} {account}",
                        world.add_servers(account, count, name=f"wave-{number}"),
                        account=account,
                    )
                    for account, count in _parts(number, part)
                ),
                after=_before(number, shape),
                pause=number in pauses,
            )
            for number in range(waves)
        ),
    )


def _parts(number: int, part: int) -> list[tuple[str, int]]:
    if number % COLUMNS > 1:
        return [(account, part) for account in FOUR_ACCOUNTS]
    first, second = (FOUR_ACCOUNTS[(number + step) % len(FOUR_ACCOUNTS)] for step in (0, 1))
    return [(first, 10 * part), (second, 4 * part)]


def _before(number: int, shape: Shape) -> list[int]:
    step = 1 if shape == "in a row" else COLUMNS
    return [number - step] if number >= step else []
