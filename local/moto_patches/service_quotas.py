"""Answers Service Quotas for AWS DRS."""

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from local.moto_patches.patches import Patches


@dataclass(frozen=True)
class Quota:
    """One quota of a service."""

    code: str
    name: str
    value: float
    adjustable: bool


# AWS General Reference, "AWS Elastic Disaster Recovery endpoints and quotas".
DRS_QUOTAS: Final = (
    Quota("L-C1D14A2B", "Max number of source servers replicating per account", 300, False),
    Quota("L-E28BE5E0", "Max total source servers per AWS account", 4000, True),
    Quota("L-B827C881", "Max source servers in a single job", 100, False),
    Quota("L-D88FAC3A", "Concurrent jobs in progress", 20, False),
    Quota("L-05AFA8C6", "Max source servers in all jobs", 500, False),
    Quota("L-DD6D028C", "Max concurrent jobs per source server", 1, False),
    Quota("L-0588D03B", "Max number of launch actions per resource", 200, False),
    Quota("L-4B0323BD", "Max number of source networks", 100, True),
)

QuotaValues = Callable[[str, str], Mapping[str, float]]


def install(patches: Patches, values: QuotaValues) -> None:
    """moto knows the quotas of vpc only and cannot list them; AWS knows those of drs too.

    `values(account, region)` answers quotas by code that differ from the default.
    """
    if not patches.begin(__name__):
        return
    backend = importlib.import_module("moto.servicequotas.models").ServiceQuotasBackend
    response = importlib.import_module("moto.servicequotas.responses").ServiceQuotasResponse
    no_such_resource = importlib.import_module("moto.servicequotas.exceptions").NoSuchResource

    def list_default(self: Any, service_code: str) -> Any:
        return _quotas(self, {}) if service_code == "drs" else real_list(self, service_code)

    def get_service_quota(self: Any, service_code: str, quota_code: str) -> Any:
        if service_code != "drs":
            return real_get(self, service_code, quota_code)
        found = {quota["QuotaCode"]: quota for quota in _quotas(self, values(self.account_id, self.region_name))}
        if quota_code not in found:
            raise no_such_resource
        return found[quota_code]

    def list_service_quotas(self: Any) -> str:
        service_code = json.loads(self.body)["ServiceCode"]
        if service_code != "drs":
            return json.dumps({"Quotas": real_list(self.backend, service_code)})
        changed = values(self.backend.account_id, self.backend.region_name)
        return json.dumps({"Quotas": _quotas(self.backend, changed)})

    real_list = patches.replace(backend, "list_aws_default_service_quotas", list_default)
    real_get = patches.replace(backend, "get_service_quota", get_service_quota)
    patches.replace(response, "list_service_quotas", list_service_quotas)


def _quotas(backend: Any, changed: Mapping[str, float]) -> list[dict[str, Any]]:
    return [_described(backend, quota, changed.get(quota.code, quota.value)) for quota in DRS_QUOTAS]


def _described(backend: Any, quota: Quota, value: float) -> dict[str, Any]:
    place = f"{backend.region_name}:{backend.account_id}"
    return {
        "ServiceCode": "drs",
        "ServiceName": "AWS Elastic Disaster Recovery",
        "QuotaArn": f"arn:{backend.partition}:servicequotas:{place}:drs/{quota.code}",
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": float(value),
        "Unit": "None",
        "Adjustable": quota.adjustable,
        "GlobalQuota": False,
    }
