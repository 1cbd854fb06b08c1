"""Creators of the REST API: what a template says of it becomes what `local/api/` serves.

A property that is not played here is an error and never left out.
"""

import secrets
import string
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from local.api.definition import (
    ACCOUNT_BURST,
    ACCOUNT_RATE,
    Apis,
    FunctionCall,
    GatewayResponse,
    Method,
    PoolAuthorizer,
    Preflight,
    Resource,
    RestApi,
    Stage,
    constant,
    mock_status,
)
from local.api.responses import CONTEXT, variables
from local.cloudformation.deploy import Created, Creator, Stack
from local.cloudformation.template import TemplateError

_DESCRIBING: Final = frozenset({"Name", "Description", "Tags", "RestApiId"})
_SERVED_ELSEWHERE: Final = frozenset({"AccessLogSetting", "TracingEnabled"})
_HEADER: Final = "header."
_LONGEST_WAIT: Final = 29_000


def rest_api(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """An API with nothing but its root."""
    _only(stack, logical_name, properties, {"EndpointConfiguration", "BinaryMediaTypes", "Policy"})
    api_id, root = _new_id(), Resource(_new_id())
    binary = frozenset(properties.get("BinaryMediaTypes", []))
    networks = _networks(stack, logical_name, properties["Policy"]) if "Policy" in properties else None
    _apis(stack).apis[api_id] = RestApi(api_id, stack.place, binary, root, networks=networks)
    return Created(api_id, {"RootResourceId": root.resource_id, "RestApiId": api_id})


def resource(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """One step of a path."""
    _only(stack, logical_name, properties, {"ParentId", "PathPart"})
    api, part = _api(stack, properties), properties["PathPart"]
    if "+" in part:
        raise TemplateError(f"{stack.path.name}: {logical_name} takes any rest of a path, which local/ does not")
    made = Resource(_new_id(), properties["ParentId"], part)
    if made.parent_id not in api.resources:
        raise TemplateError(f"{stack.path.name}: {logical_name} has a parent in another API")
    if any((each.parent_id, each.part) == (made.parent_id, part) for each in api.resources.values()):
        raise TemplateError(f"{stack.path.name}: {logical_name} is a second {api.path_of(made)}")
    api.resources[made.resource_id] = made
    return Created(made.resource_id, {"ResourceId": made.resource_id})


def method(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """A method of a resource with its authoriser and what answers it."""
    played = {"ResourceId", "HttpMethod", "OperationName", "AuthorizationType", "AuthorizerId", "Integration"}
    _only(stack, logical_name, properties, played | {"MethodResponses"})
    api = _api(stack, properties)
    authorizer_id = _authorizer_id(stack, logical_name, properties)
    verb, integration = properties["HttpMethod"], _integration(stack, logical_name, properties)
    made = Method(verb, properties.get("OperationName", ""), integration, authorizer_id)
    methods = api.resources[properties["ResourceId"]].methods
    if verb in methods:
        raise TemplateError(f"{stack.path.name}: {logical_name} is a second {verb} of its path")
    methods[verb] = made
    return Created(logical_name)


def authorizer(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """A Cognito authoriser of one pool; without an expression for the audience any client's token would do."""
    played = {"Type", "IdentitySource", "IdentityValidationExpression", "ProviderARNs", "AuthorizerResultTtlInSeconds"}
    _only(stack, logical_name, properties, played)
    source = properties["IdentitySource"]
    if (properties["Type"], source) != ("COGNITO_USER_POOLS", "method.request.header.Authorization"):
        raise TemplateError(f"{stack.path.name}: {logical_name} is no authoriser that local/ plays")
    if "IdentityValidationExpression" not in properties:
        raise TemplateError(f"{stack.path.name}: {logical_name} says nothing of the audience")
    (arn,) = properties["ProviderARNs"]
    pool_id, region = arn.rpartition("/")[2], arn.split(":")[3]
    issuer = f"https://cognito-idp.{region}.amazonaws.com/{pool_id}"
    made_id = _new_id()
    audience = properties["IdentityValidationExpression"]
    _api(stack, properties).authorizers[made_id] = PoolAuthorizer(pool_id, issuer, audience)
    return Created(made_id, {"AuthorizerId": made_id})


def gateway_response(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """What API Gateway answers where it calls no function."""
    _only(stack, logical_name, properties, {"ResponseType", "StatusCode", "ResponseTemplates", "ResponseParameters"})
    template = properties.get("ResponseTemplates", {}).get("application/json", "")
    unknown = variables(template) - CONTEXT
    if unknown:
        raise TemplateError(f"{stack.path.name}: {logical_name} names {sorted(unknown)}, which local/ does not know")
    status = int(properties["StatusCode"]) if "StatusCode" in properties else None
    headers = _headers(stack, logical_name, properties.get("ResponseParameters", {}))
    responses, kind = _api(stack, properties).responses, properties["ResponseType"]
    if kind in responses:
        raise TemplateError(f"{stack.path.name}: {logical_name} is a second response {kind}")
    responses[kind] = GatewayResponse(status, template, headers)
    return Created(logical_name)


def deployment(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """A copy of the API as it is now: what comes later is not in it."""
    _only(stack, logical_name, properties, set())
    deployment_id = _apis(stack).deploy(_api(stack, properties).api_id)
    return Created(deployment_id, {"DeploymentId": deployment_id})


def stage(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """A deployment under a name, throttled as its settings for all methods say."""
    _only(stack, logical_name, properties, {"StageName", "DeploymentId", "MethodSettings", *_SERVED_ELSEWHERE})
    settings = properties.get("MethodSettings", [])
    if any((each["HttpMethod"], each["ResourcePath"]) != ("*", "/*") for each in settings):
        raise TemplateError(f"{stack.path.name}: {logical_name} has settings of one method, which local/ does not play")
    limits = settings[-1] if settings else {}
    apis, name = _apis(stack), properties["StageName"]
    if name in apis.stages:
        raise TemplateError(f"{stack.path.name}: {logical_name} is a second stage {name}")
    apis.stages[name] = Stage(
        name,
        apis.deployments[properties["DeploymentId"]],
        float(limits.get("ThrottlingRateLimit", ACCOUNT_RATE)),
        int(limits.get("ThrottlingBurstLimit", ACCOUNT_BURST)),
    )
    return Created(name)


def domain_name(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """A domain name of its own, which leads nowhere yet; nobody looks at its certificate, because there is no TLS."""
    _only(
        stack,
        logical_name,
        properties,
        {"DomainName", "RegionalCertificateArn", "SecurityPolicy", "EndpointConfiguration"},
    )
    region = stack.place.region
    target = {"RegionalDomainName": f"d-{_new_id()}.execute-api.{region}.amazonaws.com", "RegionalHostedZoneId": "Z1"}
    return Created(properties["DomainName"], target)


def base_path_mapping(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """Lets a domain name lead to a stage."""
    _only(stack, logical_name, properties, {"DomainName", "Stage"})
    apis, domain, name = _apis(stack), properties["DomainName"], properties["Stage"]
    if apis.stages[name].api.api_id != properties["RestApiId"]:
        raise TemplateError(f"{stack.path.name}: {logical_name} maps a stage of another API")
    apis.domains[domain] = name
    return Created(logical_name)


def _networks(stack: Stack, logical_name: str, policy: Mapping[str, Any]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Whom a resource policy lets in that allows everybody and denies whoever is not in some networks."""
    allowed, denied = policy["Statement"]
    condition = denied.get("Condition", {})
    if (allowed["Effect"], denied["Effect"], list(condition)) != ("Allow", "Deny", ["NotIpAddress"]):
        raise TemplateError(f"{stack.path.name}: {logical_name} has a policy that local/ does not play")
    return tuple(ip_network(each) for each in condition["NotIpAddress"]["aws:SourceIp"])


def _authorizer_id(stack: Stack, logical_name: str, properties: Mapping[str, Any]) -> str | None:
    """The authoriser of a method; none if the template says NONE, which it must say itself."""
    kind = properties["AuthorizationType"]
    if kind == "NONE":
        return None
    authorizer_id: str = properties.get("AuthorizerId", "")
    if kind != "COGNITO_USER_POOLS" or authorizer_id not in _api(stack, properties).authorizers:
        raise TemplateError(f"{stack.path.name}: {logical_name} has no authoriser of this API")
    return authorizer_id


def account(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """The role with which API Gateway writes logs, of which there are none here."""
    _only(stack, logical_name, properties, {"CloudWatchRoleArn"})
    return Created(logical_name)


def _integration(stack: Stack, logical_name: str, properties: Mapping[str, Any]) -> Preflight | FunctionCall:
    integration = properties["Integration"]
    if integration["Type"] == "AWS_PROXY":
        function_arn = integration["Uri"].partition("/functions/")[2].removesuffix("/invocations")
        return FunctionCall(function_arn, float(integration.get("TimeoutInMillis", _LONGEST_WAIT)) / 1000)
    if integration["Type"] == "MOCK":
        status = mock_status(integration["RequestTemplates"]["application/json"])
        (answer,) = (each for each in integration["IntegrationResponses"] if int(each["StatusCode"]) == status)
        (declared,) = (each for each in properties["MethodResponses"] if int(each["StatusCode"]) == status)
        undeclared = set(answer.get("ResponseParameters", {})) - set(declared.get("ResponseParameters", {}))
        if undeclared:
            raise TemplateError(f"{stack.path.name}: {logical_name} declares no {sorted(undeclared)}, AWS refuses that")
        return Preflight(status, _headers(stack, logical_name, answer.get("ResponseParameters", {})))
    raise TemplateError(f"{stack.path.name}: {logical_name} is a {integration['Type']}, which local/ does not play")


def _headers(stack: Stack, logical_name: str, parameters: Mapping[str, str]) -> dict[str, str]:
    for mapping in parameters.values():
        if constant(mapping) is None and mapping != "context.requestId":
            raise TemplateError(f"{stack.path.name}: {logical_name} maps {mapping}, which local/ does not know")
    return {name.partition(_HEADER)[2]: mapping for name, mapping in parameters.items()}


def _only(stack: Stack, logical_name: str, properties: Mapping[str, Any], played: set[str]) -> None:
    unknown = set(properties) - played - _DESCRIBING
    if unknown:
        raise TemplateError(f"{stack.path.name}: {logical_name} has {sorted(unknown)}, which local/ does not play")


def _apis(stack: Stack) -> Apis:
    apis: Apis = stack.context.apis
    return apis


def _api(stack: Stack, properties: Mapping[str, Any]) -> RestApi:
    return _apis(stack).apis[properties["RestApiId"]]


def _new_id() -> str:
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(10))


CREATORS: Final[Mapping[str, Creator]] = {
    "AWS::ApiGateway::RestApi": rest_api,
    "AWS::ApiGateway::Resource": resource,
    "AWS::ApiGateway::Method": method,
    "AWS::ApiGateway::Authorizer": authorizer,
    "AWS::ApiGateway::GatewayResponse": gateway_response,
    "AWS::ApiGateway::Deployment": deployment,
    "AWS::ApiGateway::Stage": stage,
    "AWS::ApiGateway::Account": account,
    "AWS::ApiGateway::DomainName": domain_name,
    "AWS::ApiGateway::BasePathMapping": base_path_mapping,
}
