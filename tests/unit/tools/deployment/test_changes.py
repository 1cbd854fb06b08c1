"""What a change set would do, in words, and what of it is grave."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.deployment.changes import Change, Effect, grave, read, refusal, told
from tools.deployment.kept import KEPT

CLIENT = "AWS::Cognito::UserPoolClient"
POOL = "AWS::Cognito::UserPool"


def change(name: str, kind: str, action: str = "Modify", **more: Any) -> dict[str, Any]:
    """One entry of DescribeChangeSet."""
    one = {"LogicalResourceId": name, "ResourceType": kind, "Action": action, **more}
    return {"Type": "Resource", "ResourceChange": one}


def detail(source: str, cause: str, recreation: str = "Always", name: str = "UserPoolId") -> dict[str, Any]:
    """Why something may have to be made anew."""
    target = {"Attribute": "Properties", "Name": name, "RequiresRecreation": recreation}
    return {"Target": target, "Evaluation": "Dynamic", "ChangeSource": source, "CausingEntity": cause}


@pytest.mark.parametrize(
    ("action", "replacement", "effect"),
    [
        ("Add", None, Effect.ADDED),
        ("Import", None, Effect.ADDED),
        ("Modify", "False", Effect.CHANGED),
        ("Modify", "Conditional", Effect.MAY_BE_REPLACED),
        ("Modify", "True", Effect.REPLACED),
        ("Modify", None, Effect.UNKNOWN),
        ("Modify", "Perhaps", Effect.UNKNOWN),
        ("Remove", None, Effect.REMOVED),
        ("Dynamic", None, Effect.UNKNOWN),
        ("SomethingNew", "False", Effect.UNKNOWN),
    ],
)
def test_an_action_has_its_word_and_an_unknown_one_is_not_foreseen(
    action: str, replacement: str | None, effect: Effect
) -> None:
    more = {} if replacement is None else {"Replacement": replacement}

    (found,) = read([change("Table", "AWS::DynamoDB::Table", action, **more)], "DatabaseStack")

    assert found == Change("DatabaseStack/Table", "AWS::DynamoDB::Table", effect)
    assert found.is_grave is (effect not in {Effect.ADDED, Effect.CHANGED})


@pytest.mark.parametrize("kind", KEPT)
def test_what_is_kept_is_grave_until_it_is_named(kind: str) -> None:
    lost = Change("Stack/It", kind, Effect.REPLACED, ("Name",))
    harmless = Change("Stack/Other", "AWS::SNS::Topic", Effect.REMOVED)

    assert grave([harmless, lost], ()) == [lost]
    assert grave([harmless, lost], {"Stack/Other", "Stack"}) == [lost]
    assert grave([harmless, lost], {"Stack/It"}) == []
    assert KEPT[kind] in refusal([lost]) and "--accept Stack/It" in refusal([lost])


def test_a_client_keeps_its_id_when_its_pool_is_only_changed() -> None:
    pool = change("UserPool", POOL, Replacement="False")
    client = change("Client", CLIENT, Replacement="Conditional", Details=[detail("ResourceReference", "UserPool")])

    assert [one.effect for one in read([pool, client])] == [Effect.CHANGED, Effect.CHANGED]


@pytest.mark.parametrize(
    ("pool", "details"),
    [
        ("True", [detail("ResourceReference", "UserPool")]),
        ("Conditional", [detail("ResourceReference", "UserPool")]),
        ("False", [detail("ResourceReference", "Another")]),
        ("False", [detail("ResourceAttribute", "UserPool")]),
        ("False", [detail("ParameterReference", "UserPool")]),
        ("False", [detail("ResourceReference", "UserPool"), detail("DirectModification", "", name="GenerateSecret")]),
        ("False", [detail("ResourceReference", "UserPool", "Never")]),
        ("False", []),
    ],
)
def test_a_client_may_be_replaced_for_every_other_reason(pool: str, details: list[dict[str, Any]]) -> None:
    changes = [change("UserPool", POOL, Replacement=pool), change("Client", CLIENT, Replacement="Conditional")]
    changes[1]["ResourceChange"]["Details"] = details

    assert list(read(changes))[1].effect is Effect.MAY_BE_REPLACED


@given(
    st.sampled_from(sorted(KEPT)),
    st.sampled_from(["Add", "Import", "Modify", "Remove", "Dynamic", "SyncWithActual"]) | st.text(max_size=8),
    st.none() | st.sampled_from(["True", "False", "Conditional"]) | st.text(max_size=8),
)
def test_only_a_new_resource_and_one_that_is_surely_not_replaced_are_harmless(
    kind: str, action: str, replacement: str | None
) -> None:
    more = {} if replacement is None else {"Replacement": replacement}

    (found,) = read([change("It", kind, action, **more)])

    harmless = action in {"Add", "Import"} or (action, replacement) == ("Modify", "False")
    assert (grave([found], ()) == []) is harmless


def test_changes_are_told_the_gravest_first_and_counted() -> None:
    details = [detail("DirectModification", "", name="Code"), detail("DirectModification", "", name="Code")]
    details.append({"Target": {"Attribute": "Tags"}})

    lines = list(
        told(
            [
                Change("B", "X", Effect.ADDED),
                *read([change("A", "Y", Replacement="False", Details=details)]),
                Change("C", "Z", Effect.REMOVED),
            ]
        )
    )

    assert lines == [
        "  removed          C (Z)",
        "  changed          A (Y): Code, Tags",
        "  added            B (X)",
        "  1 removed, 1 changed, 1 added",
    ]
