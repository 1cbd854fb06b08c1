"""The EC2 instances that source servers are, read where they live: their own account and region."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import pydantic

from data_management.tag_sync_app import LAST_PLACE_SECONDS, TagSync
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.account import TargetAccount
from shared.models.drs import Ec2Origin, SourceServer
from shared.models.finding import Finding, FindingCode, failure_at, unknown_at
from shared.models.targets import Target
from shared.patience import is_out_of_patience
from shared.services.absorbing import TimeOverError
from shared.services.reachability import obstacle_in, obstacle_of

Accounts: TypeAlias = Mapping[str, TargetAccount | CrossAccountError]
Instance: TypeAlias = dict[str, str] | Finding
"""The tags of an instance, or why they are not known."""


class OutOfTimeError(Exception):
    """There was no time to read the instances, or EC2 wants fewer calls: whoever goes on reads them."""


def origins_of(
    servers: Iterable[SourceServer], target: Target, accounts: Accounts, app: TagSync
) -> dict[str, Instance]:
    """By its id what each source server of an account and region has as its instance, all of a place read together."""
    found: dict[str, Instance] = {}
    for where, there in _by_place(servers).items():
        if where is None:
            unknown = _not_found(target, FindingCode.ORIGIN_UNKNOWN, "DRS does not say in which account and region")
            found |= {server.source_server_id: unknown for server in there}
            continue
        tags = _read(where, there, accounts, app)
        gone = _not_found(where, FindingCode.ORIGIN_NOT_FOUND, f"EC2 in {where} does not have", target)
        for server in there:
            instance = tags if isinstance(tags, Finding) else tags.get(_origin(server).instance_id, gone)
            found[server.source_server_id] = instance
    return found


def _by_place(servers: Iterable[SourceServer]) -> dict[Target | None, list[SourceServer]]:
    """By the account and region of their instances; under None those of which DRS does not say it."""
    found: dict[Target | None, list[SourceServer]] = {}
    for server in servers:
        found.setdefault(_place_of(_origin(server)), []).append(server)
    return found


def _place_of(origin: Ec2Origin) -> Target | None:
    try:
        return Target(account_id=origin.account_id, region=origin.region)
    except pydantic.ValidationError:
        # DRS says nothing, or what is no account or no region
        return None


def _origin(server: SourceServer) -> Ec2Origin:
    return server.origin or Ec2Origin(instance_id="")


def _read(
    where: Target, servers: Sequence[SourceServer], accounts: Accounts, app: TagSync
) -> dict[str, dict[str, str]] | Finding:
    """The tags of the instances by their ids; the finding that says why nobody may look, or did not answer."""
    obstacle = obstacle_in(where, _with_way_into(where.account_id, accounts, app), app.hub_account_id)
    if obstacle is not None:
        return obstacle
    ids = sorted({_origin(server).instance_id for server in servers})
    try:
        return app.absorbing(LAST_PLACE_SECONDS).one(lambda: app.instances.instance_tags(where, ids))
    except TimeOverError as over:
        raise OutOfTimeError from over
    except (CrossAccountError, DrsServiceError) as error:
        if error.is_throttled or is_out_of_patience():
            raise OutOfTimeError from error
        return obstacle_of(where, error)


def _with_way_into(account_id: str, accounts: Accounts, app: TagSync) -> Accounts:
    """The accounts with this one, as the hub gets into it: an extended server mostly comes from its staging account."""
    if account_id in accounts:
        return accounts
    try:
        found = app.accounts.way_into(account_id)
    except CrossAccountError as fault:
        return {**accounts, account_id: fault}
    return accounts if found is None else {**accounts, account_id: found}


def _not_found(where: Target, code: FindingCode, what: str, target: Target | None = None) -> Finding:
    message = f"{what} the instances that these source servers of {target or where} are: their tags stay"
    made = unknown_at if code is FindingCode.ORIGIN_UNKNOWN else failure_at
    return made(where, code, message)
