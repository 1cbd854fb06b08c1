"""Builds the templates: each artefact's key takes the place of its parameter, each nested template gets its hash.

So an operator names a bucket and nothing else, and CloudFormation sees every change and nothing besides. A key is no
default: an update that gives a parameter no value keeps the former one, and with it the former code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from local.cloudformation.template import TemplateError, parse, refuse_bad_values
from tools.packaging.archive import Artefact, hashed
from tools.packaging.errors import PackagingError

FOLDER: Final = "templates"
MASTER: Final = "master-template.yaml"
ALONE: Final = frozenset({"cross-account-role-stack.yaml"})
"""Deployed by itself too, in every target account, and found under its name then."""

FUNCTIONS: Final = "lambda-stack.yaml"
UNBUILT: Final = ".unbuilt"
"""In the master's release, in the place of the hash of the functions' template: what aliases serve is a version, and
another one is made only if its description is another (ADR 0026)."""

PREFIX_PARAMETER: Final = "SourcePrefix"
MOST_BYTES: Final = 51_200
"""So large a template `aws cloudformation deploy --template-file` takes without a bucket (CloudFormation's limit)."""

_NESTED: Final = re.compile(r"(?<=\$\{SourcePrefix\}/)(?:[\w-]+/)?(?P<name>[\w-]+\.yaml)")
_URL: Final = re.compile(r"^ +TemplateURL:", re.MULTILINE)
_KEY: Final = re.compile(r"^  (?P<name>\w+Key):\n(?P<body>(?:    .*\n)+)", re.MULTILINE)
_DEFAULT: Final = re.compile(r"^    Default: .*\n", re.MULTILINE)
_TYPE: Final = re.compile(r"^    Type: .*\n", re.MULTILINE)


def key_parameter(artefact: str) -> str:
    """How the parameter of an artefact is called, in small letters: `query-handler` is `queryhandlerkey`."""
    return f"{artefact.replace('-', '')}key"


def build(sources: Mapping[str, str], keys: Mapping[str, str], prefix: str) -> Sequence[Artefact]:
    """The built templates of these sources by file name; `keys` has the key of each artefact by its name.

    The master hands the keys on. PackagingError if a key has no parameter there or a parameter no key or no use, and if
    the master is not there, does not take the prefix, nests what is not there, or is too large.
    """
    if MASTER not in sources:
        raise PackagingError(f"{MASTER} is not there: it nests the others and takes the keys")
    unclaimed = {name for name in keys if not _names_key(sources[MASTER], name)}
    if unclaimed:
        raise PackagingError(f"{MASTER} has no parameter for the key of {', '.join(sorted(unclaimed))}")
    return _nested({**sources, MASTER: _with_keys(sources[MASTER], keys, prefix)})


def _nested(texts: Mapping[str, str]) -> Sequence[Artefact]:
    """The templates that the master nests under their hashes, the others, the master last, under their names."""
    master = texts[MASTER]
    wanted = [found["name"] for found in _NESTED.finditer(master)]
    if len(wanted) != len(_URL.findall(master)):
        raise PackagingError(f"{MASTER}: a TemplateURL is not of the form …${{{PREFIX_PARAMETER}}}/NAME.yaml")
    if unknown := sorted(set(wanted) - texts.keys()):
        raise PackagingError(f"{MASTER} nests {', '.join(unknown)}, which is not there")
    stored = {name: hashed(FOLDER, name.removesuffix(".yaml"), ".yaml", texts[name].encode()) for name in wanted}
    master = _with_release(master, stored.get(FUNCTIONS))
    by_name = texts.keys() - (stored.keys() - ALONE) - {MASTER}
    alone = [_plain(name, texts[name]) for name in sorted(by_name)]
    built = _plain(MASTER, _NESTED.sub(lambda found: stored[found["name"]].key, master))
    if len(built.content) > MOST_BYTES:
        raise PackagingError(f"{MASTER} is built with {len(built.content)} bytes, CloudFormation takes {MOST_BYTES}")
    return [*(stored[name] for name in sorted(stored)), *alone, built]


def _with_release(master: str, functions: Artefact | None) -> str:
    """The master whose release tells the hash of the functions' template, in as many characters as before."""
    if functions is None:
        return master
    if UNBUILT not in master:
        raise PackagingError(
            f"{MASTER}: no release has the place {UNBUILT}, so a change of {FUNCTIONS} would be served by nobody"
        )
    digest = functions.key.removesuffix(".yaml").rpartition("-")[2]
    return master.replace(UNBUILT, f".{digest[: len(UNBUILT) - 1]}")


def _with_keys(text: str, keys: Mapping[str, str], prefix: str) -> str:
    by_parameter = {key_parameter(artefact): key for artefact, key in keys.items()}
    before, parameters, after = _parts(text)
    for found in _KEY.finditer(parameters):
        key = by_parameter.get(found["name"].lower())
        if key is not None:
            parameters = parameters.replace(found.group(), "")
            after = _in_place(after, found["name"], key)
        elif not _DEFAULT.search(found["body"]):
            raise PackagingError(f"{MASTER}: nothing that is built belongs to the parameter {found['name']}")
    own_prefix = re.compile(rf"^  {PREFIX_PARAMETER}:\n(?P<body>(?:    .*\n)+)", re.MULTILINE)
    parameters = own_prefix.sub(
        lambda found: f"  {PREFIX_PARAMETER}:\n{_defaulting(found['body'], prefix)}", parameters
    )
    return f"{before}{parameters}{after}"


def _in_place(text: str, parameter: str, key: str) -> str:
    """The text with the key wherever `${Parameter}` stood."""
    used = f"${{{parameter}}}"
    if used not in text or re.search(rf"!Ref \"?{parameter}\b", text):
        raise PackagingError(f"{MASTER}: the parameter {parameter} is to be used by !Sub, and only by it")
    return text.replace(used, key)


def _parts(text: str) -> tuple[str, str, str]:
    """What is before the parameters, the parameters, and what is after them."""
    found = re.search(r"^Parameters:\n(?:(?: .*|#.*)?\n)*", text, re.MULTILINE)
    return (text[: found.start()], found.group(), text[found.end() :]) if found else (text, "", "")


def _defaulting(body: str, value: str) -> str:
    """The body of the folder's parameter with this default, after its type; PackagingError if it does not take it."""
    declaration = {PREFIX_PARAMETER: parse(body)}
    try:
        refuse_bad_values({"Parameters": declaration}, {PREFIX_PARAMETER: value})
    except TemplateError as error:
        raise PackagingError(f"{MASTER}: {error}") from error
    line = f"    Default: {value}\n"
    return _TYPE.sub(lambda found: found.group() + line, _DEFAULT.sub("", body), count=1)


def _names_key(text: str, artefact: str) -> bool:
    return any(found["name"].lower() == key_parameter(artefact) for found in _KEY.finditer(_parts(text)[1]))


def _plain(name: str, text: str) -> Artefact:
    return Artefact(f"{FOLDER}/{name}", text.encode())
