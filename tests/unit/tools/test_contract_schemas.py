"""Schemas say what goes over the wire, not what pydantic keeps in memory."""

from typing import Annotated, Any

from pydantic import AliasChoices, Field

from shared.models.base import Model
from shared.operations import Context, Operation, OperationTable, operation
from shared.roles import Permission
from tools.contract.schemas import schemas_of


class Inner(Model):
    """Something inside; `some_text` may be absent."""

    some_text: str | None = None
    size: int = 3


class Ask(Model):
    """A request."""

    group_id: Annotated[str, Field(validation_alias=AliasChoices("groupId", "GroupId"))]
    region: Annotated[str | None, Field(validation_alias=AliasChoices("region", "Region"))] = None
    account_id: Annotated[str, Field(pattern="^[0-9]{12}$")] = ""
    inner: Inner | None = None


class Answer(Model):
    """An answer."""

    maybe: int | None = None
    anything: Any = None
    always: int = 1
    inner: Inner
    several: tuple[Inner, ...] = ()


def declared() -> Operation:
    table = OperationTable()

    @operation("ask", http="POST /asks", permission=Permission.PUBLIC, homes=("query-handler",), table=table)
    def ask(request: Ask, context: Context[Any]) -> Answer:
        raise NotImplementedError

    return table.get("ask")


ASK = declared()
SCHEMAS = schemas_of([ASK])
REQUEST = SCHEMAS.request(Ask)
ANSWER = SCHEMAS.answer(Answer)


def test_an_answer_requires_what_is_always_there_and_nothing_in_it_is_null() -> None:
    assert ANSWER["required"] == ["always", "inner", "several"]
    assert ANSWER["properties"]["maybe"] == {"type": "integer"}
    assert Answer(inner=Inner()).wire() == {"always": 1, "inner": {"size": 3}, "several": []}


def test_a_request_may_say_null_where_nothing_may_be_said() -> None:
    assert REQUEST["properties"]["region"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}


def test_further_names_of_a_field_are_fields_of_which_one_may_be_given_and_of_a_required_field_must() -> None:
    assert REQUEST["properties"]["GroupId"] == {"type": "string", "deprecated": True}
    assert REQUEST["properties"]["Region"]["deprecated"] is True
    assert "required" not in REQUEST
    assert REQUEST["allOf"] == [
        {"oneOf": [{"required": ["groupId"]}, {"required": ["GroupId"]}]},
        {"not": {"required": ["region", "Region"]}},
    ]


def test_what_stands_for_nothing_said_is_no_default_if_it_could_not_be_said() -> None:
    assert REQUEST["properties"]["accountId"] == {"pattern": "^[0-9]{12}$", "type": "string"}


def test_a_model_that_differs_in_requests_and_answers_has_a_name_for_each() -> None:
    assert SCHEMAS.components["InnerInput"]["properties"]["size"] == {"type": "integer", "default": 3}
    assert SCHEMAS.components["Inner"]["required"] == ["size"]
    assert REQUEST["properties"]["inner"]["anyOf"][0] == {"$ref": "#/components/schemas/InnerInput"}
    assert ANSWER["properties"]["inner"] == {"$ref": "#/components/schemas/Inner"}


def test_descriptions_have_the_names_of_the_wire_and_nothing_has_a_title() -> None:
    assert SCHEMAS.components["Inner"]["description"] == "Something inside; `someText` may be absent."
    assert all("title" not in schema for schema in SCHEMAS.components.values())


def test_everything_below_a_schema_is_found() -> None:
    assert SCHEMAS.below(ANSWER) == ["Inner"]


def test_what_may_be_anything_may_be_absent() -> None:
    assert "anything" not in ANSWER["required"]
