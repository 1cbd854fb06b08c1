"""Boxes, frames and arrows as SVG: the same text for the same drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

FONT: Final = "font-family='DejaVu Sans, Arial, sans-serif'"
INK: Final = "#1b2a3a"
TITLE: Final = 15
LINE: Final = 12


@dataclass(frozen=True)
class Box:
    """A thing: what it is called, and what is said of it."""

    x: int
    y: int
    width: int
    height: int
    title: str
    lines: Sequence[str] = ()
    fill: str = "#ffffff"

    @property
    def left(self) -> tuple[int, int]:
        """The middle of its left side."""
        return self.x, self.y + self.height // 2

    @property
    def right(self) -> tuple[int, int]:
        """The middle of its right side."""
        return self.x + self.width, self.y + self.height // 2

    @property
    def top(self) -> tuple[int, int]:
        """The middle of its upper side."""
        return self.x + self.width // 2, self.y

    @property
    def bottom(self) -> tuple[int, int]:
        """The middle of its lower side."""
        return self.x + self.width // 2, self.y + self.height


@dataclass(frozen=True)
class Frame:
    """What other things are in."""

    x: int
    y: int
    width: int
    height: int
    title: str
    fill: str


@dataclass(frozen=True)
class Arrow:
    """From one place to another, with bends between them if there are some, and words beside its first bend."""

    points: Sequence[tuple[int, int]]
    label: str = ""
    dashed: bool = False


def svg(width: int, height: int, shapes: Sequence[Box | Frame | Arrow]) -> str:
    """The whole drawing."""
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}'>",
        "<defs><marker id='head' markerWidth='9' markerHeight='9' refX='8' refY='4.5' orient='auto'>"
        f"<path d='M0,0 L9,4.5 L0,9 z' fill='{INK}'/></marker></defs>",
        f"<rect width='{width}' height='{height}' fill='#ffffff'/>",
        *(_shape(shape) for shape in shapes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _shape(shape: Box | Frame | Arrow) -> str:
    if isinstance(shape, Arrow):
        return _arrow(shape)
    return _frame(shape) if isinstance(shape, Frame) else _box(shape)


def _frame(frame: Frame) -> str:
    return (
        f"<rect x='{frame.x}' y='{frame.y}' width='{frame.width}' height='{frame.height}' rx='10' "
        f"fill='{frame.fill}' stroke='#8a99a8'/>"
        + _text((frame.x + 14, frame.y + 24), frame.title, TITLE, anchor="start", bold=True)
    )


def _box(box: Box) -> str:
    middle = box.x + box.width // 2
    first = box.y + box.height // 2 - (len(box.lines) * (LINE + 4)) // 2 + 5
    texts = [_text((middle, first), box.title, TITLE - 1, bold=True)]
    texts += [
        _text((middle, first + (LINE + 5) * number), line, LINE) for number, line in enumerate(box.lines, start=1)
    ]
    return (
        f"<rect x='{box.x}' y='{box.y}' width='{box.width}' height='{box.height}' rx='6' "
        f"fill='{box.fill}' stroke='{INK}'/>" + "".join(texts)
    )


def _arrow(arrow: Arrow) -> str:
    path = " ".join(f"{x},{y}" for x, y in arrow.points)
    dash = " stroke-dasharray='6 4'" if arrow.dashed else ""
    (ax, ay), (bx, by) = arrow.points[0], arrow.points[1]
    label = _text(((ax + bx) // 2, (ay + by) // 2 - 6), arrow.label, LINE) if arrow.label else ""
    return f"<polyline points='{path}' fill='none' stroke='{INK}' marker-end='url(#head)'{dash}/>{label}"


def _text(place: tuple[int, int], words: str, size: int, *, anchor: str = "middle", bold: bool = False) -> str:
    x, y = place
    weight = " font-weight='bold'" if bold else ""
    return (
        f"<text x='{x}' y='{y}' font-size='{size}' {FONT} text-anchor='{anchor}' fill='{INK}'{weight}>"
        f"{escape(words)}</text>"
    )
