"""Deploys the templates of cfn/ into moto: the one definition of everything that the local system has."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from local.api.definition import Apis
from local.cloudformation import api, compute, storage, users
from local.cloudformation.deploy import Creator, Stack
from local.cloudformation.template import Place, load
from local.function_process import ROOT

CREATORS: Final[Mapping[str, Creator]] = {
    **storage.CREATORS,
    **compute.CREATORS,
    **users.CREATORS,
    **api.CREATORS,
}
HUB_STACKS: Final = (
    "database-stack.yaml",
    "notification-stack.yaml",
    "lambda-stack.yaml",
    "step-functions-stack.yaml",
    "eventbridge-stack.yaml",
    "api-auth-stack.yaml",
    "api-gateway-core-stack.yaml",
    "api-gateway-resources-stack.yaml",
    *sorted(path.name for path in (ROOT / "cfn").glob("api-gateway-*-methods-stack.yaml")),
    "api-gateway-deployment-stack.yaml",
)
"""In their order. A deployment of the API is a copy of what is there, so it is the last; how many stacks the methods
fill is for `make contract` to say."""


TARGET_STACK: Final = "cross-account-role-stack.yaml"


@dataclass(frozen=True)
class TargetAccount:
    """An account whose servers are recovered, or that replicates them, with the external id of its role."""

    account: str
    region: str
    external_id: str
    purpose: str = "target"
    """`staging` for one that only replicates servers."""


@dataclass
class StackContext:
    """What creators need: clients in any place, a way to say which function's code lies where, and the APIs."""

    client: Callable[[str, Place], Any]
    declare_function: Callable[[str, str | None], None]
    apis: Apis


@dataclass
class Deployment:
    """Everything that was deployed: the outputs of each stack, and the values known to all."""

    outputs: dict[str, dict[str, str]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """An output by its name, whatever the stack."""
        for outputs in self.outputs.values():
            if name in outputs:
                return outputs[name]
        raise KeyError(name)


def deploy_hub(context: StackContext, hub: Place, parameters: Mapping[str, Any], paths: Sequence[Path]) -> Deployment:
    """Deploys the stacks of the hub in their order; an output of one is a parameter of the next by its name."""
    deployment = Deployment()
    known = dict(parameters)
    for path in paths:
        name = path.name
        outputs = deploy(context, path, hub, known)
        deployment.outputs[name] = outputs
        known = {**outputs, **known}
    return deployment


def deploy(context: StackContext, path: Path, place: Place, known: Mapping[str, Any]) -> dict[str, str]:
    """Deploys one template with those of the known values that it has parameters for."""
    declared = load(path).get("Parameters", {})
    given = {name: known[name] for name in declared if name in known}
    for name, declaration in declared.items():
        if name.endswith("Key") and "Default" not in declaration:
            given.setdefault(name, f"local/{name}")  # where the artefact lies in S3: here it is read from its folder
    return Stack(path, place, given, CREATORS, context).deploy()


def function_folder(function_name: str, project: str, environment: str, root: Path) -> Path:
    """The folder of a function's code: its name without the project and the environment."""
    return root / function_name.removeprefix(f"{project}-").removesuffix(f"-{environment}")


def create_orchestration_role(context: StackContext, hub: Place, name: str) -> str:
    """Makes the role that every function and the state machine run as, as the master template will; answers its ARN."""
    services = ["lambda.amazonaws.com", "states.amazonaws.com"]
    statement = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    created = context.client("iam", hub).create_role(RoleName=name, AssumeRolePolicyDocument=document)
    arn: str = created["Role"]["Arn"]
    return arn
