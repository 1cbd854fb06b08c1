"""Deploys the templates of cfn/ into moto: the one definition of everything that the local system has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from local.api.definition import Apis
from local.cloudformation import api, compute, custom, edge, nested, storage, users
from local.cloudformation.deploy import Creator, Stack
from local.cloudformation.template import Place, load

CREATORS: Final[Mapping[str, Creator]] = {
    **storage.CREATORS,
    **compute.CREATORS,
    **users.CREATORS,
    **api.CREATORS,
    **edge.CREATORS,
    **custom.CREATORS,
    **nested.CREATORS,
}
MASTER: Final = "master-template.yaml"
"""Everything of the hub: the other stacks are nested in it."""

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
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    """What the stacks that are deployed say, by their templates."""
    updates: bool = False
    """Whether roles may be there already, as they are where a stack is deployed once more."""


@dataclass(frozen=True)
class Deployment:
    """Everything that was deployed: the outputs of each stack, and the values known to all."""

    outputs: Mapping[str, Mapping[str, str]]

    def value(self, name: str) -> str:
        """An output by its name, whatever the stack."""
        for outputs in self.outputs.values():
            if name in outputs:
                return outputs[name]
        raise KeyError(name)


def deploy_hub(context: StackContext, path: Path, hub: Place, parameters: Mapping[str, Any]) -> Deployment:
    """Deploys the stack of the hub with all that is nested in it."""
    context.outputs[path.name] = Stack(path, hub, parameters, CREATORS, context).deploy()
    return Deployment(context.outputs)


def deploy_target(context: StackContext, path: Path, place: Place, known: Mapping[str, Any]) -> None:
    """Deploys the stack of a target account with those of the known values that it has parameters for."""
    Stack(path, place, declared(path, known), CREATORS, context).deploy()


def declared(path: Path, known: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that the template has parameters for."""
    return {name: known[name] for name in load(path).get("Parameters", {}) if name in known}


def function_folder(function_name: str, project: str, environment: str, root: Path) -> Path:
    """The folder of a function's code: its name without the project and the environment."""
    return root / function_name.removeprefix(f"{project}-").removesuffix(f"-{environment}")
