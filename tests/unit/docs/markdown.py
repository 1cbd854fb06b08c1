"""Reads documents as their readers do: links, tables, examples."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]

_FENCE: Final = re.compile(r"^( *)```(\S*)[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_NOTE: Final = re.compile(r"<!-- ((?:not run|run by)\b[^>]*) -->\s*\Z")
_LINK: Final = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_SPAN: Final = re.compile(r"`([^`\n]+)`")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CALL: Final = re.compile(r"^drs (\S+) <<EOF\n(.*?)^EOF$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Call:
    """An example of `drs <function> <<EOF`."""

    function: str
    text: str


@dataclass(frozen=True)
class Block:
    """A block of shell; `note` says why it is not run by whoever runs the others, or what runs it."""

    text: str
    note: str | None


@dataclass(frozen=True)
class Document:
    """A document by its path from the root of the repository."""

    path: str

    @property
    def text(self) -> str:
        """The whole text."""
        return (ROOT / self.path).read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        return _FENCE.sub("", self.text)

    def fences(self, language: str) -> list[str]:
        """The fenced blocks of a language, without the indentation of a list."""
        return [text for name, text in self.languages() if name == language]

    def languages(self) -> list[tuple[str, str]]:
        """The language and the text of every fenced block, without the indentation of a list."""
        return [
            (name, "".join(line.removeprefix(indent) for line in body.splitlines(keepends=True)))
            for indent, name, body in _FENCE.findall(self.text)
        ]

    def shell_blocks(self) -> list[Block]:
        """The blocks of bash, each with the comment that stands right before it, which no reader sees."""
        blocks = []
        for found in _FENCE.finditer(self.text):
            indent, name, body = found.groups()
            if name == "bash":
                note = _NOTE.search(self.text[: found.start()])
                text = "".join(line.removeprefix(indent) for line in body.splitlines(keepends=True))
                blocks.append(Block(text, note[1] if note else None))
        return blocks

    def blocks_run_by(self, test: str) -> list[str]:
        """The blocks of bash that say so of a test, by its path."""
        return [block.text for block in self.shell_blocks() if block.note == f"run by {test}"]

    def links(self) -> list[str]:
        """The targets of all links that stay in the repository."""
        return [target for target in _LINK.findall(self.prose) if "://" not in target]

    def spans(self) -> list[str]:
        """What stands between backticks."""
        return _SPAN.findall(self.prose)

    def anchors(self) -> set[str]:
        """What a link may name after `#`."""
        return {_slug(heading) for heading in _HEADING.findall(self.prose)}

    def table(self, *columns: str) -> list[dict[str, str]]:
        """The rows of the one table that begins with these columns, by column."""
        found = [rows for header, rows in self._tables() if header[: len(columns)] == list(columns)]
        assert len(found) == 1, f"{self.path} has {len(found)} tables with the columns {columns}"
        return found[0]

    def calls(self) -> list[Call]:
        """The examples that call a function through a shell."""
        return [Call(*found) for block in self.fences("bash") for found in _CALL.findall(block)]

    def _tables(self) -> Iterator[tuple[list[str], list[dict[str, str]]]]:
        for block in re.findall(r"(?:^ *\|.*\|$\n?)+", self.prose, re.MULTILINE):
            header, _, *rows = [cells(line) for line in block.splitlines()]
            yield header, [dict(zip(header, row, strict=True)) for row in rows]


def documents() -> list[Document]:
    """Every document of the repository, those not yet committed included."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [Document(name) for name in sorted(listing.split("\0")) if name and (ROOT / name).is_file()]


def cells(line: str) -> list[str]:
    """The cells of a line of a table."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _slug(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
