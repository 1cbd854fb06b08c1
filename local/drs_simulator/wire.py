"""DRS's wire format (rest-json) in both directions, driven by botocore's own service model, which is loaded once."""

import json
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, unquote

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape

from local.drs_simulator.errors import DrsError, validation
from local.drs_simulator.messages import HttpRequest, HttpResponse
from local.drs_simulator.shapes import Check, Compiler, Violation


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the model."""

    name: str
    status: int
    bindings: tuple[tuple[str, str, str, str], ...]
    """Members that do not travel in the body: (member, location, wire name, name of the type)."""
    input_shape: StructureShape
    output_shape: StructureShape | None


@cache
def service_model() -> ServiceModel:
    """botocore's model of DRS."""
    return botocore.session.get_session().get_service_model("drs")


class Wire:
    """Routes, parses and writes; one instance serves every simulator of the process."""

    def __init__(self, model: ServiceModel) -> None:
        self._lenient = Compiler(strict=False)
        self._strict = Compiler(strict=True)
        self._static: dict[tuple[str, str], Operation] = {}
        self._templates: dict[tuple[str, str], Operation] = {}
        for name in model.operation_names:
            self._add(model.operation_model(name))
        self._errors: dict[str, tuple[Check, dict[str, str]]] = {}
        for shape in model.error_shapes:
            assert isinstance(shape, StructureShape)
            self._errors[shape.name] = (self._strict.compile(shape), _header_members(shape))

    def _add(self, model: OperationModel) -> None:
        shape = model.input_shape
        if shape is None:
            raise ValueError(f"the model gives {model.name} no input")
        bound = [(name, member) for name, member in shape.members.items() if "location" in member.serialization]
        operation = Operation(
            model.name,
            int(model.http["responseCode"]),
            tuple(_binding(name, member) for name, member in bound),
            shape,
            model.output_shape,
        )
        prefix, brace, _ = model.http["requestUri"].partition("{")
        (self._templates if brace else self._static)[(model.http["method"], prefix)] = operation

    def route(self, request: HttpRequest) -> Operation:
        """The operation that a request means.

        Raises Validation (unknownOperation) for a method and path that DRS does not have.
        """
        path = request.target.partition("?")[0]
        operation = self._static.get((request.method, path))
        if operation is None:
            prefix = path[: path.find("/", 1) + 1]
            operation = self._templates.get((request.method, prefix))
        if operation is None:
            raise validation("unknownOperation", f"No operation of DRS is {request.method} {path}")
        return operation

    def parse(self, operation: Operation, request: HttpRequest) -> dict[str, Any]:
        """The request's parameters, valid by the model.

        Raises Validation with reason cannotParse or fieldValidationFailed, which lists every field at fault.
        """
        parameters = _body(request)
        if operation.bindings:
            path, _, query = request.target.partition("?")
            for member, location, name, type_name in operation.bindings:
                if location == "uri":
                    parameters[member] = unquote(path[path.find("/", 1) + 1 :])
                elif values := parse_qs(query, keep_blank_values=True).get(name):
                    parameters[member] = _in_query(values, type_name)
        try:
            checked: dict[str, Any] = self._lenient.compile(operation.input_shape)(parameters)
        except Violation as violation:
            raise _field_errors(violation) from violation
        return checked

    def answer(self, operation: Operation, output: dict[str, Any], request_id: str) -> HttpResponse:
        """The output as an answer, checked against the output shape; Violation here is a defect of the simulator."""
        headers = {"Content-Type": "application/json", "x-amzn-RequestId": request_id}
        shape = operation.output_shape
        checked = self._strict.compile(shape)(output) if shape else {}
        if operation.status == HTTPStatus.NO_CONTENT:
            return HttpResponse(operation.status, headers)
        return HttpResponse(operation.status, headers, json.dumps(checked, separators=(",", ":")).encode())

    def refusal(self, error: DrsError, request_id: str) -> HttpResponse:
        """The error as an answer: all its members, those of the header in the header."""
        headers = {
            "Content-Type": "application/json",
            "x-amzn-RequestId": request_id,
            "x-amzn-ErrorType": error.code,
        }
        members = dict(error.members)
        if error.code in self._errors:
            check, in_header = self._errors[error.code]
            members = check(members)
            for member, name in in_header.items():
                if member in members:
                    headers[name] = str(members.pop(member))
        body = json.dumps({"__type": error.code, **members}, separators=(",", ":")).encode()
        return HttpResponse(error.status, headers, body)


@cache
def shared_wire() -> Wire:
    """The wire of this process: compiling the model takes a while and never changes."""
    return Wire(service_model())


def _header_members(shape: StructureShape) -> dict[str, str]:
    return {
        name: str(member.serialization["name"])
        for name, member in shape.members.items()
        if member.serialization.get("location") == "header"
    }


def _binding(name: str, member: Shape) -> tuple[str, str, str, str]:
    where = member.serialization
    return (name, str(where["location"]), str(where.get("name", name)), member.type_name)


def _in_query(values: list[str], type_name: str) -> Any:
    """What stands in a query, as its type has it; what is no number there is refused like any other member."""
    if type_name == "list":
        return values
    if type_name == "integer" and values[0].isdecimal():
        return int(values[0])
    return values[0]


def _body(request: HttpRequest) -> dict[str, Any]:
    if not request.body:
        return {}
    try:
        value = json.loads(request.body)
    except ValueError as error:
        raise validation("cannotParse", "The request body is not JSON") from error
    if not isinstance(value, dict):
        raise validation("cannotParse", "The request body is not a JSON object")
    return value


def _field_errors(violation: Violation) -> DrsError:
    problems = violation.problems
    heading = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
    details = "; ".join(f"Value at '{path}' failed to satisfy constraint: {text}" for path, text in problems)
    return validation("fieldValidationFailed", heading + details, problems)
