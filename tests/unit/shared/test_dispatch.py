"""The direct door: what is answered, who may, and what the audit says."""

import io
import json
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import pytest
from pydantic import AliasChoices, Field

from shared.catalogue import Catalogue
from shared.dispatch import dispatch
from shared.errors import ConflictError, ConflictReason, DrsServiceError
from shared.models.base import Model
from shared.observability import AuditEntry, AuditLog, Observability, observe
from shared.operations import Context, OperationTable, Success, operation
from shared.roles import Permission, Role

ARN = "arn:aws:lambda:us-east-1:123456789012:function:aws-drs-orchestration-query-handler-dev"


UNREADABLE: dict[str, Any] = {"operation": "create_protection_group", "body": "{"}


@dataclass(frozen=True)
class Call:
    """What Lambda says of an invocation."""

    invoked_function_arn: str = f"{ARN}:live"
    aws_request_id: str = "r-1"


class NewGroup(Model):
    group_name: str
    size: int = 1
    members: tuple[str, ...] = ()
    plan_id: str | None = Field(default=None, validation_alias=AliasChoices("planId", "PlanId"))
    execution_ids: tuple[str, ...] = ()
    dry_run: bool = False


class Group(Model):
    group_id: str = "g-1"
    group_name: str
    created_by: str
    note: str | None = None


class Unsayable(Group):
    def wire(self) -> dict[str, Any]:
        raise TypeError("no JSON says this")


class Names(Protocol):
    @property
    def taken(self) -> set[str]: ...


HOME = ("data-management-handler",)
TABLE = OperationTable()


@operation(
    "create_protection_group",
    http="POST /protection-groups",
    permission=Permission.CREATE_PROTECTION_GROUPS,
    success=Success.CREATED,
    homes=HOME,
    table=TABLE,
)
def create_group(request: NewGroup, context: Context[Names]) -> Group:
    """Make a group."""
    if request.group_name in context.app.taken:
        raise ConflictError("taken", reason=ConflictReason.NAME_EXISTS, groupName=request.group_name)
    if request.group_name == "broken":
        raise RuntimeError("the password is swordfish")
    if request.group_name == "throttled":
        raise DrsServiceError("slow down", drsCode="ThrottlingException", httpStatus=429)
    if request.group_name == "unsayable":
        return Unsayable(group_name=request.group_name, created_by=context.actor)
    return Group(group_name=request.group_name, created_by=context.actor)


@operation(
    "get_protection_group",
    http="GET /g",
    permission=Permission.VIEW_PROTECTION_GROUPS,
    homes=HOME,
    table=TABLE,
)
def forget_group(request: NewGroup, context: Context[Names]) -> None:
    """Answer nothing."""
    context.app.taken.discard(request.group_name)


@dataclass
class App:
    """A function that answers operations."""

    stream: io.StringIO = field(default_factory=io.StringIO)
    direct_role: Role = Role.ADMIN
    console_origin: str = ""
    taken: set[str] = field(default_factory=lambda: {"Database"})

    def __post_init__(self) -> None:
        self.observability: Observability = observe("test-door", "INFO", self.stream)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def call(self, event: Any, call: Call | None = None, function: str = "data-management-handler") -> dict[str, Any]:
        return dispatch(event, call or Call(), function_name=function, app=self, catalogue=Catalogue.of(TABLE))


@pytest.fixture
def app(request: pytest.FixtureRequest) -> App:
    made = App()
    made.observability = observe(request.node.name, "INFO", made.stream)
    return made


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


NESTED = _nested(10_000)
TOO_DEEP = {"groupName" + "[0]" * 63: "TOO_DEEP", "groupName": "WRONG_TYPE"}
"""What is wrong with it as the name of a group."""


def create(name: str = "Web", **more: Any) -> dict[str, Any]:
    return {"operation": "create_protection_group", "parameters": {"groupName": name, **more}}


def test_a_success_is_the_bare_object_without_absent_values(app: App) -> None:
    assert app.call(create()) == {"groupName": "Web", "createdBy": "direct invocation r-1", "groupId": "g-1"}


def test_an_operation_without_a_result_answers_an_empty_object(app: App) -> None:
    assert app.call({"operation": "get_protection_group", "groupName": "x"}) == {}


def test_what_the_caller_says_of_itself_is_marked_as_unverified(app: App) -> None:
    answer = app.call({**create(), "requestedBy": "Ann\nExample" + "x" * 300})

    assert answer["createdBy"].startswith("direct invocation r-1 (unverified: Ann Examplexxx")
    assert len(answer["createdBy"]) < 180


@pytest.mark.parametrize(
    "event",
    [
        {"parameters": {"groupName": "Web"}},
        {"queryParams": {"groupName": "Web"}},
        {"body": {"groupName": "Web"}},
        {"body": '{"groupName": "Web"}'},
        {"groupName": "Web"},
        {"groupName": "Web", "body": {"groupName": "Web", "size": 1}, "queryParams": None},
    ],
)
def test_parameters_may_stand_in_any_of_the_known_places(app: App, event: dict[str, Any]) -> None:
    assert app.call({"operation": "create_protection_group", **event})["groupName"] == "Web"


@pytest.mark.parametrize(
    ("event", "faults"),
    [
        ({"groupName": "a", "body": {"groupName": "b"}}, {"groupName": "AMBIGUOUS"}),
        ({"groupName": "a", "body": "{"}, {"body": "INVALID_JSON"}),
        ({"groupName": "a", "body": "[]"}, {"body": "OBJECT_REQUIRED"}),
        ({"groupName": "a", "parameters": ["groupName"]}, {"parameters": "OBJECT_REQUIRED"}),
        ({"groupName": "a", "parameters": "groupName"}, {"parameters": "OBJECT_REQUIRED"}),
        ({"groupName": "a", "requestedBy": 7}, {"requestedBy": "WRONG_TYPE"}),
        ({"groupName": "a", "body": "[" * 10_000}, {"body": "TOO_DEEP"}),
        ({"parameters": {"groupName": NESTED}}, TOO_DEEP),
        ({"groupName": NESTED, "body": {"groupName": NESTED}}, TOO_DEEP),
        ({"parameters": {"groupName": "\ud800"}}, {"groupName": "INVALID_TEXT"}),
        ({"groupName": "a", "queryParams": {"size": float("nan")}}, {"size": "INVALID_NUMBER"}),
        ({"parameters": {"group_name": "a", "groupName": "b"}}, {"group_name": "UNKNOWN_FIELD"}),
    ],
)
def test_an_event_that_cannot_be_read_names_what_is_wrong_alone(
    app: App, event: dict[str, Any], faults: dict[str, str]
) -> None:
    answer = app.call({"operation": "create_protection_group", **event})

    assert answer["error"] == "VALIDATION_ERROR"
    assert [(fault["field"], fault["code"]) for fault in answer["details"]["fields"]] == list(faults.items())


def test_places_that_cannot_be_read_are_all_named(app: App) -> None:
    answer = app.call(
        {"operation": "create_protection_group", "parameters": 5, "queryParams": [], "body": "{", "requestedBy": 7}
    )

    assert {fault["field"]: fault["code"] for fault in answer["details"]["fields"]} == {
        "requestedBy": "WRONG_TYPE",
        "parameters": "OBJECT_REQUIRED",
        "queryParams": "OBJECT_REQUIRED",
        "body": "INVALID_JSON",
    }


def test_an_empty_body_is_none(app: App) -> None:
    assert app.call({**create(), "body": ""})["groupName"] == "Web"


def test_every_wrong_field_is_named_with_path_reason_and_code_and_without_its_value(app: App) -> None:
    answer = app.call(create(size="many-secret", members=["a", 2], colour="red"))

    assert answer["error"] == "VALIDATION_ERROR"
    assert answer["requestId"] == "r-1"
    assert answer["retryable"] is False
    assert {fault["field"]: fault["code"] for fault in answer["details"]["fields"]} == {
        "size": "WRONG_TYPE",
        "members[1]": "WRONG_TYPE",
        "colour": "UNKNOWN_FIELD",
    }
    assert "many-secret" not in json.dumps(answer)


def test_a_known_error_speaks_with_code_details_and_request_id(app: App) -> None:
    assert app.call(create("Database")) == {
        "error": "CONFLICT_ERROR",
        "message": "taken",
        "details": {"reason": "NAME_EXISTS", "groupName": "Database"},
        "retryable": False,
        "requestId": "r-1",
    }


def test_an_error_of_drs_is_retryable_as_drs_says(app: App) -> None:
    assert app.call(create("throttled"))["retryable"] is True


def test_what_nobody_foresaw_gives_a_reference_out_and_the_stack_to_the_log(app: App) -> None:
    answer = app.call(create("broken"))

    assert (answer["error"], answer["details"]) == ("INTERNAL_ERROR", {"reference": "r-1"})
    assert "swordfish" not in json.dumps(answer)
    assert any("swordfish" in line.get("exception", "") for line in app.lines())


def test_calls_and_unforeseen_errors_are_counted(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    app.call(create())
    app.call(create("broken"))

    fine, broken = (json.loads(line) for line in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in line)
    assert (fine["Calls"], "InternalErrors" in fine) == ([1.0], False)
    assert (broken["Calls"], broken["InternalErrors"]) == ([1.0], [1.0])


@pytest.mark.requirement("PRD-25")
def test_every_call_leaves_one_audit_line(app: App) -> None:
    app.call({**create(planId="p-1", size="x", roleExternalId="a secret"), "requestedBy": "Ann"})
    app.call(create("Database"))
    app.call(create("broken"))
    app.call({"operation": "make_coffee"})
    app.call(["nothing", "readable"])

    audit = [line for line in app.lines() if line.get("audit")]
    assert [line["outcome"] for line in audit] == [
        "VALIDATION_ERROR",
        "CONFLICT_ERROR",
        "INTERNAL_ERROR",
        "OPERATION_NOT_FOUND",
        "VALIDATION_ERROR",
    ]
    assert [line["operation"] for line in audit] == [*["create_protection_group"] * 3, "make_coffee", "?"]
    assert audit[0]["actor"] == "direct invocation r-1 (unverified: Ann)"
    assert audit[0]["permission"] == "create_protection_groups"
    assert audit[0]["subjects"] == {"groupName": "Web", "planId": "p-1"}
    assert "permission" not in audit[3]


def test_whoever_lacks_the_permission_is_told_so_and_not_what_is_wrong_with_his_input(app: App) -> None:
    assert app.call(UNREADABLE)["error"] == "VALIDATION_ERROR"

    app.direct_role = Role.READ_ONLY

    assert app.call(UNREADABLE)["error"] == "AUTHORIZATION_ERROR"


class Unwritable(AuditLog):
    def record(self, entry: AuditEntry) -> None:
        raise OSError("no room for a line")


def test_a_call_whose_audit_line_cannot_be_written_is_answered_as_it_ended(
    app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    app.observability = replace(app.observability, audit=Unwritable(app.observability.logger))

    answer = app.call(create())

    assert answer["groupName"] == "Web"
    assert any("no room for a line" in line.get("exception", "") for line in app.lines())
    assert '"InternalErrors":[1.0]' in capsys.readouterr().out


class Uncounted(Observability):
    def count(self, what: str, number: int = 1) -> None:
        raise OSError(f"no room for {what}")

    def flush(self) -> None:
        raise OSError("nobody reads the metrics")


def test_a_call_whose_metrics_cannot_be_written_is_answered_as_it_ended(app: App) -> None:
    plain = app.observability
    app.observability = Uncounted(plain.service, plain.logger, plain.metrics, plain.audit)

    made, refused, broken = app.call(create()), app.call(create("Database")), app.call(create("broken"))

    assert made["groupName"] == "Web"
    assert (refused["error"], broken["error"]) == ("CONFLICT_ERROR", "INTERNAL_ERROR")
    assert [line["outcome"] for line in app.lines() if line.get("audit")] == ["OK", "CONFLICT_ERROR", "INTERNAL_ERROR"]
    assert "no room for Calls" in str(app.lines())


class Unreadable(dict[str, Any]):
    """An event of which something cannot be read, for a fault of ours."""

    def get(self, key: str, default: Any = None) -> Any:
        if key == self["unreadable"]:
            raise LookupError("the password is swordfish")
        return super().get(key, default)


@pytest.mark.parametrize("unreadable", ["operation", "requestedBy", "parameters"])
def test_an_event_over_which_the_direct_door_stumbles_is_answered_counted_and_audited(
    app: App, capsys: pytest.CaptureFixture[str], unreadable: str
) -> None:
    answer = app.call(Unreadable(create(), unreadable=unreadable))

    assert answer == {
        "error": "INTERNAL_ERROR",
        "message": "something went wrong here; the log has more under this reference",
        "details": {"reference": "r-1"},
        "retryable": True,
        "requestId": "r-1",
    }
    [audit] = [line for line in app.lines() if line.get("audit")]
    assert (audit["door"], audit["outcome"], audit["requestId"]) == ("direct", "INTERNAL_ERROR", "r-1")
    assert '"InternalErrors":[1.0]' in capsys.readouterr().out


@pytest.mark.parametrize("unreadable", ["requestContext", "httpMethod", "pathParameters"])
def test_an_event_over_which_the_door_of_the_api_stumbles_has_status_headers_and_envelope(
    app: App, unreadable: str
) -> None:
    claims = {"token_use": "id", "cognito:groups": "DRSOrchestrationAdmin"}
    context = {"requestId": "api-1", "authorizer": {"claims": claims}}
    event = {"httpMethod": "POST", "resource": "/protection-groups", "requestContext": context}

    answer = app.call(Unreadable(event, unreadable=unreadable), Call(f"{ARN}:live-api"))

    # what Lambda calls it, if what API Gateway calls it cannot be read
    request_id = "r-1" if unreadable == "requestContext" else "api-1"
    body = json.loads(answer["body"])
    assert (answer["statusCode"], body["error"], body["requestId"]) == (500, "INTERNAL_ERROR", request_id)
    assert answer["headers"]["X-Request-Id"] == request_id
    assert "swordfish" not in str(answer)
    [audit] = [line for line in app.lines() if line.get("audit")]
    assert (audit["door"], audit["outcome"], audit["requestId"]) == ("api", "INTERNAL_ERROR", request_id)


def test_a_result_that_cannot_be_said_is_an_internal_error_whose_audit_names_what_was_made(app: App) -> None:
    answer = app.call(create("unsayable"))

    assert answer["error"] == "INTERNAL_ERROR"
    [audit] = [line for line in app.lines() if line.get("audit")]
    assert (audit["outcome"], audit["subjects"]) == ("INTERNAL_ERROR", {"groupName": "unsayable", "groupId": "g-1"})


def test_the_setting_decides_the_role_of_direct_callers(app: App) -> None:
    app.direct_role = Role.READ_ONLY

    answer = app.call(create())

    assert answer["error"] == "AUTHORIZATION_ERROR"
    assert "create_protection_groups" in answer["message"]


@pytest.mark.parametrize("alias", [":live", "", ":7", ":something"])
def test_forged_claims_gain_nothing_on_any_alias_of_the_direct_door(app: App, alias: str) -> None:
    app.direct_role = Role.READ_ONLY
    claims = {"authorizer": {"claims": {"cognito:groups": "DRSOrchestrationAdmin"}}}

    forged = app.call({**create(), "requestContext": claims}, Call(f"{ARN}{alias}"))
    bare = app.call({"requestContext": claims, "httpMethod": "POST"}, Call(f"{ARN}{alias}"))

    assert forged["error"] == "AUTHORIZATION_ERROR"
    assert bare["error"] == "VALIDATION_ERROR"


def test_a_wrong_function_names_the_right_one(app: App) -> None:
    answer = app.call(create(), function="query-handler")

    assert answer["error"] == "OPERATION_NOT_FOUND"
    assert answer["details"]["function"] == "data-management-handler"


@pytest.mark.parametrize(
    "event", [None, "text", [], {}, {"schedule": "reconcile"}, {"action": "advance"}, {"operation": 7}]
)
def test_an_api_handler_answers_operations_only(app: App, event: Any) -> None:
    assert app.call(event)["error"] == "VALIDATION_ERROR"


def test_the_audit_shows_an_operation_that_cannot_be_written_as_one_line_of_text(app: App) -> None:
    refused = app.call({"operation": "make\ncoffee \ud800"})

    assert refused["details"]["fields"][0]["code"] == "INVALID_TEXT"
    assert [line["operation"] for line in app.lines() if line.get("audit")] == ["make coffee"]


def test_the_audit_names_each_of_the_things_that_a_call_is_about(app: App) -> None:
    app.call({**create("Database"), "executionIds": ["exec-1", "exec-2"], "PlanId": "p-1"})

    [line] = audit_of(app)
    assert line["subjects"] == {"groupName": "Database", "executionIds": "exec-1, exec-2", "planId": "p-1"}


def test_the_audit_keeps_no_id_under_a_name_that_the_operation_has_not(app: App) -> None:
    app.call({**create(), **{f"x{number}Id": "x" * 64 for number in range(5000)}, "planId": "p-1"})

    [line] = audit_of(app)
    assert (line["outcome"], line["subjects"]) == ("VALIDATION_ERROR", {"groupName": "Web", "planId": "p-1"})
    assert len(json.dumps(line)) < 1000


def test_the_audit_names_what_was_made_and_tells_a_rehearsal_from_what_was_done(app: App) -> None:
    app.call(create("Web"))
    app.call(create("Web", dryRun=True))
    app.call(create("Web", dryRun="yes"))

    done, rehearsed, refused = audit_of(app)
    assert done["subjects"] == {"groupName": "Web", "groupId": "g-1"}
    assert (done["dryRun"], rehearsed["dryRun"], "dryRun" in refused) == (False, True, False)


@pytest.mark.parametrize(
    "event",
    [
        {"groupName": "Web", "planId": "p-1"},
        {"parameters": {"groupName": "Web", "planId": "p-1"}},
        {"body": '{"groupName": "Web", "planId": "p-1"}'},
        {"queryParams": {"planId": "p-1"}, "body": {"groupName": "Web"}},
    ],
)
def test_the_audit_names_what_a_call_that_nobody_may_make_was_about(app: App, event: dict[str, Any]) -> None:
    app.direct_role = Role.READ_ONLY

    app.call({"operation": "create_protection_group", "roleExternalId": "a secret", **event})

    [line] = audit_of(app)
    assert (line["outcome"], line["subjects"]) == ("AUTHORIZATION_ERROR", {"groupName": "Web", "planId": "p-1"})


@pytest.mark.parametrize(
    "event",
    [
        {"body": '{"groupName": "Web", "x": "' + "y" * 20_000 + '"}'},
        {"body": "[" * 10_000},
        {"body": '{"groupName": '},
        {"parameters": ["groupName"]},
        {"parameters": {"groupName": {"x": "y"}, "executionIds": [["x"], 7]}},
    ],
)
def test_of_a_refused_call_that_takes_long_to_read_nothing_is_named(app: App, event: dict[str, Any]) -> None:
    app.direct_role = Role.READ_ONLY

    app.call({"operation": "create_protection_group", **event})

    [line] = audit_of(app)
    assert (line["outcome"], line["subjects"]) == ("AUTHORIZATION_ERROR", {})


def test_a_long_list_or_name_is_cut_in_the_audit(app: App) -> None:
    app.call(create("x" * 1000, executionIds=[f"exec-{number:060}" + "y" * 1000 for number in range(1000)]))

    [line] = audit_of(app)
    assert line["subjects"]["groupName"] == "x" * 64
    assert len(line["subjects"]["executionIds"]) == 25 * 64 + 24 * 2


def audit_of(app: App) -> list[dict[str, Any]]:
    """The audit lines of all calls."""
    return [line for line in app.lines() if line.get("audit")]
