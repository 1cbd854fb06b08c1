"""The models of requests and answers as JSON Schema, as they look on the wire.

pydantic describes a model; what goes over the wire differs in a few things, which are put right here: absent values are
left out of answers and never null, unless a model keeps null as said; further names of a field are fields too, and
lists have items where it counts letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, Literal

from pydantic import AliasChoices, BaseModel
from pydantic.alias_generators import to_camel
from pydantic.json_schema import models_json_schema

from shared.models.launch_config import KEEPS_NULL
from shared.operations import Operation

Schema = dict[str, Any]

REF: Final = "#/components/schemas/"
_NULL: Final = {"type": "null"}
_OF_ONE: Final = ("items", "additionalProperties", "propertyNames", "not")
_OF_NAMES: Final = ("properties", "patternProperties")
_OF_SEVERAL: Final = ("anyOf", "oneOf", "allOf", "prefixItems")


@dataclass(frozen=True)
class Schemas:
    """Every schema by its name, and that of each model; a model that people send and get may have two."""

    components: dict[str, Schema]
    _requests: Mapping[type[BaseModel], str]
    _answers: Mapping[type[BaseModel], str]

    def request(self, model: type[BaseModel]) -> Schema:
        """What may be sent."""
        return self.components[self._requests[model]]

    def answer(self, model: type[BaseModel]) -> Schema:
        """What is answered."""
        return self.components[self._answers[model]]

    def request_name(self, model: type[BaseModel]) -> str:
        """The name of what may be sent."""
        return self._requests[model]

    def answer_name(self, model: type[BaseModel]) -> str:
        """The name of what is answered."""
        return self._answers[model]

    def resolved(self, schema: Schema) -> Schema:
        """The schema itself, or the one that it refers to."""
        return self.components[name_of(schema)] if "$ref" in schema else schema

    def below(self, schema: Schema) -> list[str]:
        """The names of everything that a schema is made of, in the order in which one meets them."""
        found: list[str] = []
        waiting = [schema]
        while waiting:
            for name in references(waiting.pop(0)):
                if name not in found:
                    found.append(name)
                    waiting.append(self.components[name])
        return found


def schemas_of(operations: Iterable[Operation]) -> Schemas:
    """The schemas of all that goes in and out."""
    asked, told = _models(operations)
    requests, request_names = _described(asked, "validation", _of_both)
    answers, answer_names = _described(told, "serialization", _of_answer)
    for model, name in request_names.items():
        requests[name] = _with_further_names(requests[name], model)
    other = _different(requests, answers)
    renamed = {_input(name) if name in other else name: _renaming(schema, other) for name, schema in requests.items()}
    return Schemas(
        components=dict(sorted({**renamed, **answers}.items())),
        _requests={model: _input(name) if name in other else name for model, name in request_names.items()},
        _answers=answer_names,
    )


def name_of(reference: Schema) -> str:
    """The name that a reference has."""
    return str(reference["$ref"]).removeprefix(REF)


def reference(name: str) -> Schema:
    """The reference to a name."""
    return {"$ref": REF + name}


def references(schema: Any) -> Iterator[str]:
    """The names of all schemas that a schema refers to by itself."""
    if isinstance(schema, dict):
        if str(schema.get("$ref", "")).startswith(REF):
            yield name_of(schema)
        for part in schema.values():
            yield from references(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from references(part)


def without_null(schema: Schema) -> Schema:
    """The schema for where nothing is said instead of null."""
    choices = [each for each in schema.get("anyOf", ()) if each != _NULL]
    if len(choices) == len(schema.get("anyOf", ())):
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**choices[0], **rest} if len(choices) == 1 else {"anyOf": choices, **rest}


def mapped(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """The schema with everything below it, and then itself, changed."""
    made = dict(schema)
    for key in _OF_ONE:
        if isinstance(made.get(key), dict):
            made[key] = mapped(made[key], change)
    for key in _OF_NAMES:
        if key in made:
            made[key] = {name: mapped(below, change) for name, below in made[key].items()}
    for key in _OF_SEVERAL:
        if key in made:
            made[key] = [mapped(below, change) for below in made[key]]
    return change(made)


def _models(operations: Iterable[Operation]) -> tuple[list[type[BaseModel]], list[type[BaseModel]]]:
    every = list(operations)
    asked = {one.request_model: None for one in every}
    told = {one.answer_model: None for one in every if one.answer_model is not None}
    return list(asked), list(told)


def _described(
    models: Iterable[type[BaseModel]], mode: Literal["validation", "serialization"], change: Callable[[Schema], Schema]
) -> tuple[dict[str, Schema], dict[type[BaseModel], str]]:
    wanted = [(model, mode) for model in models]
    found, whole = models_json_schema(wanted, by_alias=True, ref_template=REF + "{model}")
    names = {model: name_of(found[model, mode]) for model, _ in wanted}
    return {name: mapped(schema, change) for name, schema in whole.get("$defs", {}).items()}, names


def _of_both(schema: Schema) -> Schema:
    made = {
        key: value
        for key, value in schema.items()
        if key != KEEPS_NULL and (key != "title" or not isinstance(value, str))
    }
    if made.get("default", ...) is None or _is_refused(made.get("default"), made):
        del made["default"]
    if made.get("type") == "array":
        # pydantic takes the bounds of a list with a validator of ours for those of a text
        for letters, items in (("minLength", "minItems"), ("maxLength", "maxItems")):
            if letters in made:
                made[items] = made.pop(letters)
    if "description" in made:
        made["description"] = _as_on_the_wire(made["description"], made.get("properties", {}))
    return made


def _is_refused(default: Any, schema: Schema) -> bool:
    """Whether what stands for nothing being said cannot be said."""
    return isinstance(default, str) and re.search(schema.get("pattern", ""), default) is None


def _as_on_the_wire(text: str, properties: Mapping[str, Schema]) -> str:
    """The words of a docstring, which has Python's names of the fields."""

    def name(found: re.Match[str]) -> str:
        on_the_wire = to_camel(found[1])
        return f"`{on_the_wire}`" if on_the_wire in properties else found[0]

    return re.sub(r"`(\w+)`", name, text)


def _of_answer(schema: Schema) -> Schema:
    """Absent values are left out: nothing is null, and what may be absent is not required."""
    made = _of_both(schema)
    if "properties" in made:
        maybe = {name for name, below in made["properties"].items() if _may_be_null(below)}
        if KEEPS_NULL not in schema:
            made["properties"] = {name: without_null(below) for name, below in made["properties"].items()}
        made["required"] = [name for name in made["properties"] if name not in maybe]
    return {key: value for key, value in made.items() if key != "default" and (key != "required" or value)}


def _may_be_null(schema: Schema) -> bool:
    says_nothing = not {"type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const"} & set(schema)
    return says_nothing or _NULL in schema.get("anyOf", ())


def _with_further_names(schema: Schema, model: type[BaseModel]) -> Schema:
    """The schema of a model whose fields may have several names: each is one, and a field is given by one name only."""
    made = {**schema, "properties": dict(schema.get("properties", {}))}
    required, rules = list(made.pop("required", ())), list(made.pop("allOf", ()))
    for each in model.model_fields.values():
        if not isinstance(each.validation_alias, AliasChoices):
            continue
        names = list(map(str, each.validation_alias.choices))
        described = made["properties"][names[0]]
        made["properties"] |= {name: {**described, "deprecated": True} for name in names[1:]}
        by_one_name = [{"required": [name]} for name in names]
        if names[0] in required:
            required.remove(names[0])
            rules.append({"oneOf": by_one_name})
        else:
            rules += [{"not": {"required": [*pair]}} for pair in combinations(names, 2)]
    return made | ({"required": required} if required else {}) | ({"allOf": rules} if rules else {})


def _different(requests: Mapping[str, Schema], answers: Mapping[str, Schema]) -> set[str]:
    """Names that mean one thing in requests and another in answers, because of themselves or of what is below."""
    shared = requests.keys() & answers.keys()
    found = {name for name in shared if requests[name] != answers[name]}
    while more := {name for name in shared - found if found & set(references(requests[name]))}:
        found |= more
    return found


def _renaming(schema: Schema, other: set[str]) -> Schema:
    def rename(each: Schema) -> Schema:
        return {**each, **reference(_input(name_of(each)))} if "$ref" in each and name_of(each) in other else each

    return mapped(schema, rename)


def _input(name: str) -> str:
    return f"{name}Input"
