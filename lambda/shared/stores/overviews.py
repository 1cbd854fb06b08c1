"""What people are shown of an execution beside its servers, in one read: waves, gates, the latest termination."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared.models.execution import ExecutionHeader
from shared.models.gate import PAUSE_SCOPE, Gate
from shared.models.termination import Termination
from shared.models.wave_record import WaveRecord
from shared.stores import keys
from shared.stores.gates import Gates
from shared.stores.items import model_of
from shared.stores.table import BATCH_GET_LIMIT, Item, Table

GATES_AHEAD: Final = 4
"""Gates of a scope that are read before it is known how many it has: a wave has one, and one for each failure."""


@dataclass(frozen=True)
class Overview:
    """The waves that exist by number, every gate, and the latest termination if there is one."""

    waves: Mapping[int, WaveRecord]
    gates: Sequence[Gate]
    termination: Termination | None


class Overviews:
    """Reads what an execution consists of by its keys, as far as the header tells them."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._gates = Gates(table)

    def overview(self, header: ExecutionHeader) -> Overview:
        """One request for up to 49 waves, each with a few gates; with more gates, or more waves, one query beside."""
        ahead = _gates_ahead(header)
        items = self._table.batch_get(
            [
                keys.item_key(header.execution_id, sort_key)
                for sort_key in (*_waves(header), *_latest_termination(header), *_gates(header, ahead))
            ]
        )
        waves = [model_of(WaveRecord, item) for item in _of("WAVE", items)]
        gates = [model_of(Gate, item) for item in _of("GATE", items)]
        if _most_gates(header, waves, gates) > ahead:
            gates = self._gates.gates(header)
        terminations = [model_of(Termination, item) for item in _of("TERMINATION", items)]
        return Overview(
            waves={wave.wave_number: wave for wave in waves},
            gates=gates,
            termination=terminations[0] if terminations else None,
        )


def _gates_ahead(header: ExecutionHeader) -> int:
    """So many numbers of each scope that all fit into one request beside the waves; 0 if not even one does."""
    room = BATCH_GET_LIMIT - len(_waves(header)) - len(_latest_termination(header))
    return max(0, min(GATES_AHEAD, room // len(_scopes(header))))


def _most_gates(header: ExecutionHeader, waves: Iterable[WaveRecord], gates: Iterable[Gate]) -> int:
    """The highest number of a gate that anybody knows of; 1 at least, for one may be there before its wave says so."""
    of_waves = (wave.gate_number for wave in waves)
    in_place_of_others = (gate.replaced_by or 0 for gate in gates)
    return max(1, header.pause_gate, *of_waves, *in_place_of_others)


def _scopes(header: ExecutionHeader) -> list[str]:
    return [PAUSE_SCOPE, *(str(wave.wave_number) for wave in header.waves)]


def _waves(header: ExecutionHeader) -> list[str]:
    return [keys.wave(header.plan_id, wave.wave_number) for wave in header.waves]


def _latest_termination(header: ExecutionHeader) -> list[str]:
    """The header has its number for as long as it is there: both are written in one transaction."""
    number = header.termination_count
    return [keys.termination(header.plan_id, number)] if number else []


def _gates(header: ExecutionHeader, ahead: int) -> list[str]:
    return [keys.gate(header.plan_id, scope, number) for scope in _scopes(header) for number in range(1, ahead + 1)]


def _of(kind: str, items: Iterable[Item]) -> list[Item]:
    return [item for item in items if item[keys.SORT].split("#")[1] == kind]
