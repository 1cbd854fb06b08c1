"""Fails when an installed package is not under MIT, BSD, Apache-2.0 or MPL-2.0, unless its exception says why.

    python -m tools.check_licences [site-packages …]

Without an argument the packages of the running interpreter are checked.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import Distribution, distributions
from typing import Final

ALLOWED: Final = re.compile(
    r"\b(MIT(-0)?|MIT License|BSD|0BSD|BSD-[23]-Clause|BSD License|Apache(-2\.0| 2\.0)?|Apache Software License"
    r"|Apache License|MPL-2\.0|Mozilla Public License 2\.0)\b",
    re.IGNORECASE,
)

# Each is used as it comes and is not shipped in a changed form.
EXCEPTIONS: Final[Mapping[str, str]] = {
    "typing-extensions": "PSF-2.0, as permissive as BSD and the licence of Python itself; pydantic needs it",
    "docutils": "public domain, BSD and PSF; GPL covers its Emacs mode only, absent from the wheel; the CLI needs it",
    "defusedxml": "PSF-2.0, as permissive as BSD; what writes the bill of materials needs it, and it is not shipped",
    "regex": "Apache-2.0 AND CNRI-Python: the second part is Python's own old permissive licence; cfn-lint needs it",
    "aiohappyeyeballs": "PSF-2.0, as permissive as BSD; checkov needs it",
    "contextlib2": "Apache-2.0 and PSF, as permissive as BSD; checkov needs it",
    "junit-xml": "MIT, which its classifiers call Freely Distributable too; checkov needs it",
    "numpy": "BSD, 0BSD, MIT, Zlib and CC0-1.0, all permissive; checkov needs it",
}


def declared_licences(distribution: Distribution) -> list[str]:
    """What a package says of its licence: its SPDX expression, or else its classifiers, or else its free text."""
    metadata = distribution.metadata
    if expressions := metadata.get_all("License-Expression"):
        return expressions
    classifiers = [
        classifier.rsplit(" :: ", 1)[1]
        for classifier in metadata.get_all("Classifier") or []
        if classifier.startswith("License :: ")
    ]
    texts = [text.split("\n")[0] for text in metadata.get_all("License") or []]
    return [name for name in classifiers if name != "OSI Approved"] or texts or ["unknown"]


def is_allowed(licence: str) -> bool:
    """Whether every part that must be kept is one of ours; of alternatives one is enough."""
    alternatives = re.split(r"\s+OR\s+", licence)
    return any(all(ALLOWED.search(part) for part in re.split(r"\s+AND\s+", choice)) for choice in alternatives)


def violations(installed: Iterable[Distribution], exceptions: Mapping[str, str] = EXCEPTIONS) -> list[str]:
    """One sentence for each package whose licence is neither allowed nor excepted."""
    found = []
    for distribution in installed:
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
        licences = declared_licences(distribution)
        if name not in exceptions and not all(is_allowed(licence) for licence in licences):
            found.append(f"{name} {distribution.version}: licence {' / '.join(licences)} is not allowed")
    return sorted(found)


def main(folders: list[str], write: Callable[[str], object] = sys.stdout.write) -> int:
    """Checks the packages in these folders, or of this interpreter, and answers the exit status."""
    installed = list(distributions(path=folders) if folders else distributions())
    found = violations(installed)
    for sentence in found:
        write(f"{sentence}\n")
    write(f"licences: {len(installed)} packages, {len(found)} not allowed\n")
    return 1 if found or not installed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
