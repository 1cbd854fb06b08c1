"""Whatever can be declared is written as it should be: made-up operations of every kind, which need not exist yet."""

from typing import Annotated, Any, Final

import pytest
import yaml
from openapi_spec_validator import validate
from pydantic import Field

from shared.errors import ErrorCode
from shared.models.base import Model
from shared.models.finding import Finding
from shared.operations import DATA_MANAGEMENT, EXECUTION, QUERY, Context, Operation, OperationTable, Success, operation
from shared.roles import Permission
from tools.contract import endpoints, listing, openapi, reference, templates
from tools.contract.examples import request_of
from tools.contract.schemas import Schemas, schemas_of


class Nothing(Model):
    """Nothing at all."""


class Account(Model):
    """An account."""

    account_id: str
    account_name: str | None = None
    findings: tuple[Finding, ...] = ()


class AccountPage(Model):
    """A page of accounts."""

    items: tuple[Account, ...]


class ListAccounts(Model):
    """Which accounts."""

    account_ids: Annotated[tuple[str, ...], Field(min_length=1, max_length=25)]
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class NewAccount(Model):
    """An account to be added."""

    account_id: str
    client_token: str | None = None
    dry_run: bool = False


class OneAccount(Model):
    """An account by its id."""

    account_id: str


class ChangedAccount(Model):
    """What is new of an account."""

    account_id: str
    version: Annotated[int, Field(ge=1)]
    account_name: str | None = None


class AskedByObject(Model):
    """A request that no query can say."""

    tags: dict[str, str]


class UnknownForm(Model):
    """A request whose form no sample has."""

    puzzle: Annotated[str, Field(pattern="^zyx-[0-9]{40}$")]


def declare(table: OperationTable, name: str, http: str, request: type[Model], answer: Any, **more: Any) -> None:
    """An operation that takes and answers these models."""

    def use_case(request: Any, context: Context[Any]) -> None:
        """Do something."""

    use_case.__annotations__.update({"request": request, "return": answer})
    operation(name, http=http, table=table, **more)(use_case)


def made() -> tuple[Operation, ...]:
    """One operation of each kind."""
    table = OperationTable()
    targets, one_target = "/accounts/targets", "/accounts/targets/{accountId}"
    reads, changes = {"homes": (QUERY,)}, {"homes": (DATA_MANAGEMENT,)}
    declare(
        table,
        "list_accounts",
        f"GET {targets}",
        ListAccounts,
        AccountPage,
        permission=Permission.VIEW_ACCOUNTS,
        homes=(QUERY, EXECUTION),
    )
    declare(
        table,
        "add_account",
        f"POST {targets}",
        NewAccount,
        Account,
        permission=Permission.REGISTER_ACCOUNTS,
        also=("POST /accounts/target",),
        aliases=("register_account",),
        success=Success.CREATED,
        raises=(ErrorCode.CONFLICT_ERROR,),
        **changes,
    )
    may_change, may_delete = Permission.MODIFY_ACCOUNTS, Permission.DELETE_ACCOUNTS
    declare(table, "update_account", f"PUT {one_target}", ChangedAccount, Account, permission=may_change, **changes)
    declare(
        table,
        "delete_account",
        f"DELETE {one_target}",
        OneAccount,
        None,
        permission=may_delete,
        success=Success.DELETED,
        **changes,
    )
    declare(table, "get_me", "GET /user/permissions", Nothing, Account, permission=Permission.SIGNED_IN, **reads)
    declare(table, "health", "GET /health", Nothing, Account, permission=Permission.PUBLIC, **reads)
    return table.all()


ALL: Final = made()
SCHEMAS: Final = schemas_of(ALL)
DOCUMENT: Final = openapi.document(ALL, SCHEMAS)
PATHS: Final = DOCUMENT["paths"]
TEMPLATES: Final = dict(templates.texts(ALL))


class _Loader(yaml.SafeLoader):
    """Reads a template; a function is its argument."""


_Loader.add_multi_constructor("!", lambda loader, _suffix, node: getattr(node, "value", None))


def resources(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(TEMPLATES[name], Loader=_Loader)["Resources"]  # noqa: S506 (a safe loader)
    return loaded


def single(model: type[Model], http: str, name: str = "some") -> tuple[tuple[Operation, ...], Schemas]:
    """The one operation that takes this model."""
    table = OperationTable()
    declare(table, name, http, model, None, permission=Permission.PUBLIC, homes=(QUERY,))
    return table.all(), schemas_of(table.all())


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)


def test_a_list_in_a_query_is_a_list_that_must_be_there() -> None:
    [ids, limit] = PATHS["/accounts/targets"]["get"]["parameters"]

    assert (ids["in"], ids["name"], ids["required"]) == ("query", "accountIds", True)
    assert ids["schema"] == {"items": {"type": "string"}, "maxItems": 25, "minItems": 1, "type": "array"}
    assert (limit["in"], limit["required"], limit["schema"]["default"]) == ("query", False, 50)


def test_a_further_route_is_there_and_deprecated_with_an_id_of_its_own() -> None:
    first, other = PATHS["/accounts/targets"]["post"], PATHS["/accounts/target"]["post"]

    assert (first["operationId"], other["operationId"]) == ("add_account", "add_account_2")
    assert (first.get("deprecated"), other["deprecated"]) == (None, True)
    assert other["requestBody"] == first["requestBody"]


def test_a_body_has_what_is_not_in_the_path() -> None:
    changed = PATHS["/accounts/targets/{accountId}"]["put"]
    body = changed["requestBody"]["content"]["application/json"]

    assert [each["name"] for each in changed["parameters"]] == ["accountId"]
    assert list(body["schema"]["properties"]) == ["version", "accountName"]
    assert body["schema"]["required"] == ["version"]
    assert body["example"] == {"version": 1}


def test_what_is_gone_has_no_body_and_what_is_rehearsed_is_told_apart() -> None:
    gone = PATHS["/accounts/targets/{accountId}"]["delete"]["responses"]["204"]
    added = PATHS["/accounts/targets"]["post"]["responses"]

    assert "content" not in gone
    assert {"200", "201", "409", "413"} <= set(added)
    assert set(added["201"]["links"]) == {"update_account", "delete_account"}
    assert "links" not in added["200"]


def test_whoever_calls_health_is_asked_nothing_and_whoever_asks_for_himself_needs_no_role() -> None:
    health, me = PATHS["/health"]["get"], PATHS["/user/permissions"]["get"]

    assert health["security"] == [] and "401" not in health["responses"]
    assert "security" not in me and "401" in me["responses"]


def test_an_object_that_a_query_would_have_to_say_is_refused() -> None:
    with pytest.raises(ValueError, match="some: tags is an object, which no query can hold"):
        openapi.document(*single(AskedByObject, "GET /things"))


def test_a_request_of_which_no_example_comes_to_mind_says_where_to_give_one() -> None:
    operations, schemas = single(UnknownForm, "POST /things")

    with pytest.raises(ValueError, match="no example of puzzle .* add one to tools/contract/prose/samples.py"):
        request_of(operations[0], schemas)


def test_an_example_that_the_operation_does_not_take_is_refused() -> None:
    operations, schemas = single(Nothing, "POST /executions", "start_execution")

    with pytest.raises(ValueError, match=r"start_execution does not take [^\n]* tools/contract/prose/requests.py"):
        request_of(operations[0], schemas)


def test_the_methods_are_in_the_stack_of_their_path_and_health_asks_for_no_token() -> None:
    core = resources("cfn/api-gateway-core-methods-stack.yaml")
    rest = resources("cfn/api-gateway-infrastructure-methods-stack.yaml")

    assert set(core) == {"GetUserPermissions", "OptionsUserPermissions"}
    assert {"GetHealth", "PostAccountsTarget", "PostAccountsTargets", "DeleteAccountsTargetsAccountId"} <= set(rest)
    assert rest["GetHealth"]["Properties"]["AuthorizationType"] == "NONE"
    assert rest["PostAccountsTarget"]["Properties"]["AuthorizationType"] == "COGNITO_USER_POOLS"


def test_a_path_without_a_method_of_its_own_is_still_a_step_of_those_below() -> None:
    paths = resources("cfn/api-gateway-resources-stack.yaml")

    assert paths["AccountsResource"]["Properties"]["PathPart"] == "accounts"
    assert paths["AccountsTargetsAccountIdResource"]["Properties"]["PathPart"] == "{accountId}"
    assert "AccountsTargetsAccountIdResource" in paths


def test_a_stack_without_methods_is_not_written() -> None:
    assert "cfn/api-gateway-operations-methods-stack.yaml" not in TEMPLATES


def test_counts_are_of_operations_routes_and_whoever_answers_them() -> None:
    assert endpoints.counts(ALL) == (
        "6 operations on 7 routes; by direct invocation 3 by query-handler, 3 by data-management-handler "
        "and 1 by execution-handler."
    )


def test_the_list_names_who_may_and_what_it_answers() -> None:
    listed = {one["name"]: one for one in yaml.safe_load(listing.text(ALL))["operations"]}

    assert listed["add_account"]["aliases"] == ["register_account"]
    assert listed["add_account"]["routes"] == [
        {"method": "POST", "path": "/accounts/targets"},
        {"method": "POST", "path": "/accounts/target"},
    ]
    assert listed["add_account"]["roles"] == ["DRSOrchestrationAdmin", "DRSRecoveryManager"]
    assert (listed["add_account"]["status"], listed["delete_account"]["status"]) == (201, 204)
    assert (listed["add_account"]["takesClientToken"], listed["update_account"]["takesClientToken"]) == (True, False)


def test_a_functions_reference_has_its_operations_their_parameters_and_types() -> None:
    text = dict(reference.texts(ALL, SCHEMAS))["docs/api-reference/DATA_MANAGEMENT_HANDLER_API.md"]

    assert "## add_account" in text and "## list_accounts" not in text
    assert "- Also called: `register_account`" in text
    assert "- Route: `POST /accounts/targets` and `POST /accounts/target`, status 201" in text
    assert "| `version` | integer of at least 1 | yes |" in text
    assert "It answers an empty object." in text
    assert "### Account" in text and "### Finding" in text
