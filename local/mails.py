"""The outbox: what SNS would have sent by e-mail, kept in memory and as text files."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

_UNSAFE: Final = re.compile(r"[^a-z0-9]+")
_NUMBERED: Final = re.compile(r"(\d+)-.*\.txt$", re.ASCII)


@dataclass(frozen=True)
class Mail:
    """One captured mail."""

    number: int
    to: str
    subject: str
    body: str
    attributes: Mapping[str, str]
    time: datetime
    path: Path


class Outbox:
    """Captured mails in the order of their sending; each is also a file in a folder.

    Numbers go on from those of the folder, so that the highest number is the newest mail.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mails: list[Mail] = []
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        there = (_NUMBERED.match(path.name) for path in folder.iterdir())
        self._before = max((int(found[1]) for found in there if found), default=0)

    def add(self, to: str, subject: str, body: str, attributes: Mapping[str, str], time: datetime) -> Mail:
        """Keeps a mail and writes it to its file with real line ends."""
        with self._lock:
            number = self._before + len(self._mails) + 1
            slug = _UNSAFE.sub("-", subject.lower()).strip("-")[:60] or "no-subject"
            mail = Mail(number, to, subject, body, dict(attributes), time, self.folder / f"{number:03d}-{slug}.txt")
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ")
            mail.path.write_text(
                f"To: {to}\nSubject: {subject}\nDate: {stamp}\n\n{body}\n", encoding="utf-8", newline="\n"
            )
            self._mails.append(mail)
            return mail

    def mails(self) -> list[Mail]:
        """All mails of this system so far."""
        with self._lock:
            return list(self._mails)
