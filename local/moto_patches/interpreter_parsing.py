"""Lets the Step Functions interpreter read a definition, and a path in it, once."""

import importlib
from functools import lru_cache
from typing import Any, Final

from local.moto_patches.patches import Patches

_MOST: Final = 64
"""Definitions that are kept; a system has one or two."""


def install(patches: Patches) -> None:
    """moto parses the definition at each start of a run, and each path with each of its uses, by a grammar made anew.

    What a parser has read is kept; what a run is made of is made of it for each run, as before.
    """
    if not patches.begin(__name__):
        return
    parsing = importlib.import_module("moto.stepfunctions.parser.asl.parse.asl_parser")
    paths = importlib.import_module("moto.stepfunctions.parser.asl.utils.json_path")
    known: dict[str, Any] = {}

    class Parser(parsing.ASLParser):  # type: ignore[misc, name-defined]
        def state_machine(self) -> Any:
            definition = self.getTokenStream().tokenSource.inputStream.strdata
            tree = known.get(definition)
            if tree is None:
                tree = super().state_machine()
                if not self.getNumberOfSyntaxErrors():
                    if len(known) >= _MOST:
                        known.clear()
                    known[definition] = tree
            return tree

    patches.replace(parsing, "ASLParser", Parser)
    patches.replace(paths, "parse", lru_cache(maxsize=1024)(paths.parse))
