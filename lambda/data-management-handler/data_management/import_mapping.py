"""Translates the identifiers of a document into ours, and lists by path those that it cannot."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from data_management.import_document import Mappings
from data_management.requests import ONE_WAY_TO_NAME_GROUPS, WAYS_TO_NAME_GROUPS, ways_to_name_groups
from shared.models.health_checks import listed_checks, place_of_check
from shared.models.violation import Violation

_NONE: Final = Mappings()

UNRESOLVED: Final = "UNRESOLVED_REFERENCE"
_SHOWN: Final = 64

_DIGITS: Final = "0123456789"
_HEXADECIMAL: Final = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class _Shape:
    """How an identifier looks, which mapping translates it, and how its stand-ins begin and go on."""

    pattern: re.Pattern[str]
    mapping: str
    prefix: str
    letters: str = _HEXADECIMAL
    length: int = 17


_SERVER: Final = _Shape(re.compile(r"s-[0-9a-zA-Z]{17}"), "servers", "s-")
_SUBNET: Final = _Shape(re.compile(r"subnet-[0-9a-f]{8,17}"), "subnets", "subnet-")
_SECURITY_GROUP: Final = _Shape(re.compile(r"sg-[0-9a-f]{8,17}"), "securityGroups", "sg-")
_ACCOUNT: Final = _Shape(re.compile(r"\d{12}"), "accounts", "", letters=_DIGITS, length=12)

FindGroup = Callable[[str], str | None]
"""The id of a group by its name or id, None if there is none."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A translated object; an unresolved reference is listed, and replaced by a stand-in of the right shape.

    The stand-in lets every other rule be checked too; an object with unresolved references is never stored.
    `refused` is what cannot be translated because it says two things at once.
    `met` are the mapping and key of what was translated, `stand_ins` what each stands for.
    """

    value: dict[str, Any]
    unresolved: tuple[Violation, ...]
    refused: tuple[Violation, ...]
    met: frozenset[tuple[str, str]]
    stand_ins: Mapping[str, str]


@dataclass(slots=True)
class _Translator:
    unresolved: list[Violation] = field(default_factory=list)
    refused: list[Violation] = field(default_factory=list)
    met: set[tuple[str, str]] = field(default_factory=set)
    stand_ins: dict[str, str] = field(default_factory=dict)

    def translation(self, value: dict[str, Any]) -> Translation:
        met = frozenset(self.met)
        return Translation(value, tuple(self.unresolved), tuple(self.refused), met, self.stand_ins)

    def identifier(self, value: Any, table: Mapping[str, str], shape: _Shape, path: str) -> Any:
        """The new identifier, or the old one where it already is one; what is no text is left to the shape check."""
        if not isinstance(value, str):
            return value
        if value in table:
            self.met.add((shape.mapping, value))
            return table[value]
        if shape.pattern.fullmatch(value):
            return value
        reason = f"{value[:_SHOWN]!r} is no identifier of AWS, and mappings.{shape.mapping} does not translate it"
        self.unresolved.append(Violation(path, reason, UNRESOLVED))
        return self._stand_in(shape.prefix, value, shape.letters, shape.length)

    def _stand_in(self, prefix: str, value: str, *form: Any) -> str:
        invented = stand_in(prefix, value, *form)
        self.stand_ins[invented] = value
        return invented

    def group(self, raw: Mapping[str, Any], mappings: Mappings, hub_account_id: str) -> dict[str, Any]:
        translated = dict(raw)
        translated["accountId"] = self._account(raw, mappings, hub_account_id)
        if isinstance(raw.get("sourceServerIds"), list):
            translated["sourceServerIds"] = self._servers(raw["sourceServerIds"], mappings, "sourceServerIds")
        for name in ("launchConfig", "drillLaunchConfig"):
            if isinstance(raw.get(name), dict):
                translated[name] = self._launch_config(raw[name], mappings, name)
        if isinstance(raw.get("servers"), list):
            translated["servers"] = [
                self._override(entry, mappings, f"servers[{position}]") for position, entry in enumerate(raw["servers"])
            ]
        return translated

    def wave(self, raw: Any, mappings: Mappings, find_group: FindGroup, path: str) -> Any:
        if not isinstance(raw, dict):
            return raw
        translated = {name: value for name, value in raw.items() if name not in WAYS_TO_NAME_GROUPS}
        translated |= self._groups(raw, mappings, find_group, path)
        if isinstance(raw.get("optionalServerIds"), list):
            translated["optionalServerIds"] = self._servers(
                raw["optionalServerIds"], mappings, f"{path}.optionalServerIds"
            )
        checks = listed_checks(raw.get("healthChecks"))
        if isinstance(checks, list):
            translated["healthChecks"] = [
                self._check(check, mappings, f"{path}.healthChecks{place_of_check(raw['healthChecks'], position)}")
                for position, check in enumerate(checks)
            ]
        return translated

    def _groups(
        self, raw: Mapping[str, Any], mappings: Mappings, find_group: FindGroup, path: str
    ) -> Mapping[str, Any]:
        """The groups of a wave as a request names them; of several ways, which are refused, by the first."""
        ways = ways_to_name_groups(raw)
        if not ways:
            return {}
        reason = f"give one of {', '.join(ways)}"
        self.refused += [Violation(f"{path}.{way}", reason, ONE_WAY_TO_NAME_GROUPS) for way in ways[1:]]
        way = ways[0]
        if way == "protectionGroupId":
            return {way: self._group_reference(raw[way], mappings, find_group, f"{path}.{way}")}
        named, known = raw[way], _NONE if way == "protectionGroupNames" else mappings
        if isinstance(named, list):
            named = [
                self._group_reference(value, known, find_group, f"{path}.{way}[{position}]")
                for position, value in enumerate(named)
            ]
        return {"protectionGroupIds": named}

    def _check(self, raw: Any, mappings: Mappings, path: str) -> Any:
        """Of a check the account of its alarm is an identifier; a command has none."""
        if not isinstance(raw, dict) or raw.get("accountId") is None:
            return raw
        account_id = self.identifier(raw["accountId"], mappings.accounts, _ACCOUNT, f"{path}.accountId")
        return {**raw, "accountId": account_id}

    def _account(self, raw: Mapping[str, Any], mappings: Mappings, hub_account_id: str) -> Any:
        name, account_id = raw.get("groupName"), raw.get("accountId")
        key = mappings.key_in("accounts", name) if isinstance(name, str) else None
        if key is not None:
            self.met.add((_ACCOUNT.mapping, key))
            return mappings.accounts[key]
        if account_id is None:
            return hub_account_id
        return self.identifier(account_id, mappings.accounts, _ACCOUNT, "accountId")

    def _servers(self, listed: Sequence[Any], mappings: Mappings, path: str) -> list[Any]:
        return [self._server(value, mappings, f"{path}[{position}]") for position, value in enumerate(listed)]

    def _server(self, value: Any, mappings: Mappings, path: str) -> Any:
        return self.identifier(value, mappings.servers, _SERVER, path)

    def _override(self, raw: Any, mappings: Mappings, path: str) -> Any:
        if not isinstance(raw, dict):
            return raw
        translated = dict(raw)
        if "sourceServerId" in raw:
            translated["sourceServerId"] = self._server(raw["sourceServerId"], mappings, f"{path}.sourceServerId")
        for name in ("launchTemplate", "drillLaunchTemplate"):
            if isinstance(raw.get(name), dict):
                translated[name] = self._launch_config(raw[name], mappings, f"{path}.{name}")
        return translated

    def _launch_config(self, raw: Mapping[str, Any], mappings: Mappings, path: str) -> dict[str, Any]:
        translated = dict(raw)
        if "subnetId" in raw:
            translated["subnetId"] = self.identifier(raw["subnetId"], mappings.subnets, _SUBNET, f"{path}.subnetId")
        if isinstance(raw.get("securityGroupIds"), list):
            translated["securityGroupIds"] = [
                self.identifier(
                    value,
                    mappings.security_groups,
                    _SECURITY_GROUP,
                    f"{path}.securityGroupIds[{position}]",
                )
                for position, value in enumerate(raw["securityGroupIds"])
            ]
        return translated

    def _group_reference(self, value: Any, mappings: Mappings, find_group: FindGroup, path: str) -> Any:
        if not isinstance(value, str):
            return value
        key = mappings.key_in("groups", value)
        if key is not None:
            self.met.add(("groups", key))
        found = find_group(value if key is None else mappings.groups[key])
        if found is not None:
            return found
        called = f"{value[:_SHOWN]!r}" + (f" (mapped to {mappings.groups[key]!r})" if key is not None else "")
        reason = f"no group of the document or of this system is called {called}; mappings.groups may name one"
        self.unresolved.append(Violation(path, reason, UNRESOLVED))
        return self._stand_in("unresolved-", value)


def stand_in(prefix: str, value: str, letters: str = _HEXADECIMAL, length: int = 17) -> str:
    """A text of the right shape that stands for an unresolved one: equal for equal, different for different."""
    digest = hashlib.sha256(value.encode()).digest()
    return prefix + "".join(letters[byte % len(letters)] for byte in digest[:length])


def translate_group(raw: Mapping[str, Any], mappings: Mappings, hub_account_id: str) -> Translation:
    """A group of the document with our identifiers and its account; a group that names none is the hub's."""
    translator = _Translator()
    return translator.translation(translator.group(raw, mappings, hub_account_id))


def translate_plan(raw: Mapping[str, Any], mappings: Mappings, find_group: FindGroup) -> Translation:
    """A plan of the document whose waves name groups by our ids."""
    translator = _Translator()
    value = dict(raw)
    if isinstance(raw.get("waves"), list):
        value["waves"] = [
            translator.wave(wave, mappings, find_group, f"waves[{position}]")
            for position, wave in enumerate(raw["waves"])
        ]
    return translator.translation(value)


def group_references(raw: Mapping[str, Any], mappings: Mappings) -> tuple[str, ...]:
    """Every group name or id that the plan's waves lead to, each once."""
    seen: dict[str, None] = {}

    def remember(text: str) -> str:
        seen[text] = None
        return text

    translate_plan(raw, mappings, remember)
    return tuple(seen)
