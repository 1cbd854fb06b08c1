"""Makes the pictures of the architecture anew, by Chromium, each with the hash of what it was drawn from.

python -m tools.diagrams
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from hashlib import sha256
from pathlib import Path
from typing import Final

from tools.diagrams.facts import facts
from tools.diagrams.pictures import HEIGHT, WIDTH, drawings

ROOT: Final = Path(__file__).resolve().parents[2]
KEYWORD: Final = b"Drawn-From"
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


def origin(png: bytes) -> str | None:
    """The hash of the drawing that a picture was made of; None if it does not say."""
    place = len(_SIGNATURE)
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind, content = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        if kind == b"tEXt" and content.startswith(KEYWORD + b"\0"):
            return content.partition(b"\0")[2].decode("ascii")
        place += 12 + length
    return None


def with_origin(png: bytes, drawing: str) -> bytes:
    """The picture with the hash of its drawing, after its first chunk."""
    body = b"tEXt" + KEYWORD + b"\0" + fingerprint(drawing).encode("ascii")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    first = len(_SIGNATURE) + 25
    return png[:first] + chunk + png[first:]


def fingerprint(drawing: str) -> str:
    """The hash of a drawing."""
    return sha256(drawing.encode("utf-8")).hexdigest()


def _rendered(drawing: str) -> bytes:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("make pictures: there is no chromium on the path; CHROMIUM may name one")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "drawing.svg"), Path(folder, "picture.png")
        source.write_text(drawing, encoding="utf-8")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
        subprocess.run(
            [chromium, *flags, f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={target}", source.as_uri()],
            check=True,
            capture_output=True,
        )
        return target.read_bytes()


def main() -> int:
    """Makes what is not current and answers the exit status."""
    for path, drawing in drawings(facts()).items():
        picture = ROOT / path
        if not picture.is_file() or origin(picture.read_bytes()) != fingerprint(drawing):
            picture.write_bytes(with_origin(_rendered(drawing), drawing))
            sys.stdout.write(f"made {path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
