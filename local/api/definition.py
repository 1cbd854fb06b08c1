"""A REST API as its templates declare it; what a stage serves is a copy of it, taken when it was deployed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

from local.cloudformation.template import Place

ACCOUNT_RATE: Final = 10_000
ACCOUNT_BURST: Final = 5_000
"""What an account may ask of API Gateway where a stage says nothing (the quotas of API Gateway)."""


@dataclass(frozen=True)
class Preflight:
    """A MOCK integration: a status and headers, as mappings, that API Gateway answers by itself."""

    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True)
class FunctionCall:
    """An AWS_PROXY integration: the function, alias included, and how many seconds it is waited for."""

    function_arn: str
    seconds: float


@dataclass(frozen=True)
class Method:
    """One method of a path; without an authoriser it is public."""

    verb: str
    operation: str
    integration: Preflight | FunctionCall
    authorizer_id: str | None = None


@dataclass
class Resource:
    """One step of a path; the root has neither parent nor part."""

    resource_id: str
    parent_id: str = ""
    part: str = ""
    methods: dict[str, Method] = field(default_factory=dict)

    @property
    def parameter(self) -> str:
        """The name of the parameter that the step is; empty if it is a word."""
        return self.part[1:-1] if self.part.startswith("{") else ""


@dataclass(frozen=True)
class PoolAuthorizer:
    """Whose ID tokens are good: a user pool's, for an audience that the pattern matches whole."""

    pool_id: str
    issuer: str
    audience: str


@dataclass(frozen=True)
class GatewayResponse:
    """What API Gateway answers by itself; headers are mappings, the template is for JSON."""

    status: int | None
    template: str
    headers: Mapping[str, str]


@dataclass
class RestApi:
    """A REST API that is being put together."""

    api_id: str
    place: Place
    binary_media_types: frozenset[str]
    root: Resource
    resources: dict[str, Resource] = field(default_factory=dict)
    authorizers: dict[str, PoolAuthorizer] = field(default_factory=dict)
    responses: dict[str, GatewayResponse] = field(default_factory=dict)
    networks: tuple[IPv4Network | IPv6Network, ...] | None = None
    """Whose addresses the resource policy lets in; everybody's if there is none."""

    def __post_init__(self) -> None:
        self.resources[self.root.resource_id] = self.root

    def admits(self, source_ip: str) -> bool:
        """Whether the resource policy lets a caller of this address in."""
        return self.networks is None or any(ip_address(source_ip) in network for network in self.networks)

    def path_of(self, resource: Resource) -> str:
        """The path with its parameters, as `/executions/{executionId}`."""
        return "/" + "/".join(step.part for step in reversed(list(self._steps(resource))))

    def find(self, path: str) -> tuple[Resource, dict[str, str]] | None:
        """The resource of a path and the values of its parameters, none if nothing fits; words before parameters."""
        return self._below(self.root, path.split("/")[1:] if path != "/" else [])

    def _below(self, resource: Resource, steps: Sequence[str]) -> tuple[Resource, dict[str, str]] | None:
        if not steps:
            return resource, {}
        if steps[0] == "":
            return None
        children = [each for each in self.resources.values() if each.parent_id == resource.resource_id]
        for child in sorted(children, key=lambda each: each.parameter != ""):
            if child.parameter or child.part == steps[0]:
                found = self._below(child, steps[1:])
                if found is not None:
                    own = {child.parameter: steps[0]} if child.parameter else {}
                    return found[0], own | found[1]
        return None

    def _steps(self, resource: Resource) -> Iterator[Resource]:
        while resource.parent_id:
            yield resource
            resource = self.resources[resource.parent_id]


@dataclass(frozen=True)
class Stage:
    """A deployment that is served under a name, with what it takes per second and at once."""

    name: str
    api: RestApi
    rate: float = ACCOUNT_RATE
    burst: int = ACCOUNT_BURST


@dataclass
class Apis:
    """Every API of a local system, its deployments, and the stages that are served."""

    apis: dict[str, RestApi] = field(default_factory=dict)
    deployments: dict[str, RestApi] = field(default_factory=dict)
    stages: dict[str, Stage] = field(default_factory=dict)
    domains: dict[str, str] = field(default_factory=dict)
    """The stage of each domain name of its own."""

    def clear(self) -> None:
        """Nothing is served any more."""
        for everything in (self.apis, self.deployments, self.stages, self.domains):
            everything.clear()

    def deploy(self, api_id: str) -> str:
        """Copy an API as it is now; answers the id of the deployment."""
        deployment_id = f"{api_id}-{len(self.deployments) + 1}"
        self.deployments[deployment_id] = copy.deepcopy(self.apis[api_id])
        return deployment_id


def constant(mapping: str) -> str | None:
    """The text that a mapping such as `'no-store'` gives; none if it names something of the request."""
    return mapping[1:-1] if len(mapping) >= 2 and mapping[0] == mapping[-1] == "'" else None


def mock_status(template: str) -> int:
    """The status that a MOCK integration's request template chooses."""
    return int(json.loads(template)["statusCode"])
