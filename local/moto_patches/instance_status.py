"""Lets instances that DRS launched come up as slowly as they do in AWS."""

import importlib
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from local.moto_patches.patches import Patches


class Checks(Protocol):
    """The status checks of one instance, in EC2's words."""

    @property
    def instance_id(self) -> str: ...

    @property
    def system_status(self) -> str: ...

    @property
    def instance_status(self) -> str: ...


ChecksOf = Callable[[str, str, Sequence[str]], Sequence[Checks]]
_DETAIL: Final = {"ok": "passed", "impaired": "failed", "initializing": "initializing"}


def install(patches: Patches, checks_of: ChecksOf) -> None:
    """moto says `ok` from the first moment; AWS initialises for about two minutes, and may find an instance impaired.

    `checks_of(account, region, ids)` answers for the instances that DRS launched; the others stay as moto has them.
    """
    if not patches.begin(__name__):
        return
    instance_type = importlib.import_module("moto.ec2.models.instances").Instance

    def of_instance(self: Any) -> dict[str, Any]:
        return _described(checks_by_id(self).get(self.id), "instance_status") or real_instance(self)

    def of_system(self: Any) -> dict[str, Any]:
        return _described(checks_by_id(self).get(self.id), "system_status") or real_system(self)

    def checks_by_id(instance: Any) -> dict[str, Checks]:
        backend = instance.ec2_backend
        found = checks_of(backend.account_id, backend.region_name, [instance.id])
        return {checks.instance_id: checks for checks in found}

    real_instance = vars(instance_type)["instance_status"].fget
    real_system = vars(instance_type)["system_status"].fget
    patches.replace(instance_type, "instance_status", property(of_instance))
    patches.replace(instance_type, "system_status", property(of_system))


def _described(checks: Checks | None, which: str) -> dict[str, Any] | None:
    if checks is None:
        return None
    status = getattr(checks, which)
    if status == "not-applicable":
        return {"Status": status}
    return {"Status": status, "Details": [{"Name": "reachability", "Status": _DETAIL[status]}]}
