"""What the interpreter does not understand is refused when the document is loaded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.asl.dynamo import read_update
from tests.support.asl.errors import StatesError, UnsupportedError
from tests.support.asl.loading import STATE_MACHINE, load_machine, substitute, with_rounds
from tests.support.asl.stage import RESOURCES
from tests.support.asl.templates import Path, Scope, compile_template

INVOKE = "arn:aws:states:::lambda:invoke"
UPDATE = "arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken"


def load(**states: Any) -> None:
    load_machine(json.dumps({"StartAt": next(iter(states)), "States": states}))


def invocation(**more: Any) -> dict[str, Any]:
    parameters = {"FunctionName": "f", "Payload": {}}
    return {"Type": "Task", "Resource": INVOKE, "Parameters": parameters, "End": True, **more}


def update(**parameters: Any) -> dict[str, Any]:
    whole = {
        "TableName": "t",
        "Key": {"id": {"S": "1"}},
        "UpdateExpression": "SET a = :a",
        "ExpressionAttributeValues": {":a": {"S": "x"}},
        **parameters,
    }
    return {"Type": "Task", "Resource": UPDATE, "Parameters": whole, "End": True}


def test_the_products_own_state_machine_is_understood() -> None:
    machine = load_machine(substitute(STATE_MACHINE.read_text(encoding="utf-8"), RESOURCES))

    assert machine.start_at == "Kind"


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Parallel", "End": True},
        {"Type": "Pass"},
        {"Type": "Pass", "End": True, "Next": "A"},
        {"Type": "Pass", "Next": "Nowhere"},
        {"Type": "Pass", "InputPath": "$.a", "End": True},
        {"Type": "Pass", "Parameters": {"a.$": "$.b[0]"}, "End": True},
        {"Type": "Pass", "Parameters": {"a.$": "States.UUID()"}, "End": True},
        {"Type": "Pass", "Parameters": {"a.$": "States.Format('{}')"}, "End": True},
        {"Type": "Pass", "Parameters": {"a.$": "States.Format(1)"}, "End": True},
        {"Type": "Pass", "Parameters": {"a.$": "States.MathAdd($.b)"}, "End": True},
        {"Type": "Pass", "Parameters": {"a.$": "States.MathAdd($.b, 'c')"}, "End": True},
        {"Type": "Pass", "Parameters": {"a": [{"b.$": "$.c"}]}, "End": True},
        {"Type": "Pass", "ResultPath": "$.a.*", "End": True},
        {"Type": "Wait", "Seconds": -1, "End": True},
        {"Type": "Wait", "Timestamp": "2026-01-01T00:00:00Z", "End": True},
        {"Type": "Wait", "Seconds": 1, "SecondsPath": "$.a", "End": True},
        {"Type": "Choice", "Choices": [{"Variable": "$.a", "StringMatches": "x*", "Next": "A"}]},
        {"Type": "Choice", "Choices": [{"Variable": "$.a", "StringEquals": 1, "Next": "A"}]},
        invocation(Resource="arn:aws:states:::sns:publish"),
        invocation(HeartbeatSeconds=5),
        invocation(TimeoutSeconds=0),
        invocation(TimeoutSeconds=1, TimeoutSecondsPath="$.a"),
        invocation(Parameters={"FunctionName": "f", "Payload": {}, "InvocationType": "Event"}),
        invocation(Retry=[{"ErrorEquals": ["States.ALL"], "JitterStrategy": "FULL"}]),
        invocation(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Nowhere"}]),
        update(UpdateExpression="ADD a :a"),
        update(UpdateExpression="SET a = a + :a"),
        update(UpdateExpression="SET a = :b"),
        update(UpdateExpression="SET #a = :a"),
        update(ConditionExpression="a = :a OR b = :a"),
        update(ConditionExpression="size(a) = :a"),
        update(ExpressionAttributeNames={"#unused": "a"}),
        update(ReturnValues="ALL_NEW"),
    ],
    ids=json.dumps,
)
def test_what_is_not_known_is_refused(state: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError):
        load(A=state)


def test_a_state_that_nothing_leads_to_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="no way leads to B"):
        load(A={"Type": "Succeed"}, B={"Type": "Succeed"})


def test_a_placeholder_without_a_value_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="Missing"):
        substitute("${Missing}", {})


def test_format_writes_texts_as_they_are_and_the_rest_as_json() -> None:
    template = compile_template({"a.$": r"States.Format('{}|{}|{}|\'\{\}', $.text, $.number, 'it\'s')"})

    assert template.evaluate(Scope({"text": "x y", "number": 12}, {})) == {"a": "x y|12|it's|'{}"}


def test_a_sum_is_of_whole_numbers() -> None:
    template = compile_template({"a.$": "States.MathAdd($.number, -3)"})

    assert template.evaluate(Scope({"number": 12}, {})) == {"a": 9}
    with pytest.raises(StatesError) as raised:
        template.evaluate(Scope({"number": "12"}, {}))
    assert raised.value.name == "States.IntrinsicFailure"


def test_a_run_may_be_given_fewer_rounds_and_is_the_same_otherwise() -> None:
    text = STATE_MACHINE.read_text(encoding="utf-8")

    short = json.loads(with_rounds(text, 7))

    results = [state.get("Result", "") for state in short["States"].values()]
    assert [result["roundsLeft"] for result in results if "roundsLeft" in result] == [7, 7, 7]
    assert json.loads(with_rounds(text, 1)) == json.loads(with_rounds(json.dumps(short), 1))


def test_a_result_that_does_not_fit_into_its_place_is_an_error() -> None:
    with pytest.raises(StatesError) as raised:
        Path.parse("$.a.b").put({"a": "text"}, 1)
    assert raised.value.name == "States.ResultPathMatchFailure"


def test_an_update_is_read_into_plain_values() -> None:
    read = read_update(update()["Parameters"] | {"ConditionExpression": "attribute_exists(a) AND b <> :a"})

    assert (read.table, read.key, read.changes) == ("t", {"id": "1"}, {"a": "x"})
    assert "Exists(path='a')" in str(read.condition)
