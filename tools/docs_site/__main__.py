"""Lays out what the site is built from, so that every link of a document is one of the site.

python -m tools.docs_site FOLDER MERMAID
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SCRIPT: Final = "assets/mermaid.js"
"""Where mkdocs.yml names it: the theme takes diagrams to it and loads none from elsewhere."""

_FENCE: Final = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s#]+)[^)]*\)")


def documents(root: Path = ROOT) -> list[str]:
    """The paths of all documents, those not yet committed included."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(listing, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted({name for name in names if name and (root / name).is_file()})


def linked(name: str, root: Path = ROOT) -> set[str]:
    """The paths of the files, pictures among them, to which a document leads and which are no documents."""
    prose = _FENCE.sub("", (root / name).read_text(encoding="utf-8"))
    targets = {((root / name).parent / link).resolve() for link in _LINK.findall(prose) if "://" not in link}
    return {path.relative_to(root).as_posix() for path in targets if path.is_file() and path.suffix != ".md"}


def lay_out(folder: Path, mermaid: Path, root: Path = ROOT) -> int:
    """Fills the folder anew and answers how many documents there are."""
    shutil.rmtree(folder, ignore_errors=True)
    found = documents(root)
    for name in sorted({*found, *(file for document in found for file in linked(document, root))}):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, folder / name)
    (folder / SCRIPT).parent.mkdir(parents=True)
    shutil.copyfile(mermaid, folder / SCRIPT)
    return len(found)


def main(folder: Path, mermaid: Path) -> int:
    """Lays out and answers the exit status."""
    sys.stdout.write(f"documents: {lay_out(folder, mermaid)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2])))
